"""Picture: how many conversions are found by working on the best leads first."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import PercentFormatter

from core.evaluation.sample import Floats, Outcomes
from training.card.canvas import BLUE, GREY, ORANGE, PALE, new_figure, png, tidy

_DECILES = 10
_MARKED_SHARE = 0.3


def found_share(outcomes: Outcomes, probabilities: Floats) -> Floats:
    """Return the share of conversions among the first 0, 1, ... n leads of the model's order: (n + 1,).

    Leads of one probability are taken as mixed evenly, so that the order of the file cannot help.
    """
    order = np.argsort(-probabilities, kind="stable")
    ordered = probabilities[order]
    ends = np.flatnonzero(np.concatenate((ordered[1:] != ordered[:-1], [True]))) + 1
    found = np.concatenate(([0.0], np.cumsum(outcomes[order])[ends - 1]))
    steps = np.interp(np.arange(outcomes.size + 1), np.concatenate(([0], ends)), found)
    return np.asarray(steps / max(1, int(outcomes.sum())), dtype=np.float64)


def lift_plot(outcomes: Outcomes, probabilities: Floats) -> bytes:
    """Return cumulative gains beside the conversion rate of each tenth of the leads, best first, as PNG."""
    found = found_share(outcomes, probabilities)
    worked = np.linspace(0.0, 1.0, found.size)
    figure = new_figure(height_inches=3.6)
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="no model")
    left.plot(worked, found, color=BLUE, linewidth=1.6, label="model")
    at_mark = float(np.interp(_MARKED_SHARE, worked, found))
    left.plot([_MARKED_SHARE], [at_mark], color=ORANGE, marker="o", markersize=5, linestyle="none")
    note = f"best {100 * _MARKED_SHARE:.0f} % hold\n{100 * at_mark:.0f} % of conversions"
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
    left.annotate(note, (_MARKED_SHARE, at_mark), xytext=(8, -24), textcoords="offset points", fontsize=8, bbox=box)
    left.legend(fontsize=8, frameon=False, loc="lower right")
    tidy(left, title="Conversions found", x_label="leads worked on, best first", y_label="conversions found")
    left.set(xlim=(0, 1), ylim=(0, 1.02))
    tenths = np.interp(np.linspace(0, 1, _DECILES + 1), worked, found)
    rates = np.diff(tenths) * outcomes.sum() / (outcomes.size / _DECILES)
    right.bar(np.arange(1, _DECILES + 1), rates, color=PALE, edgecolor=BLUE, linewidth=0.8)
    right.axhline(float(outcomes.mean()), color=GREY, linewidth=1, linestyle="--")
    right.text(
        _DECILES + 0.6, float(outcomes.mean()), "all leads", fontsize=8, color="#555b66", ha="right", va="bottom"
    )
    tidy(right, title="Conversion rate by tenth", x_label="tenth of the leads, best first", y_label="")
    right.set_xticks(range(1, _DECILES + 1))
    for axis in (left.xaxis, left.yaxis, right.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return png(figure)
