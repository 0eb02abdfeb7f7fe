"""What is believed of a share after x of n: a beta distribution, and a grid on which several can be integrated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincc, expit

from core.experiments.statistics.crossing import crossing

Floats: TypeAlias = npt.NDArray[np.float64]

_NEGLIGIBLE = 42.0
"""A density that has fallen by e^-42 = 6e-19 adds nothing."""
_PANELS = 16
"""On each side of the mode; about half a standard deviation each where the distribution is like a normal one."""
_NODES = 10
"""Of Gauss and Legendre in each panel."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes with weights. A share near 1 has its digits in what it lacks, so both are kept."""

    share: Floats
    rest: Floats
    """1 - share."""
    weight: Floats


@dataclass(frozen=True, slots=True)
class Posterior:
    """Beta(1 + x, 1 + n - x): the prior is uniform.

    Args:
        hits: x, 0 to ``units``.
        units: n.
    """

    hits: float
    units: float

    @property
    def alpha(self) -> float:
        """First parameter."""
        return 1.0 + self.hits

    @property
    def beta(self) -> float:
        """Second parameter."""
        return 1.0 + self.units - self.hits

    @property
    def mode(self) -> float:
        """Of the log odds."""
        return math.log(self.alpha) - math.log(self.beta)

    def tails(self, grid: Grid) -> tuple[Floats, Floats]:
        """Return the chance that the share is below each node, and that it is above."""
        near_zero = grid.share <= grid.rest
        first, second = np.where(near_zero, self.alpha, self.beta), np.where(near_zero, self.beta, self.alpha)
        small = np.minimum(grid.share, grid.rest)
        # On the wrong side of the mean the incomplete beta function is off by up to 1e-8 with 1e9 units.
        lower = small * (first + second) < first
        tail = np.empty_like(small)
        tail[lower] = betainc(first[lower], second[lower], small[lower])
        tail[~lower] = betaincc(first[~lower], second[~lower], small[~lower])
        below = lower == near_zero
        return np.where(below, tail, 1.0 - tail), np.where(below, 1.0 - tail, tail)

    def masses(self, grid: Grid) -> Floats:
        """Return the weight of each node times the density there; they sum to 1."""
        away = np.log(grid.share) - np.log(grid.rest) - self.mode
        densities = np.exp(-self.fall(away)) / (grid.share * grid.rest)
        masses = grid.weight * densities
        return np.asarray(masses / masses.sum(), dtype=np.float64)

    def fall(self, away: Floats | np.float64) -> Floats:
        """Return by how much the log density of the log odds is below its mode, so far away from it.

        (a + b) log(1 + p (e^away - 1)) - a away, for the side on which p = a / (a + b) is at most a half: there no two
        large numbers are subtracted, however many units there are.
        """
        small, sign = (self.alpha, 1.0) if self.alpha <= self.beta else (self.beta, -1.0)
        total = self.alpha + self.beta
        signed = sign * away
        return np.asarray(total * np.log1p(small / total * np.expm1(signed)) - small * signed, dtype=np.float64)

    def edges(self) -> Floats:
        """Return log odds that cut all of the distribution that counts into panels."""
        steps = np.linspace(0.0, 1.0, _PANELS + 1)
        return self.mode + np.concatenate([-self._reach(-1.0) * steps[:0:-1], self._reach(1.0) * steps])

    def _reach(self, sign: float) -> float:
        return crossing(lambda away: float(self.fall(np.float64(sign * away))), _NEGLIGIBLE)


def grid_of(posteriors: Sequence[Posterior]) -> Grid:
    """Return a grid that is as fine as each posterior needs it where that one lies."""
    # Cut at a half, so that each panel lies where either shares or their rests have all their digits.
    edges = np.unique(np.concatenate([np.zeros(1), *(posterior.edges() for posterior in posteriors)]))
    low, high = edges[:-1], edges[1:]
    near_zero = high <= 0.0
    start = np.where(near_zero, expit(low), expit(-high))
    width = np.where(near_zero, expit(high), expit(-low)) - start
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    small = start[:, None] + width[:, None] * (0.5 + 0.5 * nodes)
    share = np.where(near_zero[:, None], small, 1.0 - small)
    rest = np.where(near_zero[:, None], 1.0 - small, small)
    weight = width[:, None] * (0.5 * weights)
    return Grid(share.ravel(), rest.ravel(), weight.ravel())
