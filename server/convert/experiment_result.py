"""What is known of experiments."""

from __future__ import annotations

from leadline.v1 import experiment_result_pb2 as pb
from leadline.v1 import explanation_pb2

from core.experiments.results import (
    Adjusted,
    AlwaysValid,
    Comparison,
    ExperimentResults,
    FixedHorizon,
    GuardrailState,
    Look,
    NonInferiority,
    PlainRule,
    Progress,
    Range,
    Recommendation,
    RecommendationCode,
    TrustCheck,
    TrustStatus,
    VariantResult,
)
from server.convert.experiment import KIND_NUMBERS, ROLE_NUMBERS, percentage
from server.convert.times import time_to_wire

_CODES = {code: pb.RecommendationCode.Value(f"RECOMMENDATION_CODE_{code.name}") for code in RecommendationCode}
_STATUSES = {status: pb.TrustStatus.Value(f"TRUST_STATUS_{status.name}") for status in TrustStatus}
_GUARDRAILS = {state: pb.GuardrailState.Value(f"GUARDRAIL_STATE_{state.name}") for state in GuardrailState}
_WILSON = explanation_pb2.INTERVAL_METHOD_WILSON
_NEWCOMBE = explanation_pb2.INTERVAL_METHOD_NEWCOMBE
_WALD = explanation_pb2.INTERVAL_METHOD_WALD
_WELCH = explanation_pb2.INTERVAL_METHOD_WELCH
_REPEATED = explanation_pb2.INTERVAL_METHOD_REPEATED
_SEQUENCE = explanation_pb2.INTERVAL_METHOD_CONFIDENCE_SEQUENCE


def results_to_wire(results: ExperimentResults) -> pb.ExperimentResults:
    """Return results as a message."""
    return pb.ExperimentResults(
        result_time=time_to_wire(results.result_time),
        variants=[_variant_to_wire(variant) for variant in results.variants],
        comparisons=[_comparison_to_wire(comparison) for comparison in results.comparisons],
        trust_checks=[_check_to_wire(check) for check in results.trust_checks],
        recommendation=_recommendation_to_wire(results.recommendation),
        looks=[_look_to_wire(look) for look in results.looks],
        progress=_progress_to_wire(results.progress),
    )


def _interval(found: Range, method: explanation_pb2.IntervalMethod.ValueType) -> explanation_pb2.Interval:
    return explanation_pb2.Interval(lower=found.lower, upper=found.upper, level=found.level, method=method)


def _variant_to_wire(variant: VariantResult) -> pb.VariantResult:
    return pb.VariantResult(
        variant=variant.variant,
        model_version=variant.model_version,
        is_control=variant.is_control,
        traffic_percentage=percentage(variant.share),
        unit_count=variant.units,
        converted_count=variant.converted,
        conversion_rate=variant.conversion_rate,
        conversion_interval=_interval(variant.conversion_range, _WILSON),
        mean_score=variant.mean_score,
        lead_count=variant.leads,
        contact_success_count=variant.contact_successes,
        conversion_value=variant.conversion_value,
        probability_best=variant.probability_best,
    )


def _comparison_to_wire(comparison: Comparison) -> pb.Comparison:
    look, safe, prior = comparison.look, comparison.always_valid, comparison.bayesian
    adjusted, guardrail = comparison.adjusted, comparison.non_inferiority
    return pb.Comparison(
        treatment=comparison.treatment,
        control=comparison.control,
        metric=KIND_NUMBERS[comparison.metric],
        role=ROLE_NUMBERS[comparison.role],
        treatment_value=comparison.treatment_value,
        control_value=comparison.control_value,
        difference=comparison.difference,
        relative_difference=comparison.relative_difference,
        fixed_horizon=_fixed_to_wire(comparison.fixed_horizon),
        sequential=None if look is None else _sequential_to_wire(look, crossed=comparison.crossed),
        always_valid=None if safe is None else _always_valid_to_wire(safe),
        bayesian=None
        if prior is None
        else pb.BayesianReading(probability_better=prior.probability_better, expected_loss=prior.expected_loss),
        adjusted=None if adjusted is None else _adjusted_to_wire(adjusted),
        non_inferiority=None if guardrail is None else _guardrail_to_wire(guardrail),
        note=comparison.note,
    )


def _fixed_to_wire(reading: FixedHorizon) -> pb.FixedHorizonReading:
    textbook, rule = reading.textbook_interval, reading.plain_rule
    return pb.FixedHorizonReading(
        statistic=reading.statistic,
        p_value=reading.p_value,
        adjusted_p_value=reading.adjusted_p_value,
        # Wald's stands beside Newcombe's, of proportions, and beside nothing else.
        interval=_interval(reading.interval, _WELCH if textbook is None else _NEWCOMBE),
        textbook_interval=None if textbook is None else _interval(textbook, _WALD),
        plain_rule=None if rule is None else _rule_to_wire(rule),
    )


def _rule_to_wire(rule: PlainRule) -> pb.PlainRule:
    return pb.PlainRule(
        enough_units=rule.enough_units, significant=rule.significant, large_enough=rule.large_enough, met=rule.met
    )


def _sequential_to_wire(look: Look, *, crossed: bool) -> pb.SequentialReading:
    return pb.SequentialReading(
        look=look.number,
        information=look.information,
        statistic=look.statistic,
        boundary=look.boundary,
        alpha_spent=look.alpha_spent,
        crossed=crossed,
        interval=_interval(look.interval, _REPEATED),
    )


def _always_valid_to_wire(reading: AlwaysValid) -> pb.AlwaysValidReading:
    return pb.AlwaysValidReading(
        interval=_interval(reading.interval, _SEQUENCE),
        p_value=reading.p_value,
        excludes_zero=reading.excludes_zero,
    )


def _adjusted_to_wire(reading: Adjusted) -> pb.AdjustedReading:
    return pb.AdjustedReading(
        difference=reading.difference,
        interval=_interval(reading.interval, _WELCH),
        p_value=reading.p_value,
        variance_reduction=reading.variance_reduction,
    )


def _guardrail_to_wire(reading: NonInferiority) -> pb.NonInferiorityReading:
    return pb.NonInferiorityReading(
        margin=reading.margin, p_value=reading.p_value, lower=reading.lower, state=_GUARDRAILS[reading.state]
    )


def _check_to_wire(check: TrustCheck) -> pb.TrustCheck:
    return pb.TrustCheck(
        name=check.name, status=_STATUSES[check.status], message=check.message, evidence=dict(check.evidence)
    )


def _recommendation_to_wire(recommendation: Recommendation) -> pb.Recommendation:
    return pb.Recommendation(
        code=_CODES[recommendation.code],
        sentence=recommendation.sentence,
        variant=recommendation.variant,
        evidence=dict(recommendation.evidence),
    )


def _look_to_wire(look: Look) -> pb.ExperimentLook:
    return pb.ExperimentLook(
        number=look.number,
        look_time=time_to_wire(look.look_time),
        treatment=look.treatment,
        information=look.information,
        treatment_units=look.treatment_units,
        control_units=look.control_units,
        difference=look.difference,
        interval=_interval(look.interval, _REPEATED),
        statistic=look.statistic,
        boundary=look.boundary,
        alpha_spent=look.alpha_spent,
    )


def _progress_to_wire(progress: Progress) -> pb.ExperimentProgress:
    return pb.ExperimentProgress(
        unit_count=progress.units,
        horizon_units=progress.horizon_units,
        information=progress.information,
        units_per_day=progress.units_per_day,
        days_left=progress.days_left,
    )
