"""Picture: how quality grows with training leads."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.ticker import NullLocator

from training.card.canvas import BLUE, ORANGE, new_figure, png, tidy
from training.learning_curve import CurvePoint

_LEAST_TICK_FACTOR = 1.4
"""Labels nearer than this to the last one would overlap it."""


def curve_plot(curve: Sequence[CurvePoint]) -> bytes:
    """Return AUC, log-loss and calibration error against the number of training leads, as PNG."""
    counts = [point.sample_count for point in curve]
    ticks = [count for count in counts if count == counts[-1] or count * _LEAST_TICK_FACTOR < counts[-1]]
    panels = (
        ("AUC (higher is better)", BLUE, [point.auc for point in curve]),
        ("log-loss, nats (lower)", ORANGE, [point.log_loss for point in curve]),
        ("calibration error (lower)", ORANGE, [point.ece for point in curve]),
    )
    figure = new_figure(height_inches=2.9)
    for axes, (title, colour, values) in zip(figure.subplots(1, len(panels)), panels, strict=True):
        axes.plot(counts, values, color=colour, marker="o", markersize=4, linewidth=1.4)
        tidy(axes, title=title, x_label="newest training leads", y_label="")
        axes.set_title(title, fontsize=9, loc="left")
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(ticks, [f"{count:,}" for count in ticks], rotation=45, ha="right")
        axes.margins(y=0.25)
    return png(figure)
