from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import leadline
import pytest
from leadline import (
    AllocationMode,
    AssignmentReason,
    EffectScale,
    Experiment,
    ExperimentMetric,
    ExperimentPlan,
    ExperimentState,
    GuardrailState,
    InvalidRequest,
    Lead,
    MetricKind,
    MetricRole,
    RecommendationCode,
    TrustStatus,
    Variant,
)
from leadline.convert import experiment as convert
from leadline.convert import experiment_plan, experiment_reading, experiment_result
from leadline.convert.experiment import experiment_from_wire, experiment_to_wire
from leadline.v1 import experiment_pb2, experiment_result_pb2, experiment_service_pb2

WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
VARIANTS = (
    Variant(name="old", model_version="v7", traffic_percentage=50.0, is_control=True),
    Variant(name="new", model_version="v8", traffic_percentage=50.0),
)
FULL = Experiment(
    name="spring",
    variants=VARIANTS,
    description="what and why",
    allocation_mode=AllocationMode.BANDIT,
    salt="pepper",
    layer="site",
    traffic_percentage=30.0,
    overrides={"me": "new", "you": "old"},
    metrics=(
        ExperimentMetric(kind=MetricKind.MEAN_SCORE),
        ExperimentMetric(kind=MetricKind.CONTACT_SUCCESS, role=MetricRole.GUARDRAIL, margin=0.05),
    ),
    sticky=True,
    plan=ExperimentPlan(
        baseline_rate=0.1,
        min_effect=0.02,
        effect_scale=EffectScale.ABSOLUTE,
        alpha=0.01,
        power=0.9,
        look_count=5,
        horizon_units=4000,
        units_per_day=12.5,
    ),
    conversion_window=timedelta(days=14),
    start_time=WHEN,
    end_time=WHEN + timedelta(days=60),
    min_effect=0.01,
    effect_scale=EffectScale.RELATIVE,
)


def test_all_that_is_set_survives_the_wire():
    assert experiment_from_wire(experiment_to_wire(FULL)) == FULL


def test_what_only_the_server_fills_in_is_not_sent():
    read = replace(FULL, state=ExperimentState.STOPPED, winner="new", segment_end=7, stop_time=WHEN, created_by="kim")
    assert experiment_to_wire(read) == experiment_to_wire(FULL)


def test_what_is_left_open_is_left_to_the_server():
    wire = experiment_to_wire(Experiment(name="e", variants=VARIANTS))
    absent = ("plan", "conversion_window", "start_time", "end_time")
    assert not any(wire.HasField(name) for name in absent)
    assert (wire.effect_scale, wire.min_effect, wire.salt) == (0, 0.0, "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start_time": datetime(2026, 3, 1)}, "experiment.start_time"),  # noqa: DTZ001
        ({"end_time": "tomorrow"}, "experiment.end_time"),
        ({"name": 7}, "experiment"),
        ({"traffic_percentage": "all"}, "experiment"),
        ({"variants": ("old", "new")}, "experiment"),
        ({"overrides": ["me"]}, "experiment"),
        ({"min_effect": 10**400}, "experiment"),
        ({"allocation_mode": AllocationMode.UNKNOWN}, "experiment.allocation_mode"),
        ({"effect_scale": EffectScale.UNKNOWN}, "experiment.effect_scale"),
        ({"metrics": (ExperimentMetric(kind=MetricKind.UNKNOWN),)}, "experiment.metrics[0].kind"),
        ({"plan": ExperimentPlan(min_effect=1, effect_scale=EffectScale.UNKNOWN)}, "experiment.plan.effect_scale"),
    ],
)
def test_what_the_wire_cannot_carry_is_named(changes, field):
    with pytest.raises(InvalidRequest) as refused:
        experiment_to_wire(replace(FULL, **changes))
    assert [violation.field for violation in refused.value.violations] == [field]


