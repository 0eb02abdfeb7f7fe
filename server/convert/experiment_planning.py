"""What is asked of plans, and what there is to know about them."""

from __future__ import annotations

from leadline.v1 import experiment_service_pb2 as pb
from leadline.v1 import explanation_pb2

from core.errors import InvalidInput
from core.experiments.plan import Plan
from core.experiments.planner import PlanAnswer, PlanRequest
from core.experiments.rules import MAX_VARIANTS
from server.convert.experiment_plan import plan_from_wire, plan_to_wire

_EVEN = (50.0, 50.0)


def plan_request_from_wire(request: pb.PlanExperimentRequest) -> PlanRequest:
    """Return what is asked.

    Raises:
        InvalidInput: Names what cannot be read.
    """
    if len(request.traffic_percentages) > MAX_VARIANTS:
        raise InvalidInput.of("traffic_percentages", f"must be at most {MAX_VARIANTS}")
    return PlanRequest(
        plan=_plan(request),
        shares=tuple(percentage / 100.0 for percentage in request.traffic_percentages or _EVEN),
        correlation=request.covariate_correlation,
        max_weeks=request.max_weeks,
        aa_runs=request.aa_runs,
    )


def _plan(request: pb.PlanExperimentRequest) -> Plan:
    if request.plan.HasField("days"):
        raise InvalidInput.of("plan.days", "must be left out: it is output only")
    return plan_from_wire(request.plan, "plan")


def plan_answer_to_wire(answer: PlanAnswer) -> pb.PlanExperimentResponse:
    """Return a plan with what there is to know about it as a message."""
    test, played = answer.test, answer.aa_test
    wire = pb.PlanExperimentResponse(
        plan=plan_to_wire(test.plan),
        variant_units=test.variant_units,
        fixed_horizon_units=test.fixed_horizon_units,
        expected_units=test.expected_units,
        detectable_effect=answer.detectable_effect,
        too_long=answer.too_long,
        warnings=[explanation_pb2.Warning(code=one.code, message=one.message) for one in answer.warnings],
    )
    if played is not None:
        found = played.false_positives
        wire.aa_test.runs = played.runs
        wire.aa_test.lead_count = played.lead_count
        wire.aa_test.conversion_rate = played.conversion_rate
        wire.aa_test.false_positive_rate = played.false_positive_rate
        wire.aa_test.false_positive_interval.lower = found.lower
        wire.aa_test.false_positive_interval.upper = found.upper
        wire.aa_test.false_positive_interval.level = found.level
        wire.aa_test.false_positive_interval.method = explanation_pb2.INTERVAL_METHOD_WILSON
        wire.aa_test.peeking_false_positive_rate = played.peeking_false_positive_rate
        wire.aa_test.sample_ratio_mismatch_rate = played.sample_ratio_mismatch_rate
    return wire
