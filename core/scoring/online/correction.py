"""What a snapshot of the online learner does to an answer of the version it corrects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.explain.points import EVERYTHING_ELSE
from core.features.declaration import FeatureGroup
from core.scoring.model_runs import ModelRun
from core.scoring.online.platt import Weights
from core.scoring.online.state import OnlineState
from core.scoring.result import Contribution, ProbabilityInterval

REASON = "Recent outcomes"
"""What the shift is explained under."""


CLEARLY_AHEAD = math.log(20.0)
"""Nats by which the learner's losses must be below the version's before it may move anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Most score points the online learner may move a score, in [0, 100]; with 0 it moves none."""

    points: float = 2.0
    """Before it has proven better than the version alone, while it is clearly ahead. 0 switches the learner off, proven
    or not."""
    proven_points: float = 20.0
    """After that."""

    def of(self, state: OnlineState) -> float:
        """Return the bound for a state; 0 for one that is neither proven nor clearly ahead of the version by now.

        What it is ahead by, in nats, is the logarithm of a likelihood ratio against the version. Were the version's
        probabilities right, that ratio would reach 20 with probability 0.05 at most, however often one looks (Ville
        1939). A learner that follows a rate which comes back after every rise falls behind.
        """
        if not self.points:
            return 0.0
        if state.proven:
            return self.proven_points
        return self.points if state.version_loss - state.loss >= CLEARLY_AHEAD else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A snapshot that serves."""

    snapshot: str
    version: str
    """Version it corrects; answers of others stay as they are."""
    weights: Weights
    bound_points: float

    def probability(self, probability: float) -> float:
        """Return the probability that is shown: corrected, at most the bound away, in [0, 1]."""
        most = 0.01 * self.bound_points
        corrected = self.weights.corrected(probability)
        return min(1.0, probability + most, max(0.0, probability - most, corrected))

    def applied(self, run: ModelRun, limit: int) -> Shown:
        """Return what is shown. Its parts add up to the new score as those of the run did to the old one.

        Args:
            run: What the version says.
            limit: How many reasons may be named.
        """
        said, interval = run.scored.probability, run.scored.interval
        probability = self.probability(said)
        points = 100.0 * (probability - said)
        if not points:
            return as_said(run)
        if not interval.lower <= probability <= interval.upper:
            interval = ProbabilityInterval(
                lower=min(interval.lower, probability),
                upper=max(interval.upper, probability),
                method=interval.method,
                level=interval.level,
            )
        if not limit:
            return Shown(probability, interval, (), run.other_points + points, run.importance)
        return Shown(probability, interval, *_named(run, points, limit))


class Shown(NamedTuple):
    """What of an answer the online learner may change."""

    probability: float
    interval: ProbabilityInterval
    contributions: tuple[Contribution, ...]
    other_points: float
    importance: Mapping[str, float]


def as_said(run: ModelRun) -> Shown:
    """Return what the version says, unchanged."""
    return Shown(run.scored.probability, run.scored.interval, run.contributions, run.other_points, run.importance)


class _Reasons(NamedTuple):
    contributions: tuple[Contribution, ...]
    other_points: float
    importance: Mapping[str, float]


def _named(run: ModelRun, points: float, limit: int) -> _Reasons:
    """Put the shift among the named reasons where its size says; the last of too many goes to the others."""
    reasons, size = run.contributions, abs(points)
    place = len(reasons)
    while place and abs(reasons[place - 1].points) < size:
        place -= 1
    shares, mine = _made_room(run, size)
    if place >= limit:
        shares[EVERYTHING_ELSE] = shares.get(EVERYTHING_ELSE, 0.0) + mine
        return _Reasons(reasons, run.other_points + points, shares)
    shares[REASON] = mine
    reason = Contribution(feature=REASON, group=_GROUP, points=points, value_text=f"{points:+.1f} points")
    if len(reasons) < limit:
        return _Reasons((*reasons[:place], reason, *reasons[place:]), run.other_points, shares)
    last = reasons[-1]
    shares[EVERYTHING_ELSE] = shares.get(EVERYTHING_ELSE, 0.0) + shares.pop(last.feature, 0.0)
    return _Reasons((*reasons[:place], reason, *reasons[place:-1]), run.other_points + last.points, shares)


def _made_room(run: ModelRun, size: float) -> tuple[dict[str, float], float]:
    """Return each reason's share of all points once ``size`` more are among them, and the share of those."""
    for reason in run.contributions:
        share = run.importance.get(reason.feature)
        if share:
            total = abs(reason.points) / share
            kept = total / (total + size)
            return {name: kept * part for name, part in run.importance.items()}, 1.0 - kept
    return {}, 1.0


_GROUP = FeatureGroup.HISTORY.value
