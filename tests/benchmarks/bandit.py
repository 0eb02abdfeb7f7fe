"""What a bandit gains and what its analysis is worth: ``python -m tests.benchmarks.bandit [--runs 1000] [--write]``.

Two variants whose rates are known are played many times over, the shares set anew after every batch of units. The plain
difference of rates is biased; the one weighted by 1 / propensity must not be, and its interval must cover the truth.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from core.experiments.bandit import thompson_shares
from core.experiments.statistics.weighted import weighted_difference
from core.experiments.tally import VariantTally, WeightedMoments
from tests.benchmarks.learning_page import write_section

PAGE = Path(__file__).resolve().parents[2] / "docs" / "experiments.md"
RUNS = 1_000
REALLOCATIONS = 20
UNITS = 500
"""Between two reallocations."""
SEED = 20
CONTROL, TREATMENT = "control", "treatment"


@dataclass(frozen=True)
class World:
    """True rates of both variants, batch by batch."""

    name: str
    control: float
    treatment: float
    season: float = 0.0
    """Added to both rates, from + this in the first batch to - this in the last."""

    def rates(self, batch: int) -> tuple[float, float]:
        """Return the rates of control and treatment in a batch, 0 to 20."""
        moved = self.season * (1.0 - 2.0 * batch / REALLOCATIONS)
        return self.control + moved, self.treatment + moved

    @property
    def difference(self) -> float:
        """Return the true difference."""
        return self.treatment - self.control


WORLDS = (
    World("10 % against 12 %", 0.10, 0.12),
    World("12 % against 10 %", 0.12, 0.10),
    World("10 % against 10 %", 0.10, 0.10),
    World("10 % against 12 %, both fall by 10 points on the way", 0.10, 0.12, 0.05),
)


@dataclass(frozen=True)
class Played:
    """One run."""

    plain: float
    """Difference of the plain rates."""
    weighted: float
    """Difference of the weighted rates."""
    covered: bool
    """Whether the 95 % interval of the weighted one holds the true difference."""
    better_share: float
    """Of all units, on the variant that is better in truth; on the treatment where none is."""


def play(world: World, generator: np.random.Generator) -> Played:
    """Play one bandit: a first batch half and half, then 20 reallocations with a batch each."""
    sums = {CONTROL: WeightedMoments(), TREATMENT: WeightedMoments()}
    units, converted = dict.fromkeys(sums, 0), dict.fromkeys(sums, 0)
    shares = dict.fromkeys(sums, 0.5)
    for batch in range(REALLOCATIONS + 1):
        if batch:
            tallies = {name: VariantTally(variant=name, units=units[name], weighted=sums[name]) for name in sums}
            shares = thompson_shares(tallies)
        to_treatment = int(generator.binomial(UNITS, shares[TREATMENT]))
        arrived = {CONTROL: UNITS - to_treatment, TREATMENT: to_treatment}
        for name, rate in zip(sums, world.rates(batch), strict=True):
            hits = int(generator.binomial(arrived[name], rate))
            units[name] += arrived[name]
            converted[name] += hits
            sums[name] = _plus(sums[name], arrived[name], hits, shares[name])
    test = weighted_difference(sums[TREATMENT], sums[CONTROL], 0.95)
    better = CONTROL if world.difference < 0.0 else TREATMENT
    return Played(
        plain=converted[TREATMENT] / units[TREATMENT] - converted[CONTROL] / units[CONTROL],
        weighted=test.difference,
        covered=test.range.lower <= world.difference <= test.range.upper,
        better_share=units[better] / sum(units.values()),
    )


def _plus(moments: WeightedMoments, units: int, hits: int, propensity: float) -> WeightedMoments:
    added = (units / propensity, units / propensity**2, hits / propensity, hits / propensity**2)
    named = (field.name for field in fields(WeightedMoments))
    return WeightedMoments(**{name: getattr(moments, name) + more for name, more in zip(named, added, strict=True)})


@dataclass(frozen=True)
class Estimate:
    """A mean over runs."""

    mean: float
    error: float
    """Its standard error."""

    @classmethod
    def of(cls, values: Iterable[float]) -> Estimate:
        """Take the mean of one value a run."""
        told = np.fromiter(values, dtype=np.float64)
        return cls(float(told.mean()), float(told.std(ddof=1)) / math.sqrt(len(told)))

    @property
    def points(self) -> str:
        """Return it in percentage points."""
        return f"{100 * self.mean:+.3f} ± {100 * self.error:.3f}"


def section(runs: int) -> str:
    """Play every world, and return the section."""
    generator = np.random.default_rng(SEED)
    played = [(world, [play(world, generator) for _ in range(runs)]) for world in WORLDS]
    introduction = (
        f"`python -m tests.benchmarks.bandit --write`: {runs:,} runs of each line, {UNITS} units, then {REALLOCATIONS}"
        f" reallocations by Thompson sampling with {UNITS} units each. Bias is the mean of the estimates less the true"
        " difference, in percentage points with its standard error."
    )
    return "\n".join([introduction, "", *_lines(played)])


def _lines(played: Sequence[tuple[World, Sequence[Played]]]) -> Iterator[str]:
    yield (
        "| control against treatment | bias of the plain difference | bias of the weighted one"
        " | 95 % intervals that hold the truth | units on the better variant |"
    )
    yield "|---|---|---|---|---|"
    for world, runs in played:
        plain = Estimate.of(run.plain - world.difference for run in runs)
        weighted = Estimate.of(run.weighted - world.difference for run in runs)
        held = sum(run.covered for run in runs) / len(runs)
        share = sum(run.better_share for run in runs) / len(runs)
        told = f"{share:.1%} (a fixed split: 50 %)" if world.difference else "none is better"
        yield f"| {world.name} | {plain.points} | {weighted.points} | {held:.1%} | {told} |"


def main() -> None:
    """Play, and print or write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each world")
    parser.add_argument("--write", action="store_true", help="write the section of docs/experiments.md")
    chosen = parser.parse_args()
    measured = section(chosen.runs)
    if chosen.write:
        write_section("bandit", measured, PAGE)
    sys.stdout.write(measured + "\n")


if __name__ == "__main__":
    main()
