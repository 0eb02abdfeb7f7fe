"""What a recommender is worth, in a few lines."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from core.recommend.off_policy import Estimate, OffPolicyReport
from core.version import Metric
from training.recommend.run import TrainedRecommender

NOTHING_BY_CHANCE = (
    "Not proven by logged recommendations: too few of them were given by chance (LEADLINE_RECOMMEND_EXPLORATION)."
)


def print_training(trained: TrainedRecommender, console: Console, *, may_serve: bool) -> None:
    """Print the figures of a new version, those of what is simpler, and whether it serves.

    Args:
        trained: What came of the run.
        console: Where to.
        may_serve: Whether it could be activated.
    """
    version = trained.version.manifest
    table = Table(title=f"Measured on each lead's newest interactions ({version.version})", title_justify="left")
    for column in ("figure", "value", "95 % interval"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for metric in version.metrics:
        table.add_row(metric.name, f"{metric.value:.4f}", _interval(metric))
    console.print(table)
    if trained.off_policy is not None:
        print_value(trained.off_policy, console)
    if trained.decision.activate and may_serve:
        said = "It is the serving version now"
    elif trained.decision.activate:
        said = f"It was not activated, as asked; serve it with: leadline models activate {version.version}"
    else:
        said = "It does not serve"
    console.print(f"{said}: {trained.decision.reason}.", highlight=False, markup=False)


def print_value(report: OffPolicyReport | None, console: Console) -> None:
    """Print what logged recommendations say of a version."""
    if report is None:
        console.print(NOTHING_BY_CHANCE, highlight=False, markup=False)
        return
    title = f"From {report.record_count:,} places given by chance to {report.lead_count:,} leads"
    table = Table(title=title, title_justify="left")
    for column in ("rewards of a place", "value", "95 % interval"):
        table.add_column(column, justify="left" if column == "rewards of a place" else "right")
    for name, estimate in (
        ("this version (SNIPS)", report.snips),
        ("this version (IPS)", report.ips),
        ("as logged", report.logged),
        ("gain", report.gain),
    ):
        table.add_row(name, f"{estimate.value:.4f}", _interval(estimate))
    console.print(table)
    console.print(f"{report.proof.value.replace('_', ' ')}: {report.reason}.", highlight=False, markup=False)


def _interval(figure: Metric | Estimate) -> str:
    if figure.lower is None or figure.upper is None:
        return ""
    return f"{figure.lower:.4f} to {figure.upper:.4f}"
