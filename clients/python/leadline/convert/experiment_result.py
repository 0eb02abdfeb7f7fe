"""Results of experiments on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_table
from leadline.convert.experiment import METRICS, ROLES, experiment_from_wire
from leadline.convert.experiment_reading import (
    adjusted_from_wire,
    always_valid_from_wire,
    bayesian_from_wire,
    fixed_from_wire,
    non_inferiority_from_wire,
    sequential_from_wire,
)
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire
from leadline.experiment import MetricKind, MetricRole
from leadline.experiment_result import (
    Comparison,
    ExperimentLook,
    ExperimentProgress,
    ExperimentResults,
    Recommendation,
    RecommendationCode,
    TrustCheck,
    TrustStatus,
    VariantResult,
)
from leadline.v1 import experiment_result_pb2 as pb
from leadline.v1 import experiment_service_pb2

_CODES: Final = enum_table(pb.RecommendationCode.items(), "RECOMMENDATION_CODE_", RecommendationCode)
_TRUST: Final = enum_table(pb.TrustStatus.items(), "TRUST_STATUS_", TrustStatus)


def results_from_wire(wire: experiment_service_pb2.GetExperimentResultsResponse) -> ExperimentResults:
    """Return a message as an experiment with everything that is known of it."""
    results = wire.results
    return ExperimentResults(
        experiment=experiment_from_wire(wire.experiment),
        result_time=time_from_wire(results.result_time) if results.HasField("result_time") else None,
        recommendation=_recommendation(results.recommendation),
        variants=tuple(map(_variant, results.variants)),
        comparisons=tuple(map(comparison_from_wire, results.comparisons)),
        trust_checks=tuple(map(_trust_check, results.trust_checks)),
        looks=tuple(map(_look, results.looks)),
        progress=_progress(results.progress),
    )


def comparison_from_wire(wire: pb.Comparison) -> Comparison:
    """Return a message as a comparison."""
    has = wire.HasField
    return Comparison(
        treatment=wire.treatment,
        control=wire.control,
        metric=METRICS.get(wire.metric, MetricKind.UNKNOWN),
        role=ROLES.get(wire.role, MetricRole.UNKNOWN),
        treatment_value=wire.treatment_value,
        control_value=wire.control_value,
        difference=wire.difference,
        relative_difference=wire.relative_difference if has("relative_difference") else None,
        fixed_horizon=fixed_from_wire(wire.fixed_horizon) if has("fixed_horizon") else None,
        sequential=sequential_from_wire(wire.sequential) if has("sequential") else None,
        always_valid=always_valid_from_wire(wire.always_valid) if has("always_valid") else None,
        bayesian=bayesian_from_wire(wire.bayesian) if has("bayesian") else None,
        adjusted=adjusted_from_wire(wire.adjusted) if has("adjusted") else None,
        non_inferiority=non_inferiority_from_wire(wire.non_inferiority) if has("non_inferiority") else None,
        note=wire.note,
    )


def _recommendation(wire: pb.Recommendation) -> Recommendation:
    return Recommendation(
        code=_CODES.get(wire.code, RecommendationCode.UNKNOWN),
        sentence=wire.sentence,
        variant=wire.variant,
        evidence=dict(wire.evidence),
    )


def _variant(wire: pb.VariantResult) -> VariantResult:
    between = wire.conversion_interval
    return VariantResult(
        variant=wire.variant,
        model_version=wire.model_version,
        is_control=wire.is_control,
        traffic_percentage=wire.traffic_percentage,
        unit_count=wire.unit_count,
        converted_count=wire.converted_count,
        conversion_rate=wire.conversion_rate,
        conversion_interval=interval_from_wire(between) if wire.HasField("conversion_interval") else None,
        mean_score=wire.mean_score if wire.HasField("mean_score") else None,
        lead_count=wire.lead_count,
        contact_success_count=wire.contact_success_count,
        conversion_value=wire.conversion_value,
        probability_best=wire.probability_best,
    )


def _trust_check(wire: pb.TrustCheck) -> TrustCheck:
    return TrustCheck(
        name=wire.name,
        status=_TRUST.get(wire.status, TrustStatus.UNKNOWN),
        message=wire.message,
        evidence=dict(wire.evidence),
    )


def _look(wire: pb.ExperimentLook) -> ExperimentLook:
    return ExperimentLook(
        number=wire.number,
        look_time=time_from_wire(wire.look_time) if wire.HasField("look_time") else None,
        treatment=wire.treatment,
        information=wire.information,
        treatment_units=wire.treatment_units,
        control_units=wire.control_units,
        difference=wire.difference,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
        statistic=wire.statistic,
        boundary=wire.boundary,
        alpha_spent=wire.alpha_spent,
    )


def _progress(wire: pb.ExperimentProgress) -> ExperimentProgress:
    return ExperimentProgress(
        unit_count=wire.unit_count,
        horizon_units=wire.horizon_units,
        information=wire.information,
        units_per_day=wire.units_per_day,
        days_left=wire.days_left if wire.HasField("days_left") else None,
    )
