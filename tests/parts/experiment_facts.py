"""Experiments and what was counted of them, for tests of what is concluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.experiments.experiment import Experiment, StoredExperiment, Variant
from core.experiments.facts import Facts
from core.experiments.plan import Plan
from core.experiments.results import Look
from core.experiments.sequential.looks import looks_due
from core.experiments.tally import Moments, RatioMoments, VariantTally, WeightedMoments
from core.identifiers import VersionName

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = START + 10 * DAY
VERSION = VersionName("v20260101_120000_1a2b3c4d")
SHARES: Mapping[str, float] = {"control": 0.5, "treatment": 0.5}


def stored(
    shares: Mapping[str, float] = SHARES, *, stop_time: datetime | None = None, **fields: Any
) -> StoredExperiment:
    """Return an experiment whose first variant is the control."""
    control = next(iter(shares))
    variants = tuple(
        Variant(name=name, model_version=VERSION, share=share, is_control=name == control)
        for name, share in shares.items()
    )
    return StoredExperiment(
        experiment=Experiment(**{"name": "test", "variants": variants, "start_time": START, **fields}),
        segment_start=0,
        segment_end=10_000,
        create_time=START,
        created_by="alice",
        stop_time=stop_time,
    )


def plan(horizon_units: int = 4_000, **fields: Any) -> Plan:
    """Return a plan for 10 % and a fifth more."""
    return Plan(**{"baseline_rate": 0.1, "min_effect": 0.2, "horizon_units": horizon_units, **fields})


def tally(name: str, units: int, hits: int, **fields: Any) -> VariantTally:
    """Return the sums of a variant whose units have a lead each, were shown 50, and had an even chance."""
    share = float(hits)
    told: dict[str, Any] = {
        "converted": Moments(count=units, total=share, squares=share),
        "contact_success": Moments(count=units, total=share, squares=share),
        "conversion_value": Moments(count=units, total=10.0 * hits, squares=100.0 * hits),
        "mean_score": Moments(count=units, total=50.0 * units, squares=2_500.0 * units),
        "per_lead": RatioMoments(
            count=units,
            top=share,
            bottom=float(units),
            top_squares=share,
            bottom_squares=float(units),
            products=share,
        ),
        "weighted": WeightedMoments(
            weight=2.0 * units, weight_squares=4.0 * units, converted=2.0 * hits, converted_squares=4.0 * hits
        ),
        "leads": units,
        **fields,
    }
    return VariantTally(variant=name, units=units, **told)


def tallies(**counts: tuple[int, int]) -> dict[str, VariantTally]:
    """Return the sums of variants by (units, conversions)."""
    return {name: tally(name, *both) for name, both in counts.items()}


def facts(
    counts: Mapping[str, VariantTally], of: StoredExperiment | None = None, moment: datetime = LATER, **fields: Any
) -> Facts:
    """Return what is known, with the looks that are due if it is planned."""
    experiment = of or stored()
    told: dict[str, Any] = {
        "shares": {variant.name: variant.share for variant in experiment.experiment.variants},
        "first_exposure_time": START,
        "exposed_last_week": sum(one.units for one in counts.values()),
        "looks": looks_due(experiment, counts, (), moment),
        **fields,
    }
    return Facts(stored=experiment, tallies=counts, moment=moment, **told)


def read_again_and_again(
    of: StoredExperiment, history: Sequence[Mapping[str, VariantTally]], moment: datetime = LATER
) -> tuple[Look, ...]:
    """Return the looks that reads take, one after the other."""
    taken: tuple[Look, ...] = ()
    for counts in history:
        taken += looks_due(of, counts, taken, moment)
    return taken
