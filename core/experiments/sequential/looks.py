"""The looks of the planned-horizon test: when one is due, and what it shows.

There are as many as planned, however often results are read: between two of them the recommendation stands. With a
conversion window they see finished units only, those whose window is over, and the horizon is counted in them: what is
decided does not change any more with what units do later. Without a window a unit counts as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.experiments.experiment import AllocationMode, Experiment, ExperimentState, StoredExperiment, Variant
from core.experiments.results import Look, Range
from core.experiments.sequential.look_reading import counted, weighted
from core.experiments.sequential.spending import boundary, spent
from core.experiments.tally import VariantTally

DEFAULT_ALPHA = 0.05
"""Of an experiment without a plan."""
_ROUNDING = 1e-9
_ALMOST = 0.02
"""Of a look's share of the horizon: so much too early is due all the same, as equal parts of a day often are."""
_SHORTEST_STEP = 1e-4
"""The last look of an experiment that ended early comes at least this share of the horizon after the one before."""


def looks_due(
    stored: StoredExperiment, tallies: Mapping[str, VariantTally], looks: Sequence[Look], moment: datetime
) -> tuple[Look, ...]:
    """Return the look that is due, one for each treatment that gets units; empty if none is.

    The horizon has look_count even steps: one is due when the units have reached a step, nearly or just, that no look
    has seen, when they reach the horizon, and once more when the experiment is over and what its last units did is
    known. The look at the horizon, or at an end that was set beforehand, spends the rest of alpha: after it there is
    none.

    Args:
        stored: The experiment.
        tallies: Of its variants; if it has a conversion window, of finished units alone: those that were exposed
            before the moment less the window.
        looks: Those that were taken, oldest first.
        moment: Now.
    """
    time = _time_of_look(stored, tallies, looks[-1] if looks else None, moment)
    compared = treatments_compared(stored.experiment)
    if time is None or not compared:
        return ()
    times, taken, spent_before = _history(looks)
    alpha = alpha_of(stored.experiment)
    share = 1.0 if _ended(stored, moment) else max(spent_before, spent(time, alpha) / alpha)
    at = _Look(
        number=len(times) + 1,
        time=moment,
        information=min(time, 1.0),
        boundary=boundary(times, taken, time, spent_before * alpha, share * alpha),
        alpha=alpha,
        alpha_spent=share,
    )
    return tuple(_look(stored.experiment, tallies, treatment, at) for treatment in compared)


def treatments_compared(experiment: Experiment) -> tuple[Variant, ...]:
    """Return the treatments that get units, in a bandit too: alpha is split over them."""
    return tuple(variant for variant in experiment.treatments if variant.share > 0.0)


def alpha_of(experiment: Experiment) -> float:
    """Return the alpha of one treatment, by Bonferroni."""
    alpha = experiment.plan.alpha if experiment.plan else DEFAULT_ALPHA
    return alpha / max(1, len(treatments_compared(experiment)))


def matured(stored: StoredExperiment, moment: datetime) -> bool:
    """Whether it is over and its last units have had their time to convert."""
    over, window = stored.over_time, stored.experiment.conversion_window
    return over is not None and moment >= (over + window if window else over)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What the looks of one number have in common."""

    number: int
    time: datetime
    information: float
    boundary: float
    alpha: float
    """Of one treatment."""
    alpha_spent: float
    """Share of it."""


def _history(looks: Sequence[Look]) -> tuple[list[float], list[float], float]:
    """Return the times and boundaries of the looks that were taken, and the share of alpha that is spent."""
    numbered = {look.number: look for look in looks}
    ordered = [numbered[number] for number in sorted(numbered)]
    share = ordered[-1].alpha_spent if ordered else 0.0
    return [look.information for look in ordered], [look.boundary for look in ordered], share


def _time_of_look(
    stored: StoredExperiment, tallies: Mapping[str, VariantTally], newest: Look | None, moment: datetime
) -> float | None:
    """Return the share of the horizon at which a look is due now; None if none is. Above 1 if more units came."""
    plan, units = stored.experiment.plan, sum(tally.units for tally in tallies.values())
    if plan is None or plan.horizon_units <= 0 or not units or (newest and newest.alpha_spent >= 1.0):
        return None
    time, last = units / plan.horizon_units, newest.information if newest else 0.0
    if time >= 1.0 or _steps(last, plan.look_count) < _steps(time, plan.look_count):
        return time
    if _ended(stored, moment):
        return max(time, last + _SHORTEST_STEP)
    return time if time > last + _ROUNDING and matured(stored, moment) else None


def _steps(time: float, look_count: int) -> int:
    """Return how many of the even steps before the horizon are reached."""
    return min(look_count - 1, math.floor(time * look_count + _ALMOST))


def _ended(stored: StoredExperiment, moment: datetime) -> bool:
    """Whether it came to the end that was set beforehand, so that nothing more can be learned.

    Somebody who stops it may have looked at the data: then only what the spending function allows is spent.
    """
    return stored.state(moment) is ExperimentState.ENDED and matured(stored, moment)


def _look(experiment: Experiment, tallies: Mapping[str, VariantTally], treatment: Variant, at: _Look) -> Look:
    mine = tallies.get(treatment.name) or VariantTally(variant=treatment.name)
    control = tallies.get(experiment.control.name) or VariantTally(variant=experiment.control.name)
    read = weighted if experiment.mode is AllocationMode.BANDIT else counted
    found = read(mine, control, at.boundary)
    return Look(
        number=at.number,
        look_time=at.time,
        treatment=treatment.name,
        information=at.information,
        treatment_units=mine.units,
        control_units=control.units,
        difference=found.difference,
        interval=Range(lower=found.lower, upper=found.upper, level=1.0 - at.alpha),
        statistic=found.statistic,
        boundary=at.boundary,
        alpha_spent=at.alpha_spent,
    )
