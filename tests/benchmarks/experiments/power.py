"""Experiments with an effect: how often it is found, and how soon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.experiments.plan import Plan
from core.experiments.planning import planned
from core.experiments.results import RecommendationCode
from core.monitoring.shares import wilson
from tests.benchmarks.experiments.reading import found_at_the_end, play_planned
from tests.benchmarks.experiments.worlds import World, evenly

EFFECTS = ((0.10, 0.12), (0.05, 0.06), (0.20, 0.23))
LOST = 0.05
"""At most so much power may be lost to one test at the end of the same size."""
READS = 20
_EVEN = (0.5, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Of one effect."""

    rates: tuple[float, float]
    runs: int
    fixed_units: int
    """Of one test at the end with a power of 80 %."""
    fixed: int
    """Runs in which that found the effect."""
    same: int
    """Runs in which the sequential test of the same size did."""
    same_share: float
    """Of these units it needed on average."""
    horizon_units: int
    """That are planned for the sequential test."""
    sequential: int
    """Runs in which it found the effect with these."""
    sequential_share: float
    """Of the units of one test at the end it needed on average."""
    expected_share: float
    """What the plan says of that."""

    @property
    def kept(self) -> bool:
        """Whether what is promised was kept: power within 5 points of one look's, and stopping earlier on average."""
        return self.same / self.runs >= self.fixed / self.runs - LOST and self.same_share < 1.0

    def range(self, found: int) -> tuple[float, float]:
        """Wilson's interval of a share of the runs."""
        return wilson(found, self.runs)


def measure_power(rates: tuple[float, float], runs: int) -> Power:
    """Play an effect as it was planned: once at the end, and with 20 looks at most."""
    plan = Plan(baseline_rate=rates[0], min_effect=rates[1] / rates[0] - 1.0, look_count=READS)
    test = planned(plan, _EVEN)
    fixed_units = test.fixed_horizon_units
    same = planned(Plan(baseline_rate=rates[0], min_effect=plan.min_effect, horizon_units=fixed_units), _EVEN)
    found_once, found_same, share_same = _played(rates, same.plan, runs, 1)
    _, found, units = _played(rates, test.plan, runs, 2)
    return Power(
        rates=rates,
        runs=runs,
        fixed_units=fixed_units,
        fixed=found_once,
        same=found_same,
        same_share=share_same / fixed_units,
        horizon_units=test.plan.horizon_units,
        sequential=found,
        sequential_share=units / fixed_units,
        expected_share=test.expected_units / fixed_units,
    )


def _played(rates: tuple[float, float], plan: Plan, runs: int, seed: int) -> tuple[int, int, float]:
    """Return in how many runs one test at the end found the effect, and the sequential one, and its mean units."""
    world = World(rate=rates[0], treated_rate=rates[1], units=plan.horizon_units)
    generator = np.random.default_rng([int(1_000 * rate) for rate in rates] + [seed])
    counts = world.counts(runs, evenly(world.units, READS), generator)
    outcomes = play_planned(world, world.stored(plan), counts)
    shipped = sum(outcome.code is RecommendationCode.SHIP_TREATMENT for outcome in outcomes)
    return int(found_at_the_end(counts).sum()), shipped, float(np.mean([outcome.units for outcome in outcomes]))
