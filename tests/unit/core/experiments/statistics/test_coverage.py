"""How often intervals hold the true difference: exact, by all outcomes there are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from core.experiments.statistics.proportions import miettinen_nurminen, newcombe, wald

UNLIKELY = 1e-9

CELLS = [
    # Units and shares; in %, how often the intervals of Wald, Newcombe, and Miettinen and Nurminen hold the difference.
    ((100, 0.00, 100, 0.03), (80.2, 99.7, 96.9)),
    ((100, 0.02, 100, 0.05), (93.6, 96.8, 94.0)),
    ((100, 0.10, 100, 0.12), (94.8, 95.5, 95.1)),
    ((120, 0.05, 60, 0.20), (93.4, 95.5, 95.2)),
    ((100, 0.97, 100, 0.99), (93.6, 98.3, 95.4)),
]


@pytest.mark.parametrize(("cell", "wanted"), CELLS)
def test_intervals_hold_the_difference_as_often_as_is_known(cell, wanted):
    n1, p1, n0, p0 = cell
    first, second = binom.pmf(np.arange(n1 + 1), n1, p1), binom.pmf(np.arange(n0 + 1), n0, p0)
    chances = np.outer(first, second)
    for method, percent in zip((wald, newcombe, miettinen_nurminen), wanted, strict=True):
        held = 0.0
        for x1, x0 in np.argwhere(chances > UNLIKELY).tolist():
            found = method(x1, n1, x0, n0)
            held += chances[x1, x0] * (found.lower <= p1 - p0 <= found.upper)
        assert 100.0 * held == pytest.approx(percent, abs=0.06), method.__name__
