"""Reads simulated experiments with what the product reads real ones with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from core.experiments.comparing import PLAIN_LEVEL, PLAIN_UNITS, always_valid_of
from core.experiments.concluding import progress_of
from core.experiments.experiment import MetricKind, MetricRole, StoredExperiment
from core.experiments.facts import Facts
from core.experiments.measuring import measure
from core.experiments.recommending import recommend
from core.experiments.results import AlwaysValid, Comparison, FixedHorizon, Look, Range, RecommendationCode
from core.experiments.sequential.looks import looks_due
from core.experiments.trust.allocation import FAILS_BELOW, sample_ratio
from tests.benchmarks.experiments.worlds import CONTROL, TREATMENT, Counts, World, facts_of

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one experiment ended for somebody who does what is recommended as soon as it is."""

    code: RecommendationCode
    units: int
    """That were in by then."""


def play_planned(world: World, stored: StoredExperiment, counts: Counts) -> list[Outcome]:
    """Read planned experiments: due looks are taken, and between two of them the recommendation stands.

    Args:
        world: Where it happens.
        stored: The experiment.
        counts: Of its runs.
    """
    doubtful = _may_be_mismatched(world, counts)
    return [_planned(world, stored, *run) for run in zip(counts.tolist(), doubtful.tolist(), strict=True)]


def _planned(
    world: World, stored: StoredExperiment, rows: Sequence[Sequence[int]], doubtful: Sequence[bool]
) -> Outcome:
    looks: tuple[Look, ...] = ()
    for row, doubt in zip(rows, doubtful, strict=True):
        tallies = world.tallies(row)
        due = looks_due(stored, tallies, looks, stored.create_time)
        looks += due
        # Only these can change what is recommended before the end.
        if doubt or any(look.crossed for look in due):
            code = _recommended(facts_of(stored, tallies, looks))
            if code is not RecommendationCode.KEEP_RUNNING:
                return Outcome(code, row[0] + row[2])
    return Outcome(_recommended(facts_of(stored, world.tallies(rows[-1]), looks)), rows[-1][0] + rows[-1][2])


def _may_be_mismatched(world: World, counts: Counts) -> npt.NDArray[np.bool_]:
    """Return at which reads the check of the split may fail: no Bayes factor exceeds the greatest likelihood ratio."""
    units = counts[:, :, [0, 2]].astype(float)
    expected = units.sum(axis=2, keepdims=True) * [1.0 - world.treatment_share, world.treatment_share]
    ratio: npt.NDArray[np.float64] = xlogy(units, units / expected).sum(axis=2)
    doubtful: npt.NDArray[np.bool_] = ratio > -np.log(FAILS_BELOW)
    return doubtful


def play_open_ended(world: World, stored: StoredExperiment, rows: Sequence[Sequence[int]]) -> Outcome:
    """Read an experiment without a plan, one run of it."""
    for row in rows:
        tallies = world.tallies(row)
        facts = facts_of(stored, tallies)
        measured = measure(MetricKind.CONVERSION, tallies[TREATMENT], tallies[CONTROL], weighted=False)
        reading = always_valid_of(facts, TREATMENT, MetricKind.CONVERSION, measured)
        if reading and reading.excludes_zero:
            return Outcome(_recommended(facts, _comparison(measured.difference, reading)), row[0] + row[2])
    return Outcome(_recommended(facts), rows[-1][0] + rows[-1][2])


def plain_rule_met(counts: Counts, effect: float) -> npt.NDArray[np.bool_]:
    """Return for each run whether the plain rule was met at any read.

    Args:
        counts: Of the runs.
        effect: Least observed effect, relative to the control's rate.
    """
    control, control_hits, treated, hits = np.moveaxis(counts.astype(float), 2, 0)
    enough = np.minimum(control, treated) >= PLAIN_UNITS
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = hits / treated - control_hits / control
        pooled = (hits + control_hits) / (treated + control)
        z = difference / np.sqrt(pooled * (1.0 - pooled) * (1.0 / treated + 1.0 / control))
        large = np.abs(difference) >= effect * control_hits / control
    met: npt.NDArray[np.bool_] = (enough & large & (np.abs(z) > _Z)).any(axis=1)
    return met


def found_at_the_end(counts: Counts) -> npt.NDArray[np.bool_]:
    """Return for each run whether one z test at the last read says that the treatment is better."""
    control, control_hits, treated, hits = np.moveaxis(counts[:, -1:].astype(float), 2, 0)
    pooled = (hits + control_hits) / (treated + control)
    z = (hits / treated - control_hits / control) / np.sqrt(pooled * (1.0 - pooled) * (1.0 / treated + 1.0 / control))
    found: npt.NDArray[np.bool_] = z[:, 0] > _Z
    return found


def _recommended(facts: Facts, *comparisons: Comparison) -> RecommendationCode:
    return recommend(facts, comparisons, [sample_ratio(facts)], progress_of(facts)).code


def _comparison(difference: float, reading: AlwaysValid) -> Comparison:
    nothing = FixedHorizon(
        statistic=0.0, p_value=1.0, adjusted_p_value=1.0, interval=Range(lower=-1.0, upper=1.0, level=1.0 - PLAIN_LEVEL)
    )
    return Comparison(
        treatment=TREATMENT,
        control=CONTROL,
        metric=MetricKind.CONVERSION,
        role=MetricRole.PRIMARY,
        treatment_value=0.0,
        control_value=0.0,
        difference=difference,
        relative_difference=None,
        fixed_horizon=nothing,
        always_valid=reading,
    )
