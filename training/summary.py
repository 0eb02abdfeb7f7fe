"""What a fit found, in a few lines."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from training.fit import FittedVersion

_SHOWN = ("auc", "pr_auc", "log_loss", "brier", "ece", "f1", "base_rate")


def print_summary(fitted: FittedVersion, console: Console) -> None:
    """Print the figures with their intervals, and what they were measured on."""
    evaluation = fitted.evaluation
    measured, fitted_on = len(evaluation.outcomes), evaluation.training_count
    title = f"Measured on the newest {measured:,} leads, fitted on the {fitted_on:,} older"
    table = Table(title=title, title_justify="left")
    for column in ("figure", "value", "95 % interval"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for metric in evaluation.metrics:
        if metric.name in _SHOWN:
            interval = "" if metric.lower is None else f"{metric.lower:.3f} to {metric.upper:.3f}"
            table.add_row(metric.name, f"{metric.value:.3f}", interval)
    console.print(table)
    console.print(evaluation.verdict.reason, highlight=False)
    for leak in fitted.leaks:
        console.print(f"[yellow]Allowed leak[/]: {leak.sentence}", highlight=False)
