"""Puts results together: from what was read to what is known and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from core.experiments.experiment import ExperimentState, Variant
from core.experiments.facts import Facts
from core.experiments.results import ExperimentResults, Progress, VariantResult
from core.experiments.trust.checks import trust_checks
from core.experiments.trust.novelty import halfway

__all__ = ["Facts", "conclude", "halfway", "least_p_values"]

WEEK = timedelta(days=7)
_SHORTEST = timedelta(hours=1)
"""Traffic of less time says nothing of a day."""


def conclude(facts: Facts) -> ExperimentResults:
    """Return everything that is known at the moment of the facts."""
    # These load scipy, which the server does without until somebody asks for results.
    from core.experiments.comparing import compare_all  # noqa: PLC0415
    from core.experiments.recommending import recommend  # noqa: PLC0415

    comparisons, checks, progress = compare_all(facts), trust_checks(facts), progress_of(facts)
    return ExperimentResults(
        result_time=facts.moment,
        variants=_variants(facts),
        comparisons=comparisons,
        trust_checks=checks,
        recommendation=recommend(facts, comparisons, checks, progress),
        looks=tuple(facts.looks),
        progress=progress,
    )


def least_p_values(facts: Facts) -> Mapping[str, float]:
    """Return the smallest always-valid p-values ever seen, by ``treatment/metric``: to be kept for the next reading."""
    from core.experiments.comparing import least_p_values_of  # noqa: PLC0415 - it loads scipy

    return least_p_values_of(facts)


def progress_of(facts: Facts) -> Progress:
    """Return how far an experiment is: its information, as that of looks, is finished units over the horizon."""
    plan = facts.stored.experiment.plan
    horizon = plan.horizon_units if plan else 0
    rate = _units_per_day(facts)
    running = facts.stored.state(facts.moment) is ExperimentState.RUNNING
    return Progress(
        units=facts.units,
        horizon_units=horizon,
        information=min(1.0, facts.finished / horizon) if horizon else 0.0,
        units_per_day=rate,
        days_left=_days_left(facts, horizon, rate) if horizon and rate > 0.0 and running else None,
    )


def _days_left(facts: Facts, horizon: int, rate: float) -> float:
    """Return the days until the last unit of the horizon has come and its window is over."""
    window = (facts.stored.experiment.conversion_window or timedelta()) / timedelta(days=1)
    if facts.units < horizon:
        return (horizon - facts.units) / rate + window
    # All are in: they finish as they came, and none later than a window from now.
    return min(window, max(0, horizon - facts.finished) / rate)


def _units_per_day(facts: Facts) -> float:
    """Return the units a day since the first one, or of the last seven days if that is longer ago."""
    if facts.first_exposure_time is None:
        return 0.0
    time = min(WEEK, max(_SHORTEST, facts.moment - facts.first_exposure_time))
    return facts.exposed_last_week / (time / timedelta(days=1))


def _variants(facts: Facts) -> tuple[VariantResult, ...]:
    from core.experiments.statistics.bayes import probability_best  # noqa: PLC0415 - it loads scipy

    experiment = facts.stored.experiment
    ordered = (experiment.control, *experiment.treatments)
    # A variant that takes no part would be the best by its prior alone.
    tallies = [facts.tally(variant.name) for variant in ordered if facts.takes_part(variant)]
    best = probability_best([(round(tally.converted.total), tally.units) for tally in tallies])
    chances = {tally.variant: chance for tally, chance in zip(tallies, best, strict=True)}
    return tuple(_variant(facts, variant, chances.get(variant.name, 0.0)) for variant in ordered)


def _variant(facts: Facts, variant: Variant, chance: float) -> VariantResult:
    from core.experiments.statistics.proportions import wilson  # noqa: PLC0415 - it loads scipy

    tally = facts.tally(variant.name)
    converted, scored = round(tally.converted.total), tally.mean_score
    return VariantResult(
        variant=variant.name,
        model_version=variant.model_version,
        is_control=variant.is_control,
        share=facts.shares.get(variant.name, variant.share),
        units=tally.units,
        converted=converted,
        conversion_rate=converted / tally.units if tally.units else 0.0,
        conversion_range=wilson(converted, tally.units),
        mean_score=scored.total / scored.count if scored.count else None,
        leads=tally.leads,
        contact_successes=round(tally.contact_success.total),
        conversion_value=tally.conversion_value.total,
        probability_best=chance,
    )
