"""What callers see, and what the log keeps, when something goes wrong that nobody foresaw."""

from __future__ import annotations

import sqlite3
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2
from leadline.v1 import lead_pb2, lead_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from core.caller import LOCAL_CALLER
from core.version import LEAD_SCORE
from tests.parts.errors import failure_of
from tests.parts.fitted import database_url, open_registry, small_version
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_apart, served_here

MARIA = "maria.private@example.com"


def sql(home, statement: str) -> list[tuple]:
    connection = sqlite3.connect(database_url(home).removeprefix("sqlite:///"), timeout=5)
    try:
        rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def write(lead: lead_pb2.Lead, request_id: str = "r") -> lead_service_pb2.UpsertLeadsRequest:
    return lead_service_pb2.UpsertLeadsRequest(request_id=request_id, leads=[lead_service_pb2.LeadWrite(lead=lead)])


def test_an_unexpected_exception_is_an_incident_id_to_the_caller_and_no_text_in_the_log(home):
    with served_apart(home) as process, Stubs(process.wait_until_serving()) as stubs:
        # The exception of a missing table holds the statement and every value: the lead itself.
        sql(home, "ALTER TABLE lead_revisions RENAME TO away")
        with pytest.raises(grpc.RpcError) as caught:
            stubs.leads.UpsertLeads(write(lead_pb2.Lead(lead_id="a", title=MARIA, email=MARIA)))
        failure = failure_of(caught.value)
        assert failure.code is grpc.StatusCode.INTERNAL
        assert failure.info.reason == "INTERNAL"
        incident = failure.info.metadata["incident_id"]
        assert len(incident) == 16
        assert failure.message == f"internal error, incident {incident}"
        assert failure.detail is None
        told = repr([caught.value.details(), list(caught.value.trailing_metadata())])
        assert MARIA not in told
        assert "lead_revisions" not in told
        sql(home, "ALTER TABLE away RENAME TO lead_revisions")
        assert stubs.leads.UpsertLeads(write(lead_message(1))).created_count == 1, "and the server goes on"
        entry = next(entry for entry in process.entries() if entry["message"] == "incident")
        assert entry["incident_id"] == incident
        assert entry["exception"] == "OperationalError"
        assert ".py:" in entry["place"]
    assert not [line for line in process.lines if MARIA in line or "lead_revisions" in line]


def test_a_database_that_is_locked_for_long_is_unavailable_and_says_when_to_come_back(home):
    with served_here(home) as (_, stubs):
        assert stubs.leads.UpsertLeads(write(lead_message(1), "before")).created_count == 1
        blocker = sqlite3.connect(database_url(home).removeprefix("sqlite:///"), isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(grpc.RpcError) as caught:
                stubs.leads.UpsertLeads(write(lead_message(2), "during"))
            failure = failure_of(caught.value)
            assert failure.code is grpc.StatusCode.UNAVAILABLE
            assert (failure.info.reason, failure.info.metadata["dependency"]) == ("DEPENDENCY_DOWN", "store")
            assert failure.detail.retry_delay.ToTimedelta().total_seconds() > 0
            assert stubs.scoring.Score(pb.ScoreRequest(lead=lead_message())).result.score > 0, "scores need no store"
        finally:
            blocker.execute("ROLLBACK")
            blocker.close()
        assert stubs.leads.UpsertLeads(write(lead_message(2), "during")).created_count == 1


def test_the_prediction_log_survives_an_error_nobody_foresaw(home):
    with served_here(home) as (server, stubs):
        sql(home, "ALTER TABLE predictions RENAME TO away")
        stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(1, "lost")))
        wait_for(lambda: server.prediction_log.problem)
        sql(home, "ALTER TABLE away RENAME TO predictions")
        stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(1, "kept")))
        wait_for(lambda: sql(home, "SELECT lead_id FROM predictions"))
        assert sql(home, "SELECT lead_id FROM predictions") == [("kept",)]
        wait_for(lambda: not server.prediction_log.problem)


def test_live_swap_survives_an_error_nobody_foresaw(home):
    with served_here(home) as (_, stubs):
        sql(home, "ALTER TABLE active_versions RENAME TO away")
        time.sleep(0.4)
        sql(home, "ALTER TABLE away RENAME TO active_versions")
        name = small_version(1).name
        with open_registry(home) as registry:
            registry.activate(LOCAL_CALLER, "elsewhere", LEAD_SCORE, name, expected=None, reason="from outside")
        request = pb.ScoreRequest(lead=lead_message())
        wait_for(lambda: stubs.scoring.Score(request).result.model_version == name, seconds=2)


def test_a_deadline_in_the_past_is_exceeded(stubs):
    with pytest.raises(grpc.RpcError) as caught:
        stubs.scoring.Score(pb.ScoreRequest(lead=lead_message()), timeout=-1)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_caller_that_leaves_in_the_middle_of_a_stream_leaves_nothing_behind(home):
    with served_here(home) as (server, stubs):
        hold = threading.Event()

        def messages():
            yield pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_message(1)))
            hold.wait(10)

        for _ in range(20):
            stream = stubs.scoring.StreamScore(messages())
            next(stream)
            stream.cancel()
        hold.set()
        wait_for(lambda: server.drain.under_way == 0)


def test_idle_streams_cannot_keep_others_from_being_answered(home):
    with served_here(home, max_workers=4) as (server, stubs):
        hold = threading.Event()

        def messages():
            yield pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_message(1)))
            hold.wait(10)

        held = [stubs.scoring.StreamScore(messages()) for _ in range(2)]
        for stream in held:
            assert next(stream).HasField("result")
        for _ in range(5):
            with pytest.raises(grpc.RpcError) as caught:
                list(stubs.scoring.StreamScore(messages()))
            failure = failure_of(caught.value)
            assert (failure.code, failure.info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TENANT_LIMIT")
            assert failure.info.metadata["kind"] == "stream"
            assert failure.detail.retry_delay.ToTimedelta().total_seconds() > 0
        score = stubs.scoring.Score(pb.ScoreRequest(lead=lead_message()), timeout=2)
        assert score.result.score > 0
        assert stubs.health.Check(health_pb2.HealthCheckRequest(), timeout=2).status == 1
        hold.set()
        assert [list(stream) for stream in held] == [[], []]
        wait_for(lambda: server.drain.under_way == 0)
        assert len(list(stubs.scoring.StreamScore(messages()))) == 1, "and there is room again"


def test_methods_that_do_not_exist_are_unimplemented(stubs):
    for method in ("/leadline.v1.ScoringService/Guess", "/leadline.v2.ScoringService/Score", "/x/y"):
        with pytest.raises(grpc.RpcError) as caught:
            stubs.channel.unary_unary(method)(b"", timeout=5)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def wait_for(holds, seconds: float = 5.0) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)
