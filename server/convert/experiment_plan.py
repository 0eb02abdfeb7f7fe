"""Plans of experiments."""

from __future__ import annotations

from leadline.v1 import experiment_pb2 as pb

from core.errors import InvalidInput
from core.experiments.plan import EffectScale, Plan

USUAL_ALPHA, USUAL_POWER, USUAL_LOOKS = 0.05, 0.8, 20
SCALES = {pb.EffectScale.Value(f"EFFECT_SCALE_{scale.name}"): scale for scale in EffectScale}
SCALE_NUMBERS = {scale: number for number, scale in SCALES.items()}


def scale_from_wire(number: pb.EffectScale.ValueType, field: str) -> EffectScale | None:
    """Return a scale, None if none is given.

    Raises:
        InvalidInput: If there is no such scale; names ``field``.
    """
    if number == pb.EFFECT_SCALE_UNSPECIFIED:
        return None
    found = SCALES.get(number)
    if found is None:
        raise InvalidInput.of(field, "must be ABSOLUTE or RELATIVE")
    return found


def plan_from_wire(wire: pb.ExperimentPlan, field: str) -> Plan:
    """Return a plan as far as it is given: what is 0 there and has no default is 0 here.

    Raises:
        InvalidInput: If its scale is none; names it below ``field``.
    """
    return Plan(
        baseline_rate=wire.baseline_rate,
        min_effect=wire.min_effect,
        effect_scale=scale_from_wire(wire.effect_scale, f"{field}.effect_scale") or EffectScale.RELATIVE,
        alpha=wire.alpha or USUAL_ALPHA,
        power=wire.power or USUAL_POWER,
        look_count=wire.look_count or USUAL_LOOKS,
        horizon_units=wire.horizon_units,
        units_per_day=wire.units_per_day,
    )


def plan_to_wire(plan: Plan) -> pb.ExperimentPlan:
    """Return a plan as a message."""
    return pb.ExperimentPlan(
        baseline_rate=plan.baseline_rate,
        min_effect=plan.min_effect,
        effect_scale=SCALE_NUMBERS[plan.effect_scale],
        alpha=plan.alpha,
        power=plan.power,
        look_count=plan.look_count,
        horizon_units=plan.horizon_units,
        units_per_day=plan.units_per_day,
        days=plan.days,
    )
