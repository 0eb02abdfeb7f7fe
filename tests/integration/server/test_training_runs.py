"""Asking for training runs and reading them, over the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from leadline.v1 import lead_pb2, lead_service_pb2, model_pb2
from leadline.v1 import model_service_pb2 as pb
from sqlalchemy import text

from core.adapters.sql.engine import open_database
from core.adapters.sql.run_store import SqlRunStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import LOCAL_CALLER
from core.registry.training_run import Contender, RunDecision, RunState
from core.version import Metric
from tests.parts.errors import Failure, failure_of
from tests.parts.fitted import database_url, small_version
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_here

LOST = timedelta(seconds=60)


def ask(stubs: Stubs, request_id: str, **fields) -> pb.RequestRetrainingResponse:
    return stubs.models.RequestRetraining(pb.RequestRetrainingRequest(request_id=request_id, **fields))


def failed(call) -> Failure:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return failure_of(caught.value)


def get(stubs: Stubs, run_id: str) -> model_pb2.TrainingRun:
    return stubs.models.GetTrainingRun(pb.GetTrainingRunRequest(run_id=run_id)).run


@pytest.fixture
def served(home):
    with served_here(home) as (_, stubs):
        yield stubs


@pytest.fixture
def runs(home):
    """The runs as a worker sees them."""
    database = open_database(database_url(home))
    yield SqlRunStore(database, lambda: datetime.now(UTC))
    database.close()


def record_outcomes(stubs: Stubs, count: int) -> None:
    """Write leads with outcomes, the way a CRM does."""
    writes = []
    for number, (_, outcome) in enumerate(small_version(0).leads[:count]):
        message = lead_message(number)
        ended = lead_pb2.LeadOutcome(converted=outcome.converted)
        ended.outcome_time.FromDatetime(datetime.now(UTC) - timedelta(minutes=5))
        writes.append(lead_service_pb2.LeadWrite(lead=message, outcome=ended))
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="outcomes", leads=writes))


def test_nothing_is_trained_while_nothing_fires_but_every_trigger_is_told(served):
    answer = ask(served, "r1")
    assert not answer.HasField("run")
    assert answer.reason.endswith("Held back: too few labels: 0 labels, 0 of them outcomes; 100 are needed.")
    told = {trigger.name: trigger for trigger in answer.triggers}
    assert told.keys() == {"AGE", "NEW_LABELS", "PERFORMANCE", "DRIFT", "CALIBRATION", "SAMPLES"}
    assert not told["SAMPLES"].fires
    assert all(trigger.message for trigger in answer.triggers)
    assert served.models.ListTrainingRuns(pb.ListTrainingRunsRequest()).runs == []


def test_enough_new_labels_make_a_run_that_waits_for_a_worker(served):
    record_outcomes(served, 160)
    answer = ask(served, "r1", reason="monthly")
    run = answer.run
    assert (run.state, run.kind, run.force) == (model_pb2.TRAINING_RUN_STATE_PENDING, "lead_score", False)
    assert run.reason.startswith("monthly: ")
    assert {trigger.name for trigger in run.triggers if trigger.fires} >= {"NEW_LABELS", "SAMPLES"}
    assert list(answer.triggers) == list(run.triggers)
    assert answer.reason == run.reason.removeprefix("monthly: ")
    assert get(served, run.run_id) == run
    assert ask(served, "r1", reason="monthly").run == run
    assert ask(served, "r2").run.run_id == run.run_id


def test_a_forced_run_is_kept_as_it_was_asked_for_and_audited(served, home):
    params = {"max_depth": 4, "learning_rate": 0.2}
    run = ask(served, "r1", force=True, reason="a new campaign", validation_split=0.3, params=params).run
    assert (run.force, run.reason, run.trigger_window) == (True, "a new campaign", "r1")
    assert (run.requested_by, run.attempt, run.progress) == (LOCAL_CALLER.actor, 0, 0.0)
    assert run.HasField("create_time")
    assert not run.HasField("start_time")
    database = open_database(database_url(home))
    with database.read(ALL_TENANTS) as connection:
        kept = connection.execute(text("SELECT validation_split, parameters FROM training_runs")).one()
        audited = connection.execute(
            text("SELECT target, reason FROM audit_records WHERE action = 'ModelService/RequestRetraining'")
        ).one()
        check = connection.execute(text("SELECT decision, run_id FROM retraining_checks")).one()
    database.close()
    assert tuple(kept) == (0.3, '{"learning_rate":0.2,"max_depth":4}')
    assert tuple(audited) == (f"lead_score/{run.run_id}", "a new campaign")
    assert tuple(check) == ("forced", run.run_id)


def test_a_run_that_ended_says_what_it_rests_on(served, runs):
    run_id = ask(served, "r1", force=True).run.run_id
    runs.claim(LOCAL_CALLER.tenant, run_id, "h", LOST)
    runs.report(LOCAL_CALLER.tenant, run_id, "h", "fitting", 0.5)
    begun = get(served, run_id)
    assert (begun.state, begun.doing, begun.progress) == (model_pb2.TRAINING_RUN_STATE_RUNNING, "fitting", 0.5)
    metric = Metric(name="log_loss", value=0.5, lower=0.4, upper=0.6, level=0.95, sample_count=80)
    runs.finish(
        LOCAL_CALLER.tenant,
        run_id,
        "h",
        state=RunState.SUCCEEDED,
        decision=RunDecision.KEPT_AS_SHADOW,
        outcome="not proven better",
        version="v9",
        evidence={"p_better_log_loss": "0.71"},
        contenders=[Contender(name="challenger", version="v9", metrics=(metric,))],
    )
    ended = get(served, run_id)
    assert (ended.state, ended.decision) == (
        model_pb2.TRAINING_RUN_STATE_SUCCEEDED,
        model_pb2.TRAINING_DECISION_KEPT_AS_SHADOW,
    )
    assert (ended.outcome, ended.version, dict(ended.evidence)) == (
        "not proven better",
        "v9",
        {"p_better_log_loss": "0.71"},
    )
    (contender,) = ended.contenders
    assert contender.metrics[0].interval.upper == 0.6
    assert ended.end_time.ToDatetime() >= ended.start_time.ToDatetime() >= ended.create_time.ToDatetime()


def test_runs_are_listed_newest_first_in_pages(served, runs):
    made = []
    for number in range(3):
        made.append(ask(served, f"r{number}", force=True).run.run_id)
        runs.claim(LOCAL_CALLER.tenant, made[-1], "h", LOST)
        runs.finish(
            LOCAL_CALLER.tenant,
            made[-1],
            "h",
            state=RunState.FAILED,
            decision=RunDecision.REFUSED,
            outcome="no",
            version="",
            evidence={},
            contenders=(),
        )
    first = served.models.ListTrainingRuns(pb.ListTrainingRunsRequest(page_size=2))
    second = served.models.ListTrainingRuns(pb.ListTrainingRunsRequest(page_size=2, page_token=first.next_page_token))
    assert [run.run_id for run in (*first.runs, *second.runs)] == made[::-1]
    assert second.next_page_token == ""


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"request_id": ""}, ["request_id"]),
        ({"request_id": "a b"}, ["request_id"]),
        ({"kind": "sentiment"}, ["kind"]),
        ({"reason": "x" * 1_001}, ["reason"]),
        ({"reason": "a\x00b"}, ["reason"]),
        ({"validation_split": 0.0}, ["validation_split"]),
        ({"validation_split": 0.51}, ["validation_split"]),
        ({"validation_split": float("nan")}, ["validation_split"]),
        ({"params": {"eta": 0.1}}, ["params[eta]"]),
        ({"params": {"max_depth": 2.5, "learning_rate": 0.0}}, ["params[learning_rate]", "params[max_depth]"]),
        ({"params": {"n_estimators": float("inf")}}, ["params[n_estimators]"]),
    ],
)
def test_what_is_wrong_with_a_request_is_named(stubs, fields, named):
    request = pb.RequestRetrainingRequest(**{"request_id": "r", "force": True, **fields})
    failure = failed(lambda: stubs.models.RequestRetraining(request))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, named)


def test_the_same_id_with_another_body_is_refused(served):
    ask(served, "r1", force=True)
    failure = failed(lambda: ask(served, "r1", force=True, reason="another"))
    assert (failure.code, failure.info.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ALREADY_EXISTS")


def test_a_run_that_is_not_there_is_not_found(stubs):
    failure = failed(lambda: get(stubs, "run_x"))
    assert (failure.code, failure.info.reason) == (grpc.StatusCode.NOT_FOUND, "TRAINING_RUN_NOT_FOUND")
    assert failed(lambda: get(stubs, "a b")).fields == ["run_id"]
    request = pb.ListTrainingRunsRequest(page_token="x")  # noqa: S106  no secret
    assert failed(lambda: stubs.models.ListTrainingRuns(request)).fields == ["page_token"]
