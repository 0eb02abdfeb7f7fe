"""The rate at which leads convert now, where that has moved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FEWEST_OUTCOMES = 400
"""With fewer all outcomes count alike."""
SHORTEST_HALF_LIFE = 300
_STEPS = 64
_SHARES = (2, 4, 8, 16, 32)
_PRIOR = 2.0
"""Converted and lost leads that each rate starts from."""


def recent_counts(converted: Sequence[bool]) -> tuple[float, float]:
    """Return (converted, lost) leads, each counted by how much its age leaves of it.

    Half-lives compete as forecasts: the outcomes are gone through in 64 steps, oldest first, each step told by the rate
    that the ones before it gave (prequential log-loss, Dawid 1984). All outcomes count alike unless a half-life tells
    more, beyond one standard error over the steps.

    Args:
        converted: How leads ended, in the order in which that became known.
    """
    outcomes = np.asarray(converted, dtype=np.float64)
    count = outcomes.size
    if count < FEWEST_OUTCOMES:
        return float(outcomes.sum()), float(count - outcomes.sum())
    steps = np.array_split(outcomes, _STEPS)
    won = np.array([step.sum() for step in steps])
    lost = np.array([step.size for step in steps]) - won
    plain = _losses(won, lost, np.inf, count)
    half_lives = [count / share for share in _SHARES if count / share >= SHORTEST_HALF_LIFE]
    found = [(half_life, _losses(won, lost, half_life, count)) for half_life in half_lives]
    best, losses = min(found, key=lambda one: one[1].sum(), default=(np.inf, plain))
    gain = plain - losses
    if gain.sum() <= np.sqrt(gain.size) * gain.std():
        best = np.inf
    weights = 0.5 ** (np.arange(count)[::-1] / best)
    return float(weights @ outcomes), float(weights @ (1.0 - outcomes))


def _losses(won: Floats, lost: Floats, half_life: float, count: int) -> Floats:
    """Return the log-loss of every step but the first by the rate before it, nats: (steps - 1,)."""
    kept = 0.5 ** (count / won.size / half_life)
    won_before = lost_before = 0.0
    losses = np.empty(won.size - 1)
    for step in range(won.size - 1):
        won_before, lost_before = kept * won_before + won[step], kept * lost_before + lost[step]
        rate = (won_before + _PRIOR) / (won_before + lost_before + 2.0 * _PRIOR)
        losses[step] = -(won[step + 1] * np.log(rate) + lost[step + 1] * np.log1p(-rate))
    return losses
