"""What heads are worth, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from core.version import Metric
from training.conversation.run import TrainedHead


def print_heads(trained: Sequence[TrainedHead], console: Console) -> None:
    """Print the figures of new heads, and whether each serves."""
    title = "Measured on phrases that were left out, with 95 % intervals"
    table = Table(title=title, title_justify="left")
    for column in ("head", "looks at", "accuracy", "macro F1", "AUROC", "calibration error"):
        table.add_column(column, justify="left" if column in {"head", "looks at"} else "right")
    for one in trained:
        figures = {metric.name: metric for metric in one.head.manifest.metrics}
        shown = [_text(figures[name]) for name in ("accuracy", "macro_f1", "auroc", "ece")]
        table.add_row(one.head.kind, one.head.fitted.choice.recipe.inputs, *shown)
    console.print(table)
    for one in trained:
        serves = "serves now" if one.is_active else "does not serve"
        said = f"{one.head.kind} {one.head.version} {serves}: {one.reason}."
        console.print(said, highlight=False, markup=False)


def _text(metric: Metric) -> str:
    if metric.lower is None or metric.upper is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} [{metric.lower:.3f}, {metric.upper:.3f}]"
