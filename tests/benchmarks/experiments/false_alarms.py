"""Experiments without an effect: how often something is recommended all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from core.experiments.plan import Plan
from core.experiments.results import RecommendationCode
from core.experiments.trust.allocation import FAILS_BELOW
from core.experiments.trust.multinomial import anytime_p, chi_square_p
from core.monitoring.shares import wilson
from tests.benchmarks.experiments.reading import plain_rule_met, play_open_ended, play_planned
from tests.benchmarks.experiments.worlds import World, at_any_time, evenly

PROMISED = 0.06
"""At most so many recommendations are wrong."""
RATES = (0.01, 0.05, 0.10, 0.50)
SIZES = (200, 5_000, 100_000)
"""Units in an arm, of two even ones."""
SPLITS = (0.5, 0.1)
FEW_READS, MANY_READS = 20, 400
ENDS = ((0.01, 0.50), (200, 100_000))
"""Rates and sizes of those that are read often, which take long to play."""
OPEN_ENDED = ((0.01, 200, 0.1), (0.05, 1_000, 0.5), (0.10, 1_000, 0.1), (0.50, 200, 0.5))
PLAIN_EFFECT = 0.02
"""Relative: what an experiment has if nothing is set."""
DAYS, UNITS_PER_DAY = 90, 200
_WRONG = frozenset(
    {RecommendationCode.SHIP_TREATMENT, RecommendationCode.KEEP_CONTROL, RecommendationCode.FIX_ALLOCATION}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """Of one world."""

    world: World
    reads: int
    runs: int
    wrong: int
    """Recommendations to ship, to keep the control as the better one, or to mend the split."""
    plain: int
    """Runs in which the plain rule was met at any read."""

    @property
    def share(self) -> float:
        """Of recommendations that were wrong."""
        return self.wrong / self.runs

    @property
    def range(self) -> tuple[float, float]:
        """Wilson's interval of it."""
        return wilson(self.wrong, self.runs)

    @property
    def kept(self) -> bool:
        """Whether what is promised was kept."""
        return self.share <= PROMISED


def worlds() -> Iterator[tuple[World, int]]:
    """Yield every world with how often it is read."""
    for reads, (rates, sizes) in ((FEW_READS, (RATES, SIZES)), (MANY_READS, ENDS)):
        for rate, size, split in product(rates, sizes, SPLITS):
            yield World(rate=rate, treated_rate=rate, units=2 * size, treatment_share=split), reads


def planned_alarms(world: World, reads: int, runs: int) -> FalseAlarms:
    """Play a planned experiment that is read at even steps, or if it is read often, at any time."""
    generator = _generator(world, reads)
    at = evenly(world.units, reads) if reads <= FEW_READS else at_any_time(world.units, reads, generator)
    counts = world.counts(runs, at, generator)
    plan = Plan(baseline_rate=world.rate, min_effect=0.2, horizon_units=world.units)
    outcomes = play_planned(world, world.stored(plan), counts)
    return FalseAlarms(
        world=world,
        reads=len(at),
        runs=runs,
        wrong=sum(outcome.code in _WRONG for outcome in outcomes),
        plain=int(plain_rule_met(counts, PLAIN_EFFECT).sum()),
    )


def open_ended_alarms(world: World, reads: int, runs: int) -> FalseAlarms:
    """Play an experiment without a plan that is read at even steps."""
    counts = world.counts(runs, evenly(world.units, reads), _generator(world, reads))
    stored = world.stored(None)
    return FalseAlarms(
        world=world,
        reads=counts.shape[1],
        runs=runs,
        wrong=sum(play_open_ended(world, stored, rows).code in _WRONG for rows in counts.tolist()),
        plain=int(plain_rule_met(counts, PLAIN_EFFECT).sum()),
    )


def open_ended_worlds() -> Iterator[World]:
    """Yield worlds without a plan."""
    for rate, size, split in OPEN_ENDED:
        yield World(rate=rate, treated_rate=rate, units=2 * size, treatment_share=split)


def mismatch_alarms(split: float, runs: int) -> tuple[int, int]:
    """Count sound experiments whose split fails on any of 90 days: by the check, and by a chi-square test."""
    generator = np.random.default_rng([int(1_000 * split), 11])
    shares = 1.0 - split, split
    checked = plain = 0
    for _ in range(runs):
        days = generator.multinomial(UNITS_PER_DAY, shares, size=DAYS).cumsum(axis=0).tolist()
        checked += any(anytime_p(day, shares) < FAILS_BELOW for day in days)
        plain += any(chi_square_p(day, shares) < FAILS_BELOW for day in days)
    return checked, plain


def _generator(world: World, reads: int) -> np.random.Generator:
    return np.random.default_rng([int(1_000 * world.rate), world.units, int(1_000 * world.treatment_share), reads])
