"""Rounds of load on two servers in turn, and what they say of each other."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One stretch of load on one server."""

    seconds: float
    latencies: Sequence[float]
    """Of every answered call, seconds, rising."""
    cpu_seconds: float = math.nan
    """Processor time of the server over the round; NaN where unknown."""

    @property
    def rate(self) -> float:
        """Answered calls per second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_per_call(self) -> float:
        """Processor time of the server per answered call, seconds."""
        return self.cpu_seconds / max(1, len(self.latencies))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The middle of several measurements, and their ends."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The real server beside the empty one, round by round."""

    null: Sequence[Round]
    real: Sequence[Round]

    @property
    def ratio(self) -> Spread:
        """Rate of the real server as a share of the empty one's, pair by pair."""
        return spread([real.rate / null.rate for null, real in zip(self.null, self.real, strict=True)])

    @property
    def cpu_ratio(self) -> Spread:
        """Processor time per call of the empty server as a share of the real one's, pair by pair."""
        pairs = zip(self.null, self.real, strict=True)
        return spread([null.cpu_per_call / real.cpu_per_call for null, real in pairs])


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the ends of one or more values."""
    return Spread(median=statistics.median(values), least=min(values), most=max(values))


def percentile(rising: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed; NaN of none.

    Args:
        rising: Sorted values.
        share: In (0, 1].
    """
    if not rising:
        return math.nan
    return rising[max(0, math.ceil(share * len(rising)) - 1)]


def rate_of(rounds: Sequence[Round]) -> Spread:
    """Return the rates of several rounds, calls per second."""
    return spread([one.rate for one in rounds])


def latency_of(rounds: Sequence[Round], share: float) -> float:
    """Return the median over rounds of a percentile of each, seconds."""
    return statistics.median(percentile(one.latencies, share) for one in rounds)


def alternate(null: Callable[[], Round], real: Callable[[], Round], *, pairs: int) -> Comparison:
    """Measure both in turn, the order turned round in every second pair, so that a slow drift hits both alike."""
    found: tuple[list[Round], list[Round]] = ([], [])
    for pair in range(pairs):
        for which in (0, 1) if pair % 2 == 0 else (1, 0):
            found[which].append((null, real)[which]())
    return Comparison(null=found[0], real=found[1])