def test_create_sends_the_experiment_and_how_far_it_may_go(client, server):
    made = client.create_experiment(FULL, force=True, max_weeks=3, request_id="r-1")
    (request,) = server.requests("CreateExperiment")
    assert (request.request_id, request.force, request.max_weeks) == ("r-1", True, 3)
    assert request.experiment == experiment_to_wire(FULL)
    assert (made.state, made.segment_end, made.holdout_percentage) == (ExperimentState.RUNNING, 10_000, 0.0)
    assert made.plan.days == 39.5


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("CreateExperiment", lambda client: client.create_experiment(FULL, request_id="r-9")),
        ("StopExperiment", lambda client: client.stop_experiment("spring", request_id="r-9")),
    ],
)
def test_a_failed_change_names_its_request_id(client, server, method, call):
    server.fail(method, grpc.StatusCode.FAILED_PRECONDITION)
    with pytest.raises(leadline.FailedPrecondition) as caught:
        call(client)
    assert caught.value.request_id == "r-9"


def test_a_plan_comes_back_complete(client, server):
    wanted = ExperimentPlan(min_effect=0.02, effect_scale=EffectScale.ABSOLUTE)
    answer = client.plan_experiment(wanted, traffic_percentages=[90, 10], covariate_correlation=0.3, aa_runs=50)
    (request,) = server.requests("PlanExperiment")
    assert (list(request.traffic_percentages), request.covariate_correlation) == ([90.0, 10.0], 0.3)
    assert request.plan.baseline_rate == 0.0
    assert (answer.plan.horizon_units, answer.variant_units) == (7900, (3950, 3950))
    assert (answer.aa_test.runs, answer.aa_test.false_positive_interval.upper) == (50, 0.06)
    assert [warning.code for warning in answer.warnings] == ["RATE_UNSURE"]
    assert client.plan_experiment(wanted).aa_test is None


def test_a_plan_that_cannot_be_sent_is_refused_here(client, server):
    with pytest.raises(InvalidRequest, match="plan must fit"):
        client.plan_experiment(ExperimentPlan(min_effect=0.02, look_count=2**40))
    assert server.requests("PlanExperiment") == []


def test_experiments_are_listed_over_pages(client, server):
    assert [one.name for one in client.experiments(only_open=True)] == ["e5", "e4", "e3", "e2", "e1"]
    assert all(request.only_open for request in server.requests("ListExperiments"))
    assert client.experiment("e1").overrides == {}


def test_a_unit_is_assigned(client, server):
    got = client.assign_variant("spring", "u-1", lead_id="a", preview=False)
    (request,) = server.requests("AssignVariant")
    assert (request.experiment, request.unit_id, request.lead_id) == ("spring", "u-1", "a")
    assert (got.variant, got.reason, got.propensity) == ("new", AssignmentReason.HASH, 0.5)
    assert got.exposure_time == datetime(2026, 3, 2, tzinfo=UTC)
    assert client.assign_variant("spring", "u-1", preview=True).exposure_time is None
    outside = client.assign_variant("spring", "outside")
    assert (outside.variant, outside.reason) == ("", AssignmentReason.HOLDOUT)


def test_an_assignment_that_met_a_dead_server_is_sent_again(client, server):
    server.fail("AssignVariant", grpc.StatusCode.UNAVAILABLE)
    assert client.assign_variant("spring", "u-1").variant == "new"
    assert len(server.requests("AssignVariant")) == 2


def test_results_hold_every_reading(client):
    found = client.experiment_results("spring")
    assert found.experiment.name == "spring"
    assert found.recommendation.code is RecommendationCode.KEEP_RUNNING
    assert [(one.variant, one.unit_count, one.mean_score) for one in found.variants] == [
        ("old", 2000, 41.5),
        ("new", 2010, None),
    ]
    primary, guardrail = found.comparisons
    assert (primary.metric, primary.role, primary.relative_difference) == (
        MetricKind.CONVERSION,
        MetricRole.PRIMARY,
        0.244,
    )
    assert (primary.sequential.look, primary.sequential.boundary, primary.sequential.crossed) == (2, 2.963, False)
    assert primary.fixed_horizon.textbook_interval.lower == 0.0049
    assert primary.fixed_horizon.plain_rule.met
    assert (primary.always_valid.p_value, primary.always_valid.excludes_zero) == (0.31, False)
    assert (primary.bayesian.probability_better, primary.adjusted.variance_reduction) == (0.99, 0.2)
    assert primary.non_inferiority is None
    assert (guardrail.sequential, guardrail.bayesian, guardrail.relative_difference) == (None, None, None)
    assert guardrail.non_inferiority.state is GuardrailState.NOT_YET_KNOWN
    assert found.trust_checks[0].status is TrustStatus.PASSED
    assert [(look.number, look.treatment_units) for look in found.looks] == [(1, 1000), (2, 2000)]
    assert (found.progress.horizon_units, found.progress.days_left) == (7900, 18.5)


