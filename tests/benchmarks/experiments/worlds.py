"""Simulated experiments: what was counted of them whenever somebody read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from core.experiments.experiment import Experiment, StoredExperiment, Variant
from core.experiments.facts import Facts
from core.experiments.plan import Plan
from core.experiments.results import Look
from core.experiments.tally import Moments, VariantTally
from core.identifiers import VersionName

CONTROL, TREATMENT = "control", "treatment"
_VERSION = VersionName("v20260101_120000_1a2b3c4d")
_START = datetime(2026, 1, 5, tzinfo=UTC)
_MOMENT = _START + timedelta(days=1)

Counts = npt.NDArray[np.int64]
"""(runs, reads, 4): units and conversions of the control, then of the treatment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An experiment of two arms."""

    rate: float
    """Of the control."""
    treated_rate: float
    units: int
    """Of both arms at the end."""
    treatment_share: float = 0.5

    def stored(self, plan: Plan | None) -> StoredExperiment:
        """Return it as it is kept."""
        shares = {CONTROL: 1.0 - self.treatment_share, TREATMENT: self.treatment_share}
        experiment = Experiment(
            name="simulated",
            variants=tuple(
                Variant(name=name, model_version=_VERSION, share=share, is_control=name == CONTROL)
                for name, share in shares.items()
            ),
            plan=plan,
            start_time=_START,
        )
        return StoredExperiment(
            experiment=experiment, segment_start=0, segment_end=10_000, create_time=_START, created_by="simulated"
        )

    def counts(self, runs: int, reads: Sequence[int], generator: np.random.Generator) -> Counts:
        """Play it.

        Args:
            runs: How many times.
            reads: Units of both arms when it is read, rising.
            generator: Of chance.
        """
        steps = np.broadcast_to(np.diff([0, *reads]), (runs, len(reads)))
        treated = generator.binomial(steps, self.treatment_share)
        control = steps - treated
        hits = generator.binomial(control, self.rate), generator.binomial(treated, self.treated_rate)
        return np.stack([control, hits[0], treated, hits[1]], axis=2).cumsum(axis=1)

    def tallies(self, row: Sequence[int]) -> dict[str, VariantTally]:
        """Return the sums that four counts stand for."""
        total = row[0] + row[2]
        return {
            CONTROL: _tally(CONTROL, row[0], row[1], total * (1.0 - self.treatment_share)),
            TREATMENT: _tally(TREATMENT, row[2], row[3], total * self.treatment_share),
        }


def facts_of(stored: StoredExperiment, tallies: dict[str, VariantTally], looks: tuple[Look, ...] = ()) -> Facts:
    """Return what is known of an experiment that runs."""
    return Facts(stored=stored, shares={}, tallies=tallies, looks=looks, moment=_MOMENT)


def evenly(units: int, reads: int) -> list[int]:
    """Return the units at reads at even steps; fewer where there are not enough units."""
    return sorted({max(1, round(units * read / reads)) for read in range(1, reads + 1)})


def at_any_time(units: int, reads: int, generator: np.random.Generator) -> list[int]:
    """Return the units at reads that come as they like, the last one at the end; fewer where there are not enough."""
    return sorted({units, *(1 + generator.choice(units, size=min(reads, units) - 1, replace=False)).tolist()})


def _tally(name: str, units: int, converted: int, expected: float) -> VariantTally:
    moments = Moments(count=units, total=float(converted), squares=float(converted))
    return VariantTally(variant=name, units=units, converted=moments, expected_units=expected)
