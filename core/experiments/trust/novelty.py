"""Whether the effect is the same on units that came first and on those that came later."""

from __future__ import annotations

import math
from datetime import datetime
from statistics import NormalDist

from core.experiments.facts import Facts
from core.experiments.results import TrustCheck, TrustStatus
from core.experiments.tally import VariantTally

FEWEST_CONVERSIONS = 10
"""In each arm and half."""
WARNS_BELOW = 0.001
"""Over all treatments together: it is looked at again and again, and only warns."""
_NORMAL = NormalDist()


def halfway(first_exposure_time: datetime, moment: datetime) -> datetime:
    """Return the moment up to which units count as early: the middle of the time since the first exposure."""
    return first_exposure_time + (moment - first_exposure_time) / 2


def novelty(facts: Facts) -> TrustCheck:
    """Compare the ratios of conversion rates of early and of late units.

    Ratios, not differences: late units have had less time to convert, in both arms alike, and that divides out.
    """
    experiment = facts.stored.experiment
    readings = {
        variant.name: z
        for variant in experiment.treatments
        if (z := _z(facts, variant.name, experiment.control.name)) is not None
    }
    if not readings:
        message = f"Fewer than {FEWEST_CONVERSIONS} conversions in an arm and half of the time: too few to say."
        return TrustCheck(name="NOVELTY", status=TrustStatus.TOO_FEW, message=message)
    worst = max(readings, key=lambda name: abs(readings[name]))
    p = min(1.0, len(readings) * 2.0 * _NORMAL.cdf(-abs(readings[worst])))
    if p < WARNS_BELOW:
        when = "first" if readings[worst] > 0.0 else "second"
        message = (
            f"The effect of {worst} is not the same in both halves of the time (p {p:.2g}): beside "
            f"{experiment.control.name} it did better among units of the {when} one."
        )
    else:
        message = f"The effect is the same among units of the first and the second half of the time (p {p:.2g})."
    return TrustCheck(
        name="NOVELTY",
        status=TrustStatus.WARNING if p < WARNS_BELOW else TrustStatus.PASSED,
        message=message,
        evidence={f"z.{name}": f"{z:.3f}" for name, z in readings.items()} | {"p_value": f"{p:.3g}"},
    )


def _z(facts: Facts, treatment: str, control: str) -> float | None:
    """Return the z statistic of early against late log ratios of rates (delta method); None if too few converted."""
    arms = [_halves(facts, name) for name in (treatment, control)]
    if any(hits < FEWEST_CONVERSIONS for arm in arms for hits, _ in arm):
        return None
    (early, late), (early_control, late_control) = [[math.log(hits / units) for hits, units in arm] for arm in arms]
    variance = math.fsum(1.0 / hits - 1.0 / units for arm in arms for hits, units in arm)
    distance = (early - early_control) - (late - late_control)
    return distance / math.sqrt(variance) if variance > 0.0 else 0.0


def _halves(facts: Facts, name: str) -> tuple[tuple[float, int], tuple[float, int]]:
    """Return conversions and units of an arm, early and late."""
    everything, early = facts.tally(name), facts.early_tallies.get(name) or VariantTally(variant=name)
    late_hits = max(0.0, everything.converted.total - early.converted.total)
    return (early.converted.total, early.units), (late_hits, max(0, everything.units - early.units))
