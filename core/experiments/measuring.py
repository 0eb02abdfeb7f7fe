"""What a metric says of a treatment beside the control, as if there were one look. Loads scipy."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.experiments.experiment import MetricKind
from core.experiments.results import Range
from core.experiments.statistics.mean_test import UNKNOWN, Estimate, MeanTest
from core.experiments.statistics.means import mean, welch
from core.experiments.statistics.proportions import newcombe, two_proportion_z, wald
from core.experiments.statistics.ratio import ratio, ratio_difference
from core.experiments.statistics.weighted import weighted_difference, weighted_rate
from core.experiments.tally import Moments, VariantTally

PROPORTIONS = frozenset({MetricKind.CONVERSION, MetricKind.CONTACT_SUCCESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm on one metric."""

    value: float
    spread: float
    """Standard error of the value; UNKNOWN where it is not known. Of a share it is never 0."""
    count: int
    """Units it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Two arms on one metric."""

    treatment: Arm
    control: Arm
    difference: float
    statistic: float
    p_value: float
    interval: Range
    textbook_interval: Range | None = None

    @property
    def spread(self) -> float:
        """Standard error of the difference; UNKNOWN where it is not known."""
        return min(UNKNOWN, math.hypot(self.treatment.spread, self.control.spread))


def measure(kind: MetricKind, treatment: VariantTally, control: VariantTally, *, weighted: bool) -> Measured:
    """Return the reading of a metric.

    Args:
        kind: What is measured.
        treatment: Its sums.
        control: Its sums.
        weighted: Weight units by 1 / propensity, which is known for conversion only.
    """
    if kind is MetricKind.CONVERSION and weighted:
        return _weighted(treatment, control)
    if kind in PROPORTIONS:
        return _share(hits_and_units(kind, treatment), hits_and_units(kind, control))
    if kind is MetricKind.CONVERSIONS_PER_LEAD:
        found = ratio_difference(treatment.per_lead, control.per_lead)
        arms = [(ratio(tally.per_lead), tally.per_lead.count) for tally in (treatment, control)]
    else:
        moments = moments_of(kind, treatment), moments_of(kind, control)
        found = welch(*moments)
        arms = [(mean(one), one.count) for one in moments]
    return _tested(found, *(_arm(estimate, count) for estimate, count in arms))


def moments_of(kind: MetricKind, tally: VariantTally) -> Moments:
    """Return the sums of a metric that is a mean or a share over units; of nothing for a ratio."""
    return {
        MetricKind.CONVERSION: tally.converted,
        MetricKind.CONTACT_SUCCESS: tally.contact_success,
        MetricKind.CONVERSION_VALUE: tally.conversion_value,
        MetricKind.MEAN_SCORE: tally.mean_score,
    }.get(kind, Moments())


def hits_and_units(kind: MetricKind, tally: VariantTally) -> tuple[int, int]:
    """Return the counts of a share."""
    moments = moments_of(kind, tally)
    return round(moments.total), moments.count


def _share(treatment: tuple[int, int], control: tuple[int, int]) -> Measured:
    counts = *treatment, *control
    arms = _share_arm(*treatment), _share_arm(*control)
    statistic, p_value = two_proportion_z(*counts)
    return Measured(
        treatment=arms[0],
        control=arms[1],
        difference=arms[0].value - arms[1].value,
        statistic=statistic,
        p_value=p_value,
        interval=newcombe(*counts),
        textbook_interval=wald(*counts),
    )


def _share_arm(hits: int, units: int) -> Arm:
    """Return a share, whose spread has one conversion and one other unit added (Agresti and Caffo 2000).

    The plain spread is 0 where nobody or everybody converted, and what is read at any moment must hold there too.
    """
    if not units:
        return Arm(value=0.0, spread=UNKNOWN, count=0)
    middled = (hits + 1.0) / (units + 2.0)
    return Arm(value=hits / units, spread=math.sqrt(middled * (1.0 - middled) / units), count=units)


def _weighted(treatment: VariantTally, control: VariantTally) -> Measured:
    arms = []
    for tally in (treatment, control):
        value, spread = weighted_rate(tally.weighted)
        arms.append(Arm(value=value, spread=spread, count=tally.units))
    return _tested(weighted_difference(treatment.weighted, control.weighted), *arms)


def _arm(estimate: Estimate, count: int) -> Arm:
    # Where nothing varies, nothing is known of how much it might.
    known = estimate.degrees > 0.0 and estimate.variance > 0.0
    return Arm(value=estimate.value, spread=math.sqrt(estimate.variance) if known else UNKNOWN, count=count)


def _tested(found: MeanTest, treatment: Arm, control: Arm) -> Measured:
    return Measured(
        treatment=treatment,
        control=control,
        difference=found.difference,
        statistic=found.statistic,
        p_value=found.p_value,
        interval=found.range,
    )
