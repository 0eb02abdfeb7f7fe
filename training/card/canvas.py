"""The look that all pictures share. Figures are made without pyplot: it would keep them in a global list."""

from __future__ import annotations

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BLUE = "#2563a8"
ORANGE = "#d97706"
GREY = "#8a8f98"
PALE = "#c9d6e6"
WIDTH_INCHES = 6.4
HEIGHT_INCHES = 4.2
_DOTS_PER_INCH = 100


def new_figure(*, height_inches: float = HEIGHT_INCHES) -> Figure:
    """Return an empty figure that can be drawn on without a screen."""
    figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=_DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes, *, title: str, x_label: str, y_label: str) -> None:
    """Name the axes, and take away what carries no information."""
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlabel(x_label, fontsize=9)
    axes.set_ylabel(y_label, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#e6e8eb", linewidth=0.8)
    axes.set_axisbelow(True)


def png(figure: Figure) -> bytes:
    """Return the figure as PNG, without the date and the software it was made with."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
