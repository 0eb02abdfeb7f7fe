"""Picture: what the model looks at."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.ticker import PercentFormatter

from training.card.canvas import BLUE, new_figure, png, tidy

MAX_BARS = 20
_LABEL_LENGTH = 42
_BASE_INCHES = 1.0
_BAR_INCHES = 0.23


def importance_plot(importance: Mapping[str, float]) -> bytes:
    """Return the 20 largest shares of the mean absolute contribution as bars, largest on top, as PNG."""
    largest = sorted(importance.items(), key=lambda item: (-item[1], item[0]))[:MAX_BARS]
    figure = new_figure(height_inches=_BASE_INCHES + _BAR_INCHES * max(4, len(largest)))
    axes = figure.subplots()
    rows = range(len(largest))
    bars = axes.barh(rows, [share for _, share in largest], color=BLUE, height=0.7)
    axes.bar_label(bars, labels=[f"{share:.1%}" for _, share in largest], fontsize=8, padding=3)
    tidy(axes, title="What moves the score", x_label="share of the mean absolute contribution", y_label="")
    axes.set_yticks(rows, [_short(name) for name, _ in largest])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.12, y=0.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return png(figure)


def _short(name: str) -> str:
    shown = name if len(name) <= _LABEL_LENGTH else f"{name[: _LABEL_LENGTH - 1]}…"
    # Between two dollar signs matplotlib would read a formula.
    return shown.replace("$", r"\$")
