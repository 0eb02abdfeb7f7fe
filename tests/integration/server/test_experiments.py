"""The life of an experiment against a running server."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from leadline.v1 import (
    audit_service_pb2,
    experiment_pb2,
    experiment_result_pb2,
    explanation_pb2,
    feedback_pb2,
    feedback_service_pb2,
    lead_pb2,
    lead_service_pb2,
    model_service_pb2,
    scoring_service_pb2,
)
from leadline.v1 import experiment_service_pb2 as pb

from core.scoring.token import TokenSigner
from tests.parts.errors import failure_of
from tests.parts.experiments import experiment_message
from tests.parts.fitted import small_version
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_here

SECRET = "a secret of these tests, and of no others"  # noqa: S105  it guards nothing
OLD, NEW = (small_version(number).name for number in (0, 1))
COUNT = 120
WAIT_SECONDS = 20.0


@pytest.fixture
def served(home: Path) -> Iterator[Stubs]:
    with served_here(home, token_secret=SECRET) as (_, stubs):
        yield stubs


def create(stubs: Stubs, name: str = "e", **options) -> experiment_pb2.Experiment:
    request_id, experiment = options.pop("request_id", f"create-{name}"), options.pop("experiment", None)
    force, weeks = options.pop("force", False), options.pop("max_weeks", 0)
    message = experiment or experiment_message(name, **options)
    request = pb.CreateExperimentRequest(request_id=request_id, experiment=message, force=force, max_weeks=weeks)
    return stubs.experiments.CreateExperiment(request).experiment


def score(stubs: Stubs, number: int = 0, *, lead_id: str = "", experiment: str = "e", **fields):
    lead = lead_message(number, lead_id or f"lead-{number}")
    return stubs.scoring.Score(scoring_service_pb2.ScoreRequest(lead=lead, experiment=experiment, **fields)).result


def stop(stubs: Stubs, name: str = "e", *, request_id: str = "stop", **fields) -> pb.StopExperimentResponse:
    return stubs.experiments.StopExperiment(pb.StopExperimentRequest(request_id=request_id, experiment=name, **fields))


def assign(stubs: Stubs, unit_id: str, *, experiment: str = "e", **fields) -> pb.AssignVariantResponse:
    return stubs.experiments.AssignVariant(pb.AssignVariantRequest(experiment=experiment, unit_id=unit_id, **fields))


def results(stubs: Stubs, name: str = "e") -> experiment_result_pb2.ExperimentResults:
    return stubs.experiments.GetExperimentResults(pb.GetExperimentResultsRequest(experiment=name)).results


def get(stubs: Stubs, name: str = "e") -> experiment_pb2.Experiment:
    return stubs.experiments.GetExperiment(pb.GetExperimentRequest(name=name)).experiment


def store(stubs: Stubs, count: int) -> None:
    writes = [lead_service_pb2.LeadWrite(lead=lead_message(number, f"lead-{number}")) for number in range(count)]
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=writes))


def convert(stubs: Stubs, lead_id: str, token: str = "", *, request_id: str = "") -> None:
    feedback = feedback_pb2.Feedback(
        lead_id=lead_id, action=feedback_pb2.FEEDBACK_ACTION_CONVERT, attribution_token=token
    )
    stubs.feedback.RecordFeedback(
        feedback_service_pb2.RecordFeedbackRequest(request_id=request_id or f"c-{lead_id}", feedback=feedback)
    )


def refusal(call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **options)
    return failure_of(caught.value)


def codes(answer: scoring_service_pb2.LeadScore) -> list[str]:
    return [warning.code for warning in answer.warnings]


def wait_for(ask, until):
    ends = time.monotonic() + WAIT_SECONDS
    while not until(answer := ask()) and time.monotonic() < ends:
        time.sleep(0.02)
    return answer


def numbers_in(message: Message) -> Iterator[float]:
    for field, value in message.ListFields():
        if field.type in {field.TYPE_DOUBLE, field.TYPE_FLOAT}:
            yield from value if field.is_repeated else [value]
        elif field.type == field.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for inner in value if field.is_repeated else [value]:
                yield from numbers_in(inner)


def test_an_experiment_from_its_creation_to_the_winner_that_serves(served):
    made = create(served, description="does the new one sell more?")
    assert made.state == experiment_pb2.EXPERIMENT_STATE_RUNNING
    store(served, COUNT)
    shown = {number: score(served, number) for number in range(COUNT)}
    counts = {name: sum(one.variant == name for one in shown.values()) for name in ("control", "challenger")}
    assert sum(counts.values()) == COUNT
    assert min(counts.values()) > COUNT / 4
    for one in shown.values():
        assert one.model_version == {"control": OLD, "challenger": NEW}[one.variant]
        token = TokenSigner(SECRET.encode()).read(one.attribution_token)
        assert (token.experiment, token.variant, token.lead_id) == ("e", one.variant, one.lead_id)
    won = [one for number, one in shown.items() if number % (4 if one.variant == "control" else 2) == 0]
    for one in won:
        convert(served, one.lead_id, one.attribution_token)
        convert(served, one.lead_id, one.attribution_token)
    found = results(served)
    assert {one.variant: one.unit_count for one in found.variants} == counts
    assert {one.variant: one.converted_count for one in found.variants} == {
        name: sum(one.variant == name for one in won) for name in counts
    }
    assert found.variants[0].is_control
    assert found.recommendation.sentence
    assert found.recommendation.code
    assert all(map(math.isfinite, numbers_in(found)))
    stopped = stop(served, winner="challenger", activate_winner=True, reason="it sells more")
    assert stopped.activated.version == NEW
    assert (stopped.experiment.winner, stopped.experiment.stop_reason) == ("challenger", "it sells more")
    assert stopped.experiment.state == experiment_pb2.EXPERIMENT_STATE_STOPPED
    after = score(served)
    assert (after.experiment, after.variant, after.model_version) == ("", "", NEW)
    assert codes(after) == ["EXPERIMENT_NOT_RUNNING"]
    assert [one.unit_count for one in results(served).variants] == [one.unit_count for one in found.variants]


def test_the_activation_of_a_winner_tells_what_it_rests_on(served):
    create(served)
    stop(served, winner="challenger", activate_winner=True)
    events = served.models.ListModelEvents(model_service_pb2.ListModelEventsRequest(version=NEW)).events
    assert dict(events[0].evidence).items() >= {"experiment": "e", "variant": "challenger"}.items()
    assert events[0].reason == "Won experiment e as challenger."
    records = served.audit.ListAuditRecords(audit_service_pb2.ListAuditRecordsRequest()).records
    done = {record.action for record in records if record.target == "e"}
    assert done == {"ExperimentService/CreateExperiment", "ExperimentService/StopExperiment"}


def test_what_is_created_is_what_is_read_and_listed(served):
    plan = experiment_pb2.ExperimentPlan(baseline_rate=0.1, min_effect=0.2, units_per_day=10_000)
    asked = experiment_message(
        "whole",
        salt="of-old",
        layer="page",
        traffic_percentage=40,
        sticky=True,
        plan=plan,
        overrides=[experiment_pb2.VariantOverride(unit_id="tester", variant="challenger")],
        metrics=[
            experiment_pb2.ExperimentMetric(
                kind=experiment_pb2.METRIC_KIND_CONTACT_SUCCESS,
                role=experiment_pb2.METRIC_ROLE_GUARDRAIL,
                margin=0.1,
            )
        ],
    )
    asked.conversion_window.FromTimedelta(timedelta(days=14))
    asked.start_time.FromDatetime(datetime.now(UTC))
    asked.end_time.FromDatetime(datetime.now(UTC) + timedelta(days=30))
    made = create(served, experiment=asked, request_id="whole")
    for field in ("salt", "layer", "traffic_percentage", "sticky", "conversion_window", "end_time"):
        assert getattr(made, field) == getattr(asked, field), field
    assert (list(made.variants), list(made.overrides), list(made.metrics)) == (
        list(asked.variants),
        list(asked.overrides),
        list(asked.metrics),
    )
    assert (made.segment_start, made.segment_end) == (0, 4_000)
    assert (made.min_effect, made.effect_scale) == (0.2, experiment_pb2.EFFECT_SCALE_RELATIVE)
    assert made.plan.horizon_units > 0
    assert made.plan.days == pytest.approx(made.plan.horizon_units / 10_000)
    assert (made.plan.alpha, made.plan.power, made.plan.look_count) == (0.05, 0.8, 20)
    assert get(served, "whole") == made
    create(served, "second")
    listed = served.experiments.ListExperiments(pb.ListExperimentsRequest(page_size=1))
    assert [one.name for one in listed.experiments] == ["second"]
    more = served.experiments.ListExperiments(pb.ListExperimentsRequest(page_size=1, page_token=listed.next_page_token))
    assert (list(more.experiments), more.next_page_token) == ([made], "")
    stop(served, "second")
    still = served.experiments.ListExperiments(pb.ListExperimentsRequest(only_open=True)).experiments
    assert [one.name for one in still] == ["whole"]


def test_a_page_holds_a_hundred_experiments_at_most(served):
    for number in range(101):
        create(served, f"e{number}")
    page = served.experiments.ListExperiments(pb.ListExperimentsRequest(page_size=1_000))
    assert len(page.experiments) == 100
    rest = served.experiments.ListExperiments(
        pb.ListExperimentsRequest(page_size=1_000, page_token=page.next_page_token)
    )
    assert ([one.name for one in rest.experiments], rest.next_page_token) == (["e0"], "")


def test_the_same_request_again_creates_and_stops_nothing_more(served):
    first = create(served)
    assert create(served) == first
    assert refusal(create, served, request_id="create-e", description="another").code is grpc.StatusCode.ALREADY_EXISTS
    assert refusal(create, served, request_id="r2").info.reason == "EXPERIMENT_ALREADY_EXISTS"
    assert refusal(create, served, "E", request_id="r3").info.reason == "EXPERIMENT_ALREADY_EXISTS"
    stopped = stop(served, winner="challenger", activate_winner=True)
    assert stop(served, winner="challenger", activate_winner=True) == stopped
    again = refusal(stop, served, request_id="again")
    assert (again.code, again.info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "EXPERIMENT_STOPPED")
    for body in ({"winner": "control"}, {"winner": "challenger"}):
        assert refusal(stop, served, **body).code is grpc.StatusCode.ALREADY_EXISTS
    assert create(served).state == experiment_pb2.EXPERIMENT_STATE_STOPPED


def test_a_winner_that_cannot_serve_stops_nothing(home, served):
    create(served)
    digest = small_version(1).digest
    (home / "models" / digest / "model.onnx").write_bytes(b"damaged")
    refused = refusal(stop, served, winner="challenger", activate_winner=True)
    assert refused.info.reason == "ARTIFACT_REFUSED"
    assert get(served).state == experiment_pb2.EXPERIMENT_STATE_RUNNING


def test_a_version_under_test_is_not_pruned(served):
    create(served)
    request = model_service_pb2.PruneModelVersionsRequest(request_id="p", keep_count=1, dry_run=True)
    assert NEW not in served.models.PruneModelVersions(request).pruned_versions


def test_assigning_says_the_same_as_scoring_and_records_it_once(served):
    create(served)
    for number in range(20):
        preview = assign(served, f"u{number}", preview=True)
        assert not preview.HasField("exposure_time")
        assigned = assign(served, f"u{number}")
        assert (assigned.variant, assigned.model_version) == (preview.variant, preview.model_version)
        assert assigned == assign(served, f"u{number}") == assign(served, f"u{number}", preview=True)
        assert score(served, number, unit_id=f"u{number}").variant == assigned.variant
        assert (assigned.reason, assigned.propensity) == (pb.ASSIGNMENT_REASON_HASH, 0.5)
    assert sum(one.unit_count for one in results(served).variants) == 20


def test_testers_see_their_variant_and_are_not_analysed(served):
    create(served, overrides=[experiment_pb2.VariantOverride(unit_id="tester", variant="challenger")])
    told = assign(served, "tester")
    assert (told.variant, told.reason, told.propensity) == ("challenger", pb.ASSIGNMENT_REASON_OVERRIDE, 1.0)
    assert score(served, unit_id="tester").variant == "challenger"
    assert sum(one.unit_count for one in results(served).variants) == 0


def test_experiments_of_one_layer_share_no_unit(served):
    for name in ("left", "right"):
        create(served, name, layer="page", traffic_percentage=50)
    assert refusal(create, served, "third", layer="page", traffic_percentage=1).info.reason == "LAYER_FULL"
    for number in range(60):
        told = [assign(served, f"u{number}", experiment=name, preview=True) for name in ("left", "right")]
        assert [bool(one.variant) for one in told].count(True) == 1
        assert {one.reason for one in told} == {
            pb.ASSIGNMENT_REASON_HASH,
            pb.ASSIGNMENT_REASON_NOT_IN_TRAFFIC,
        }


def test_the_holdout_takes_part_in_nothing(home):
    with served_here(home, experiment_holdout_percentage=50) as (_, stubs):
        assert create(stubs, "one").holdout_percentage == 50
        create(stubs, "two")
        held = set()
        for number in range(60):
            told = [assign(stubs, f"u{number}", experiment=name, preview=True).reason for name in ("one", "two")]
            assert told[0] == told[1]
            held.add(told[0])
        assert held == {pb.ASSIGNMENT_REASON_HASH, pb.ASSIGNMENT_REASON_HOLDOUT}


def test_a_stream_scores_within_experiments_too(served):
    create(served)
    asked = [
        scoring_service_pb2.ScoreRequest(lead=lead_message(0, "a"), experiment="e"),
        scoring_service_pb2.ScoreRequest(lead=lead_message(1, "b"), experiment="none"),
        scoring_service_pb2.ScoreRequest(lead=lead_message(2, "c")),
    ]
    inside, unknown, outside = served.scoring.StreamScore(
        scoring_service_pb2.StreamScoreRequest(request=one) for one in asked
    )
    assert (inside.result.experiment, inside.result.variant) == ("e", score(served, 0, lead_id="a").variant)
    assert unknown.error.message == "no experiment 'none'"
    assert outside.result.experiment == ""


def test_a_restart_changes_no_assignment_and_loses_no_exposure(home):
    with served_here(home) as (_, stubs):
        create(stubs)
        before = [score(stubs, number).variant for number in range(30)]
        counted = [one.unit_count for one in results(stubs).variants]
    with served_here(home) as (_, stubs):
        assert [score(stubs, number).variant for number in range(30)] == before
        assert [one.unit_count for one in results(stubs).variants] == counted


def test_two_servers_on_one_store_agree_and_hear_of_each_other(home):
    with served_here(home) as (_, one), served_here(home) as (_, other):
        create(one)
        assert [score(one, number).variant for number in range(30)] == [
            score(other, number).variant for number in range(30)
        ]
        assert sum(variant.unit_count for variant in results(other).variants) == 30
        stop(one, winner="challenger", activate_winner=True)
        assert codes(score(one)) == ["EXPERIMENT_NOT_RUNNING"]
        after = wait_for(lambda: score(other), lambda answer: answer.model_version == NEW)
        assert (codes(after), after.model_version) == (["EXPERIMENT_NOT_RUNNING"], NEW)


def test_a_conversion_before_the_exposure_or_without_one_counts_for_nothing(served):
    create(served)
    store(served, 3)
    convert(served, "lead-0")
    convert(served, "lead-2")
    score(served, 0)
    score(served, 1)
    found = results(served)
    assert sum(one.converted_count for one in found.variants) == 0
    assert sum(one.unit_count for one in found.variants) == 2
    early = next(check for check in found.trust_checks if check.name == "EARLY_CONVERSIONS")
    assert "1" in early.evidence.values()


def test_the_outcome_written_with_a_lead_counts_as_feedback_does(served):
    create(served)
    answer = score(served, 0)
    write = lead_service_pb2.LeadWrite(lead=lead_message(0, "lead-0"), outcome=lead_pb2.LeadOutcome(converted=True))
    served.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="u", leads=[write]))
    found = {one.variant: one.converted_count for one in results(served).variants}
    assert found == {"control": 0, "challenger": 0} | {answer.variant: 1}


def test_every_metric_is_read_out_in_its_role(served):
    primary, secondary, guardrail = (
        experiment_pb2.MetricRole.Value(f"METRIC_ROLE_{role}") for role in ("PRIMARY", "SECONDARY", "GUARDRAIL")
    )
    asked = {
        (experiment_pb2.METRIC_KIND_CONTACT_SUCCESS, guardrail),
        (experiment_pb2.METRIC_KIND_CONVERSION_VALUE, secondary),
        (experiment_pb2.METRIC_KIND_MEAN_SCORE, secondary),
        (experiment_pb2.METRIC_KIND_CONVERSIONS_PER_LEAD, primary),
    }
    metrics = [
        experiment_pb2.ExperimentMetric(kind=kind, role=role, margin=0.2 if role == guardrail else 0.0)
        for kind, role in sorted(asked)
    ]
    create(served, metrics=metrics)
    store(served, COUNT)
    for number in range(COUNT):
        answer = score(served, number)
        action = "CONVERT" if number % 3 == 0 else "CONTACT"
        feedback = feedback_pb2.Feedback(
            lead_id=answer.lead_id,
            action=feedback_pb2.FeedbackAction.Value(f"FEEDBACK_ACTION_{action}"),
            conversion_value=100.0 + number if action == "CONVERT" else None,
            contact_successful=number % 2 == 0 if action == "CONTACT" else None,
        )
        request = feedback_service_pb2.RecordFeedbackRequest(request_id=f"f{number}", feedback=feedback)
        served.feedback.RecordFeedback(request)
    found = results(served)
    read = {(one.metric, one.role): one for one in found.comparisons}
    assert set(read) == asked | {(experiment_pb2.METRIC_KIND_CONVERSION, primary)}
    assert all(map(math.isfinite, numbers_in(found)))
    assert sum(one.conversion_value for one in found.variants) == sum(100 + n for n in range(0, COUNT, 3))
    assert sum(one.contact_success_count for one in found.variants) > 0
    conversion = read[experiment_pb2.METRIC_KIND_CONVERSION, primary]
    assert conversion.fixed_horizon.interval.method == explanation_pb2.INTERVAL_METHOD_NEWCOMBE
    assert conversion.adjusted.interval.lower <= conversion.adjusted.difference <= conversion.adjusted.interval.upper
    held = read[experiment_pb2.METRIC_KIND_CONTACT_SUCCESS, guardrail]
    assert (held.HasField("non_inferiority"), held.non_inferiority.margin < 0) == (True, True)
    value = read[experiment_pb2.METRIC_KIND_CONVERSION_VALUE, secondary]
    assert value.fixed_horizon.interval.method == explanation_pb2.INTERVAL_METHOD_WELCH
    assert not value.fixed_horizon.HasField("textbook_interval")


def test_a_planned_experiment_shows_its_looks_and_how_far_it_is(served):
    plan = experiment_pb2.ExperimentPlan(baseline_rate=0.3, min_effect=0.5, look_count=2, horizon_units=40)
    create(served, plan=plan)
    for number in range(20):
        score(served, number)
    half = results(served)
    assert [(look.number, look.information) for look in half.looks] == [(1, 0.5)]
    assert results(served).looks == half.looks
    for number in range(20, 40):
        score(served, number)
    whole = results(served)
    assert [look.number for look in whole.looks] == [1, 2]
    assert whole.looks[0] == half.looks[0]
    assert (whole.progress.unit_count, whole.progress.information) == (40, 1.0)
    assert whole.looks[1].alpha_spent == pytest.approx(1.0)


def test_a_plan_that_takes_too_long_is_refused_unless_it_is_forced(served):
    plan = experiment_pb2.ExperimentPlan(baseline_rate=0.01, min_effect=0.01, units_per_day=10)
    refused = refusal(create, served, "long", plan=plan)
    assert (refused.code, refused.info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PLAN_TOO_LONG")
    assert create(served, "long", plan=plan, force=True).plan.horizon_units > 1_000_000
    plan.ClearField("units_per_day")
    assert not create(served, "unknown", plan=plan).plan.HasField("days")
    quick = experiment_pb2.ExperimentPlan(baseline_rate=0.2, min_effect=0.5, units_per_day=50)
    assert refusal(create, served, "q", plan=quick, max_weeks=1).info.reason == "PLAN_TOO_LONG"
    assert create(served, "q2", plan=quick, max_weeks=20).plan.days > 7


def test_a_plan_is_made_from_the_tenants_own_leads_and_tried_on_them(served):
    leads = [
        lead_service_pb2.LeadWrite(
            lead=lead_message(number, f"lead-{number}"), outcome=lead_pb2.LeadOutcome(converted=number % 5 == 0)
        )
        for number in range(200)
    ]
    served.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="u", leads=leads))
    for number in range(56):
        score(served, number, experiment="")
    asked = pb.PlanExperimentRequest(
        plan=experiment_pb2.ExperimentPlan(min_effect=0.3), traffic_percentages=[50, 25, 25], aa_runs=20
    )
    planned = wait_for(
        lambda: served.experiments.PlanExperiment(asked), lambda answer: answer.plan.units_per_day == 2.0
    )
    assert planned.plan.baseline_rate == pytest.approx(0.2)
    assert planned.plan.units_per_day == 2.0
    assert planned.too_long
    assert [warning.code for warning in planned.warnings] == ["PLAN_TOO_LONG"]
    assert sum(planned.variant_units) == planned.plan.horizon_units > planned.fixed_horizon_units
    assert planned.expected_units < planned.plan.horizon_units
    assert planned.detectable_effect > 0.3
    assert (planned.aa_test.runs, planned.aa_test.lead_count) == (20, 200)
    assert planned.aa_test.conversion_rate == pytest.approx(0.2)
    assert 0 <= planned.aa_test.false_positive_interval.lower <= planned.aa_test.false_positive_rate
    assert all(map(math.isfinite, numbers_in(planned)))


def test_without_leads_a_plan_needs_a_rate_and_cannot_say_how_long(served):
    asked = pb.PlanExperimentRequest(plan=experiment_pb2.ExperimentPlan(min_effect=0.3))
    assert refusal(served.experiments.PlanExperiment, asked).fields == ["plan.baseline_rate"]
    asked.plan.baseline_rate = 0.1
    planned = served.experiments.PlanExperiment(asked)
    assert [warning.code for warning in planned.warnings] == ["TRAFFIC_UNKNOWN"]
    assert not planned.plan.HasField("days")
    assert not planned.HasField("detectable_effect")


def test_another_tenant_has_other_experiments(active_home, tmp_path):
    from core.caller import Role
    from tests.parts.keys import PEPPER, bearer, make_key

    home = Path(shutil.copytree(active_home, tmp_path / "two"))
    with served_here(home, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        mine, theirs = (bearer(make_key(home, tenant, Role.ADMIN).secret) for tenant in ("default", "other"))
        request = pb.CreateExperimentRequest(request_id="r", experiment=experiment_message("e"))
        stubs.experiments.CreateExperiment(request, metadata=mine)
        unknown = refusal(stubs.experiments.CreateExperiment, request, metadata=theirs)
        assert (unknown.code, unknown.info.reason) == (grpc.StatusCode.NOT_FOUND, "MODEL_VERSION_NOT_FOUND")
        for call, asked in (
            (stubs.experiments.GetExperiment, pb.GetExperimentRequest(name="e")),
            (stubs.experiments.GetExperimentResults, pb.GetExperimentResultsRequest(experiment="e")),
            (stubs.experiments.AssignVariant, pb.AssignVariantRequest(experiment="e", unit_id="u")),
            (stubs.experiments.StopExperiment, pb.StopExperimentRequest(request_id="s", experiment="e")),
            (stubs.scoring.Score, scoring_service_pb2.ScoreRequest(lead=lead_message(), experiment="e")),
        ):
            assert refusal(call, asked, metadata=theirs).info.reason == "EXPERIMENT_NOT_FOUND"
