"""Finds the moment from which on a lead chose differently, and says how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PERMUTATIONS = 999
"""Orders that are drawn: the smallest p-value is 1 / 1000."""
FEWEST_SESSIONS = 3
"""On either side of a change."""
_ROUNDING = 1e-9
"""The same choices in another order add up to almost the same."""


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The most likely change."""

    first_after: int
    """Position of the first session after it."""
    p_value: float
    """Share of orders of the sessions that show as large a change anywhere, the true order included; in (0, 1]."""


def categorical_change(counts: Floats, generator: np.random.Generator) -> ChangePoint | None:
    """Find the split of the sessions at which the shares of categories differ most.

    The size of a change is the likelihood ratio of two multinomials against one, at the best of all splits; how often
    chance makes as large a one is told by drawing the sessions in other orders (a permutation test of exchangeability:
    Good 2005, "Permutation, parametric and bootstrap tests", section 3.1; Phipson and Smyth 2010 for the added one).

    Args:
        counts: (n_sessions, n_categories), how much each session chose of each category, >= 0, oldest first.
        generator: Draws the orders.

    Returns:
        None with fewer than three sessions on either side.
    """
    return _change(counts, _multinomial_ratios, generator)


def numeric_change(values: Floats, weights: Floats, generator: np.random.Generator) -> ChangePoint | None:
    """Find the split at which the mean of a number differs most; otherwise as :func:`categorical_change`.

    Args:
        values: (n_sessions,), the mean of each session.
        weights: (n_sessions,), choices in each session, above 0.
        generator: Draws the orders.
    """
    return _change(np.column_stack([weights, weights * values]), _mean_ratios, generator)


def _change(sums: Floats, ratios: Callable[[Floats], Floats], generator: np.random.Generator) -> ChangePoint | None:
    if len(sums) < 2 * FEWEST_SESSIONS:
        return None
    found = ratios(sums)
    best = int(np.argmax(found))
    least = found[best] - _ROUNDING * max(1.0, abs(found[best]))
    orders = (generator.permutation(len(sums)) for _ in range(PERMUTATIONS))
    as_large = sum(bool(ratios(sums[order]).max() >= least) for order in orders)
    return ChangePoint(FEWEST_SESSIONS + best, (1 + as_large) / (PERMUTATIONS + 1))


def _multinomial_ratios(counts: Floats) -> Floats:
    """Return the likelihood ratio, in nats, of each split with enough sessions on both sides."""
    before = np.cumsum(counts, axis=0)[FEWEST_SESSIONS - 1 : -FEWEST_SESSIONS]
    whole = counts.sum(axis=0)
    return _log_likelihood(before) + _log_likelihood(whole - before) - _log_likelihood(whole[None, :])


def _log_likelihood(counts: Floats) -> Floats:
    """Return the largest log-likelihood of each row of counts: sum of n log(n / N)."""
    totals = counts.sum(axis=1)
    parts = np.where(counts > 0, counts * np.log(np.maximum(counts, _ROUNDING)), 0.0).sum(axis=1)
    likelihood: Floats = parts - totals * np.log(np.maximum(totals, _ROUNDING))
    return likelihood


def _mean_ratios(sums: Floats) -> Floats:
    """Return the weighted sum of squares between the two sides of each split; its order is that of the t-statistic."""
    before = np.cumsum(sums, axis=0)[FEWEST_SESSIONS - 1 : -FEWEST_SESSIONS]
    after = sums.sum(axis=0) - before
    apart = before[:, 1] / before[:, 0] - after[:, 1] / after[:, 0]
    ratios: Floats = apart**2 * before[:, 0] * after[:, 0] / (before[:, 0] + after[:, 0])
    return ratios
