"""Pulls what is known of each action to its group, and groups to each other, as far as they are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.actions.table import Floats

_ENOUGH = 2


@dataclass(frozen=True, kw_only=True)
class Means:
    """Means with their variances, (k,) each."""

    values: Floats
    variances: Floats


def shrunk(means: Means, groups: Sequence[str]) -> Means:
    """Return what actions bring on average, from what was measured of each.

    An empirical-Bayes normal model of two levels: actions spread around their group, groups around all. How far they
    spread is estimated by moments (DerSimonian and Laird 1986); the variance holds what is not known of the level above
    (Morris 1983).

    Args:
        means: What was measured of each action, variances above 0.
        groups: (k,): of each action; "" is a group too.
    """
    names = sorted(set(groups))
    members = [np.array([group == name for group in groups]) for name in names]
    spread = _spread(means, members)
    of_groups = [_pooled(means, mine, spread) for mine in members]
    tops = Means(values=np.array([one[0] for one in of_groups]), variances=np.array([one[1] for one in of_groups]))
    everyone = [np.ones(len(names), dtype=bool)]
    above = _spread(tops, everyone)
    overall = _pooled(tops, everyone[0], above)
    settled = _pulled(tops, np.full(len(names), overall[0]), np.full(len(names), overall[1]), above)
    of_action = [names.index(group) for group in groups]
    return _pulled(means, settled.values[of_action], settled.variances[of_action], spread)


def _spread(means: Means, members: Sequence[np.ndarray]) -> float:
    """Return the variance of true values around those of their level above, >= 0."""
    excess, scale = 0.0, 0.0
    for mine in members:
        if mine.sum() < _ENOUGH:
            continue
        weights = 1.0 / means.variances[mine]
        center = float((weights * means.values[mine]).sum() / weights.sum())
        excess += float((weights * np.square(means.values[mine] - center)).sum()) - (int(mine.sum()) - 1)
        scale += float(weights.sum() - np.square(weights).sum() / weights.sum())
    return max(0.0, excess / scale) if scale > 0.0 else float(np.square(means.values).mean())


def _pooled(means: Means, mine: np.ndarray, spread: float) -> tuple[float, float]:
    weights = 1.0 / (means.variances[mine] + spread)
    return float((weights * means.values[mine]).sum() / weights.sum()), float(1.0 / weights.sum())


def _pulled(means: Means, to: Floats, to_variances: Floats, spread: float) -> Means:
    trust = spread / (spread + means.variances)
    values = trust * means.values + (1.0 - trust) * to
    variances = trust * means.variances + np.square(1.0 - trust) * to_variances
    return Means(values=values, variances=variances)
