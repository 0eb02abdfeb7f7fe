"""Plans of experiments on the wire."""

from __future__ import annotations

from typing import Final, cast

from leadline.convert.enums import enum_number, enum_table
from leadline.convert.score import interval_from_wire
from leadline.experiment_plan import AaTest, EffectScale, ExperimentPlan, PlanAnswer
from leadline.score import ScoreWarning
from leadline.v1 import experiment_pb2, experiment_service_pb2

SCALES: Final = enum_table(experiment_pb2.EffectScale.items(), "EFFECT_SCALE_", EffectScale)


def plan_to_wire(plan: ExperimentPlan, path: str) -> experiment_pb2.ExperimentPlan:
    """Return a plan as a message, without what only the server fills in.

    Args:
        plan: What is wanted.
        path: Of its field.

    Raises:
        InvalidRequest: If its scale is one this client does not know.
        TypeError: If a field is not of its type.
        ValueError: If a number is too large for the wire.
    """
    return experiment_pb2.ExperimentPlan(
        baseline_rate=plan.baseline_rate,
        min_effect=plan.min_effect,
        effect_scale=cast(
            "experiment_pb2.EffectScale.ValueType", enum_number(SCALES, plan.effect_scale, f"{path}.effect_scale")
        ),
        alpha=plan.alpha,
        power=plan.power,
        look_count=plan.look_count,
        horizon_units=plan.horizon_units,
        units_per_day=plan.units_per_day,
    )


def plan_from_wire(wire: experiment_pb2.ExperimentPlan) -> ExperimentPlan:
    """Return a message as a plan."""
    return ExperimentPlan(
        baseline_rate=wire.baseline_rate,
        min_effect=wire.min_effect,
        effect_scale=SCALES.get(wire.effect_scale, EffectScale.UNKNOWN),
        alpha=wire.alpha,
        power=wire.power,
        look_count=wire.look_count,
        horizon_units=wire.horizon_units,
        units_per_day=wire.units_per_day,
        days=wire.days if wire.HasField("days") else None,
    )


def plan_answer_from_wire(wire: experiment_service_pb2.PlanExperimentResponse) -> PlanAnswer:
    """Return a message as what a test needs."""
    return PlanAnswer(
        plan=plan_from_wire(wire.plan),
        variant_units=tuple(wire.variant_units),
        fixed_horizon_units=wire.fixed_horizon_units,
        expected_units=wire.expected_units,
        detectable_effect=wire.detectable_effect if wire.HasField("detectable_effect") else None,
        too_long=wire.too_long,
        aa_test=_aa_test(wire.aa_test) if wire.HasField("aa_test") else None,
        warnings=tuple(ScoreWarning(code=warning.code, message=warning.message) for warning in wire.warnings),
    )


def _aa_test(wire: experiment_service_pb2.AaTest) -> AaTest:
    between = wire.false_positive_interval
    return AaTest(
        runs=wire.runs,
        lead_count=wire.lead_count,
        conversion_rate=wire.conversion_rate,
        false_positive_rate=wire.false_positive_rate,
        false_positive_interval=interval_from_wire(between) if wire.HasField("false_positive_interval") else None,
        peeking_false_positive_rate=wire.peeking_false_positive_rate,
        sample_ratio_mismatch_rate=wire.sample_ratio_mismatch_rate,
    )
