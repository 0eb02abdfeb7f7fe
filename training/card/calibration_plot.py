"""Picture: stated probabilities against observed rates."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import PercentFormatter

from core.evaluation.calibration import BINS, equal_mass_bins, reliability
from core.evaluation.sample import Floats, Outcomes
from training.card.canvas import BLUE, GREY, PALE, new_figure, png, tidy

_Z95 = 1.96
_LEADS_PER_BIN = 20
_HISTOGRAM_BINS = 20


def calibration_plot(outcomes: Outcomes, probabilities: Floats) -> bytes:
    """Return a reliability diagram with 95 % intervals over how many leads got which probability, as PNG.

    Bins hold about as many leads each; their intervals are Wilson's. A good model's points lie on the diagonal.
    """
    count = max(2, min(BINS, outcomes.size // _LEADS_PER_BIN))
    points = reliability(outcomes, probabilities, equal_mass_bins(probabilities, count))
    stated = np.array([point.mean_probability for point in points])
    observed = np.array([point.observed_rate for point in points])
    leads = np.array([point.lead_count for point in points], dtype=np.float64)
    middle = (observed + _Z95**2 / (2 * leads)) / (1 + _Z95**2 / leads)
    spread = _Z95 / (1 + _Z95**2 / leads) * np.sqrt(observed * (1 - observed) / leads + (_Z95 / (2 * leads)) ** 2)
    figure = new_figure(height_inches=5.0)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    top.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="perfect")
    top.vlines(stated, np.clip(middle - spread, 0, 1), np.clip(middle + spread, 0, 1), color=PALE, linewidth=3)
    top.plot(stated, observed, color=BLUE, marker="o", markersize=4, linewidth=1.2, label="observed, 95 % interval")
    top.legend(fontsize=8, frameon=False, loc="upper left")
    title = f"Calibration on {outcomes.size:,} held-out leads"
    tidy(top, title=title, x_label="", y_label="leads that converted")
    bottom.hist(probabilities, bins=_HISTOGRAM_BINS, range=(0, 1), color=PALE, edgecolor="white")
    tidy(bottom, title="", x_label="probability given by the model", y_label="leads")
    top.set(xlim=(0, 1), ylim=(0, 1))
    for axis in (top.yaxis, bottom.xaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    return png(figure)