def test_results_without_a_plan_have_no_looks(client):
    found = client.experiment_results("planless")
    assert found.experiment.plan is None
    assert (found.looks, found.comparisons[0].sequential, found.progress.days_left) == ((), None, None)


def test_a_stop_names_the_winner(client, server):
    stopped = client.stop_experiment("spring", winner="new", activate_winner=True, reason="better")
    (request,) = server.requests("StopExperiment")
    assert (request.winner, request.activate_winner, request.reason) == ("new", True, "better")
    assert (stopped.experiment.winner, stopped.activated.version) == ("new", "v8")
    assert client.stop_experiment("spring").activated is None


def test_a_score_in_an_experiment_names_it_and_its_unit(client, server):
    client.score(Lead(lead_id="a"), experiment="spring", unit_id="company-7")
    client.score(Lead(lead_id="a"))
    within, without = server.requests("Score")
    assert (within.experiment, within.unit_id) == ("spring", "company-7")
    assert (without.experiment, without.unit_id) == ("", "")


def test_a_stream_names_the_unit_of_each_lead(client, server):
    leads = [Lead(lead_id="a", owner_id="x"), Lead(lead_id="b", owner_id="y")]
    answers = list(client.stream_score(leads, experiment="spring", unit_of=lambda lead: lead.owner_id))
    assert [one.lead_id for one in answers] == ["a", "b"]
    assert [(one.experiment, one.unit_id) for one in server.streamed] == [("spring", "x"), ("spring", "y")]


def test_a_unit_that_cannot_be_told_ends_the_stream_after_what_came_before(client):
    def unit_of(lead):
        return {"a": "x"}[lead.lead_id]

    answers = client.stream_score([Lead(lead_id="a"), Lead(lead_id="b")], experiment="spring", unit_of=unit_of)
    assert next(answers).lead_id == "a"
    with pytest.raises(KeyError):
        next(answers)


def test_every_enum_value_of_the_contract_has_a_member():
    pb, results, service = experiment_pb2, experiment_result_pb2, experiment_service_pb2
    assert set(convert.METRICS) == set(pb.MetricKind.values()) - {0}
    assert set(convert.ROLES) == set(pb.MetricRole.values()) - {0}
    assert set(convert._MODES) == set(pb.AllocationMode.values()) - {0}
    assert set(convert._STATES) == set(pb.ExperimentState.values()) - {0}
    assert set(convert._REASONS) == set(service.AssignmentReason.values()) - {0}
    assert set(experiment_plan.SCALES) == set(pb.EffectScale.values()) - {0}
    assert set(experiment_reading._GUARDRAILS) == set(results.GuardrailState.values()) - {0}
    assert set(experiment_result._CODES) == set(results.RecommendationCode.values()) - {0}
    assert set(experiment_result._TRUST) == set(results.TrustStatus.values()) - {0}


def test_what_a_newer_server_sends_is_unknown():
    wire = experiment_pb2.Experiment(state=99, effect_scale=99, allocation_mode=99)
    wire.metrics.add(kind=99, role=99)
    found = experiment_from_wire(wire)
    assert (found.state, found.effect_scale) == (ExperimentState.UNKNOWN, EffectScale.UNKNOWN)
    assert (found.allocation_mode, found.metrics[0].kind) == (AllocationMode.UNKNOWN, MetricKind.UNKNOWN)
