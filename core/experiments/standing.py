"""Where a treatment stands by the reading that may be looked at again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.experiments.experiment import Experiment, MetricKind, MetricRole
from core.experiments.facts import Facts
from core.experiments.results import Comparison, Look, Range
from core.experiments.sequential.looks import alpha_of, matured, treatments_compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One treatment on conversion."""

    treatment: str
    direction: int
    """1: better than the control, beyond doubt; -1: worse; 0: not decided."""
    difference: float
    """At the newest reading that may be looked at again and again."""
    interval: Range | None
    """Of the difference; None if nothing was read yet."""
    current: float
    """Difference of all that is known now: of several decided ones the best is the one where it is largest."""
    basis: str
    """The numbers it rests on, as the rest of a sentence."""
    evidence: Mapping[str, str]


def has_horizon(experiment: Experiment) -> bool:
    """Whether there is a plan to decide by."""
    return experiment.plan is not None and experiment.plan.horizon_units > 0


def is_at_horizon(facts: Facts) -> bool:
    """Whether the planned test was taken to its end."""
    return has_horizon(facts.stored.experiment) and bool(facts.looks) and facts.looks[-1].information >= 1.0


def is_final(facts: Facts) -> bool:
    """Whether nothing more will be learned: the last look was taken, or it is over and its units had their time."""
    if matured(facts.stored, facts.moment):
        return True
    return has_horizon(facts.stored.experiment) and bool(facts.looks) and facts.looks[-1].alpha_spent >= 1.0


def standings(facts: Facts, comparisons: Sequence[Comparison]) -> list[Standing]:
    """Return where each treatment stands that gets units: by the planned test if there is a horizon.

    Args:
        facts: With the looks.
        comparisons: Of conversion: their differences, and where there is no horizon their always-valid readings.
    """
    experiment = facts.stored.experiment
    names = [variant.name for variant in treatments_compared(experiment)]
    conversions = {
        one.treatment: one
        for one in comparisons
        if one.metric is MetricKind.CONVERSION and one.role is MetricRole.PRIMARY
    }
    if not has_horizon(experiment):
        return [_open_ended(alpha_of(experiment), name, conversions.get(name)) for name in names]
    looks = {name: [look for look in facts.looks if look.treatment == name] for name in names}
    return [_planned(experiment, name, looks[name], conversions.get(name)) for name in names]


def _planned(experiment: Experiment, name: str, looks: Sequence[Look], comparison: Comparison | None) -> Standing:
    """Return the standing: decided by the first look that crossed, with the difference of the newest one."""
    if not looks:
        return _nothing_read(name, "no look was taken yet")
    newest = looks[-1]
    first = next((look for look in looks if look.crossed), newest)
    turned = newest.crossed and _side(newest) != _side(first)
    return Standing(
        treatment=name,
        direction=_side(first) if first.crossed and not turned else 0,
        difference=newest.difference,
        interval=newest.interval,
        current=comparison.difference if comparison else newest.difference,
        basis=_basis(experiment, first, newest, turned=turned),
        evidence={
            "look": str(first.number),
            "information": f"{first.information:.4f}",
            "statistic": f"{first.statistic:.4f}",
            "boundary": f"{first.boundary:.4f}",
            "alpha_spent": f"{first.alpha_spent:.6f}",
            "newest_look": str(newest.number),
            **_interval_evidence(newest.difference, newest.interval),
        },
    )


def _side(look: Look) -> int:
    return 1 if look.statistic > 0.0 else -1


def _basis(experiment: Experiment, first: Look, newest: Look, *, turned: bool) -> str:
    """Return the numbers of the look that decided, and which look the difference is of if that is another one."""
    count = experiment.plan.look_count if experiment.plan else 0
    number = f"{first.number} of {count}" if first.number <= count else f"{first.number}"
    said = (
        f"at look {number} |z| = {abs(first.statistic):.2f} {'exceeds' if first.crossed else 'does not exceed'} "
        f"the boundary {first.boundary:.2f}, with {100.0 * first.alpha_spent:.3g} % of alpha spent"
    )
    if turned:
        return f"{said}, and at look {newest.number} on the other side: the effect turned around"
    if newest.number > first.number:
        return f"{said}, for the first time; the difference is that of look {newest.number}"
    return said


def _open_ended(alpha: float, name: str, comparison: Comparison | None) -> Standing:
    """Return the standing by the interval of now; the smallest p-value so far informs, as it may be of another sign."""
    reading = comparison.always_valid if comparison else None
    if comparison is None or reading is None:
        return _nothing_read(name, "too few units for the reading that holds at any moment")
    decided = reading.excludes_zero
    said = "leaves out" if decided else "holds"
    return Standing(
        treatment=name,
        direction=(1 if reading.interval.lower > 0.0 else -1) if decided else 0,
        difference=comparison.difference,
        interval=reading.interval,
        current=comparison.difference,
        basis=f"the always-valid interval {said} 0; its smallest p-value so far is {reading.p_value:.2g}",
        evidence={
            "always_valid_p_value": f"{reading.p_value:.6g}",
            "alpha": f"{alpha:.6g}",
            **_interval_evidence(comparison.difference, reading.interval),
        },
    )


def _nothing_read(name: str, why: str) -> Standing:
    return Standing(treatment=name, direction=0, difference=0.0, interval=None, current=0.0, basis=why, evidence={})


def _interval_evidence(difference: float, interval: Range) -> dict[str, str]:
    return {
        "difference": f"{difference:.6g}",
        "lower": f"{interval.lower:.6g}",
        "upper": f"{interval.upper:.6g}",
        "level": f"{interval.level:.6g}",
    }
