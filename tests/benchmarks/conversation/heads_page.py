"""What heads are worth, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.version import Metric
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation.comparing import OURS, Result

HEADER = ("messages", "learned from", "model", "accuracy", "macro F1", "AUROC", "ECE")
FLAGGED = ("head", "ordinary turns of", "turns", "flagged")
GOALS = ("target", "at least", "reached", "verdict")
MOST_FLAGGED = 0.02
MET, MISSED = "met", "missed"
_COLUMNS = ("accuracy", "macro_f1", "auroc", "ece")
_NEAR = 0.005

_ABOUT = """\
Own phrases ship with the product; no message of a test part, and no unseen message, was learned from or chosen by.
`TF-IDF`, `encoder` and `both` are logistic regressions with C = 10 on the same material, calibrated and given
thresholds in the same way. Accuracy of turns that do several things: the likeliest act is one of them. AUROC of
CLINC150: in scope against out of scope. 95 % bootstrap intervals over messages or dialogues."""

Flagged = Sequence[tuple[str, str, float, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure that was aimed at before anything was measured."""

    task: str
    material: str
    metric: str
    least: float


_SHIPPED, _TUNED, _ITS_OWN = "own phrases", "own phrases and its training part", "its training part"
TARGETS = (
    Target(task="reviews (UCI)", material=_SHIPPED, metric="accuracy", least=0.85),
    Target(task="reviews (UCI)", material=_TUNED, metric="accuracy", least=0.88),
    Target(task="films (SST-2)", material=_TUNED, metric="accuracy", least=0.80),
    Target(task="tweets", material=_TUNED, metric="macro_f1", least=0.60),
    Target(task="Banking77", material=_ITS_OWN, metric="accuracy", least=0.93),
    Target(task="homes (SGD)", material=_SHIPPED, metric="accuracy", least=0.80),
    Target(task="homes (SGD)", material=_TUNED, metric="accuracy", least=0.90),
    Target(task="urgency, unseen messages", material=_SHIPPED, metric="auroc", least=0.92),
    Target(task="urgency, unseen messages", material=_SHIPPED, metric="macro_f1", least=0.70),
    Target(task="buying intent, unseen messages", material=_SHIPPED, metric="auroc", least=0.92),
    Target(task="buying intent, unseen messages", material=_SHIPPED, metric="macro_f1", least=0.70),
    Target(task="objections, unseen messages", material=_SHIPPED, metric="macro_f1", least=0.70),
    Target(task="kind of objection, where there is one", material=_SHIPPED, metric="macro_f1", least=0.70),
)


def plain_of(results: Sequence[Result], flagged: Flagged) -> str:
    """Return tables for a terminal."""
    text = plain_table(HEADER, _rows(results)) if results else ""
    return text + (plain_table(FLAGGED, _flagged_rows(flagged)) if flagged else "")


def page_of(results: Sequence[Result], flagged: Flagged, targets: Sequence[Target]) -> str:
    """Return the section of the page."""
    found = {(one.task, one.material): one.metrics for one in results if _is_head(one)}
    return "\n".join(
        (
            _ABOUT,
            "",
            markdown_table(HEADER, _rows(results)),
            "Turns of everyday talk that the default heads flag (aim: 2 % at most):",
            "",
            markdown_table(FLAGGED, _flagged_rows(flagged)),
            "First targets:",
            "",
            markdown_table(GOALS, [row for target in targets for row in _goal(target, found)]),
            *_behind(results),
        )
    )


def _rows(results: Sequence[Result]) -> list[list[str]]:
    return [
        [one.task, one.material, one.model, *(_text(one.metrics.get(name)) for name in _COLUMNS)] for one in results
    ]


def _text(metric: Metric | None) -> str:
    if metric is None or metric.sample_count == 0:
        return ""
    value = f"{100 * metric.value:.1f}"
    if metric.lower is None or metric.upper is None:
        return value
    return f"{value} [{100 * metric.lower:.1f}, {100 * metric.upper:.1f}]"


def _flagged_rows(flagged: Flagged) -> list[list[str]]:
    return [[head, name, f"{count:,}", f"{100 * share:.2f} %"] for head, name, share, count in flagged]


def _goal(target: Target, found: Mapping[tuple[str, str], Mapping[str, Metric]]) -> list[list[str]]:
    metrics = found.get((target.task, target.material))
    if metrics is None:
        return []
    value = metrics[target.metric].value
    name = f"{target.task}, {target.material}: {target.metric.replace('_', ' ')}"
    return [[name, f"{100 * target.least:.0f}", f"{100 * value:.1f}", MET if value >= target.least else MISSED]]


def _behind(results: Sequence[Result]) -> list[str]:
    """Return a sentence on every set where a simpler model has the better macro F1 by more than half a point."""
    by_task: dict[tuple[str, str], dict[str, float]] = {}
    for one in results:
        by_task.setdefault((one.task, one.material), {})[OURS if _is_head(one) else one.model] = one.metrics[
            "macro_f1"
        ].value
    behind = [
        f"- {task}, {material}: {best} by {100 * (values[best] - values[OURS]):.1f} points of macro F1"
        for (task, material), values in by_task.items()
        if len(values) > 1 and values[best := max(values, key=lambda name: values[name])] > values[OURS] + _NEAR
    ]
    return ["Where a simpler model did better:", "", *behind] if behind else ["No simpler model did better anywhere."]


def _is_head(result: Result) -> bool:
    return result.model.startswith(OURS)
