"""Puts a model card into words (after Mitchell et al. 2019, "Model cards for model reporting")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from core.version import Metric
from training.card.content import CardContent

CARD_FILE = "card.md"
CALIBRATION_FILE = "calibration.png"
LIFT_FILE = "lift.png"
IMPORTANCE_FILE = "importance.png"
CURVE_FILE = "learning_curve.png"
_READABLE = {
    "auc": "AUC (chance that a converted lead scores above another)",
    "pr_auc": "Average precision",
    "log_loss": "Log-loss, nats",
    "brier": "Brier score",
    "ece": "Calibration error, 15 bins of one width",
    "ece_equal_mass": "Calibration error, 15 bins of one size",
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall",
    "accuracy": "Accuracy",
    "base_rate": "Conversion rate of the held-out leads",
}
_AT_THRESHOLD = frozenset(["f1", "precision", "recall", "accuracy"])


def write_card(content: CardContent) -> str:
    """Return the card as Markdown; pictures are named as files beside it."""
    sections = (_summary, _data, _behavior, _quality, _pictures, _curve, _leaks, _limits, _parameters)
    lines = [f"# Model card: {_plain(content.version)}", ""]
    for section in sections:
        lines.extend(section(content))
    return "\n".join(lines).rstrip() + "\n"


def _summary(content: CardContent) -> Iterator[str]:
    yield f"Made {_moment(content.create_time)}. {content.verdict}"
    yield ""
    yield "It gives the probability that a lead converts. The score is 100 times that probability."
    yield ""


def _data(content: CardContent) -> Iterator[str]:
    yield "## Data"
    yield ""
    window = "no dates in the data"
    if content.training_start_time and content.training_end_time:
        window = f"{_moment(content.training_start_time)} to {_moment(content.training_end_time)}"
    yield from _table(
        ("", ""),
        (
            ("Source", content.source),
            ("Leads", f"{content.training_sample_count:,}"),
            ("Converted", f"{100 * content.base_rate:.1f} %"),
            ("Posted", window),
            ("Features", f"{content.feature_count:,}"),
            ("Fingerprint (SHA-256)", content.data_fingerprint),
        ),
    )


def _behavior(content: CardContent) -> Iterator[str]:
    if content.behavior:
        yield "## Behaviour"
        yield ""
        yield content.behavior
        yield ""


def _quality(content: CardContent) -> Iterator[str]:
    yield "## Quality"
    yield ""
    yield content.protocol
    yield ""
    rows = [
        (_metric_name(metric, content.threshold), _figure(metric.value), _interval(metric))
        for metric in content.metrics
    ]
    level = next((metric.level for metric in content.metrics if metric.level is not None), None)
    yield from _table(("Metric", "Value", "Interval" if level is None else f"{100 * level:.0f} % interval"), rows)


def _pictures(content: CardContent) -> Iterator[str]:
    yield f"![Stated probabilities against observed rates]({CALIBRATION_FILE})"
    yield ""
    yield f"![Conversions found by working on the best leads first]({LIFT_FILE})"
    yield ""
    if content.importance:
        yield f"![What moves the score]({IMPORTANCE_FILE})"
        yield ""


def _curve(content: CardContent) -> Iterator[str]:
    if not content.curve:
        return
    yield "## More leads"
    yield ""
    yield "Trained on the newest leads only, judged on the same held-out leads:"
    yield ""
    rows = [(f"{p.sample_count:,}", _figure(p.auc), _figure(p.log_loss), _figure(p.ece)) for p in content.curve]
    yield from _table(("Training leads", "AUC", "Log-loss", "Calibration error"), rows)
    if len(content.curve) > 1:
        yield f"![How quality grows with training leads]({CURVE_FILE})"
        yield ""


def _leaks(content: CardContent) -> Iterator[str]:
    yield "## Leaks"
    yield ""
    if not content.leaks:
        yield "No attribute or field alone gives the outcome away."
    else:
        yield "These were found and allowed. If they are not known when a lead is scored, the figures above are wrong:"
        yield ""
        for finding in content.leaks:
            yield f"- {_plain(finding.sentence)}"
    yield ""


def _limits(content: CardContent) -> Iterator[str]:
    if not content.limits:
        return
    yield "## Limits"
    yield ""
    for limit in content.limits:
        yield f"- {limit}"
    yield ""


def _parameters(content: CardContent) -> Iterator[str]:
    yield "## Parameters"
    yield ""
    yield from _table(("Parameter", "Value"), [(name, str(value)) for name, value in content.parameters.items()])


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |"
    yield ""


def _metric_name(metric: Metric, threshold: float) -> str:
    name = _READABLE.get(metric.name, metric.name)
    return f"{name} at probability {threshold:.3f}" if metric.name in _AT_THRESHOLD else name


def _figure(value: float) -> str:
    return f"{value:.4f}"


def _interval(metric: Metric) -> str:
    if metric.lower is None or metric.upper is None:
        return ""
    return f"{metric.lower:.4f} to {metric.upper:.4f}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M %Z")


def _plain(text: str) -> str:
    """Keep text from being read as Markdown: names of columns and files come from people."""
    for mark in ("\\", "|", "`", "*", "_", "[", "]", "<", "#"):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
