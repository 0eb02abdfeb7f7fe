"""Health, reflection, status, metrics and the prediction log of a running server."""

from __future__ import annotations

import socket
import sqlite3
import time
import urllib.request
from datetime import UTC, datetime

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from leadline.v1 import scoring_service_pb2 as pb
from leadline.v1 import system_service_pb2

from server.convert.lead import lead_from_wire
from server.services import SERVICES
from tests.parts.fitted import database_url, offline_model, small_version
from tests.parts.messages import lead_message
from tests.parts.serving import ServerProcess, Stubs, served_apart, served_here

SERVING = health_pb2.HealthCheckResponse.SERVING


def status(stubs: Stubs) -> system_service_pb2.GetStatusResponse:
    return stubs.system.GetStatus(system_service_pb2.GetStatusRequest())


@pytest.mark.parametrize("service", ["", *SERVICES])
def test_every_service_is_healthy(stubs, service):
    assert stubs.health.Check(health_pb2.HealthCheckRequest(service=service)).status == SERVING


def test_the_health_of_an_unknown_service_is_not_found(stubs):
    with pytest.raises(grpc.RpcError) as caught:
        stubs.health.Check(health_pb2.HealthCheckRequest(service="leadline.v1.Nothing"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def reflected(stubs: Stubs) -> set[str]:
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    answers = reflection_pb2_grpc.ServerReflectionStub(stubs.channel).ServerReflectionInfo(iter([asked]))
    return {service.name for service in next(answers).list_services_response.service}


def test_local_mode_describes_itself(stubs):
    assert {*SERVICES, "grpc.health.v1.Health"} <= reflected(stubs)


def test_production_mode_does_not(home):
    secrets = {"token_secret": "0123456789abcdef" * 2, "api_key_pepper": "fedcba9876543210" * 2}
    with served_here(home, mode="production", behind_mesh="true", **secrets) as (_, stubs):
        with pytest.raises(grpc.RpcError) as caught:
            reflected(stubs)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_the_status_says_what_serves_and_since_when(home):
    before = datetime.now(UTC)
    with served_here(home) as (_, stubs):
        first = status(stubs)
        assert not first.targets[0].HasField("current")
        for number in range(20):
            stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(number)))
        told = status(stubs)
    assert told.state == system_service_pb2.SERVING_STATE_SERVING
    assert before <= told.start_time.ToDatetime(tzinfo=UTC) <= datetime.now(UTC)
    assert {d.name: d.available for d in told.dependencies} == {"store": True, "prediction_log": True, "ml": True}
    (model,) = told.models
    assert (model.kind, model.version, model.problem) == ("lead_score", small_version(0).name, "")
    assert model.source == pb.SCORE_SOURCE_MODEL
    assert told.start_time.ToDatetime() <= model.load_time.ToDatetime()
    target = told.targets[0]
    assert target.name == "score_p99_seconds"
    assert target.current > 0


def test_without_a_model_the_status_names_the_fallback(home_without_model):
    with served_here(home_without_model) as (_, stubs):
        (model,) = status(stubs).models
    assert (model.version, model.source) == ("rules", pb.SCORE_SOURCE_RULES)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scrape(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (x.rpartition(" ") for x in lines if not x.startswith("#"))}


def test_metrics_count_calls_by_code_scores_and_the_version(home, free_port):
    with served_apart(home, metrics_port=free_port) as process, Stubs(process.wait_until_serving()) as stubs:
        for number in range(3):
            stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(number)))
        with pytest.raises(grpc.RpcError):
            stubs.scoring.Score(pb.ScoreRequest())
        give_up = time.monotonic() + 5
        while not scrape(free_port).get("leadline_prediction_log_written_total"):
            assert time.monotonic() < give_up
        found = scrape(free_port)
    calls = 'leadline_server_calls_total{code="%s",method="ScoringService/Score"}'
    assert found[calls % "OK"] == 3
    assert found[calls % "INVALID_ARGUMENT"] == 1
    assert found['leadline_server_call_seconds_count{method="ScoringService/Score"}'] == 4
    assert found["leadline_prediction_log_written_total"] == 3
    assert found["leadline_prediction_log_lost_total"] == 0
    assert not any(value for name, value in found.items() if name.startswith("leadline_server_calls_in_flight"))
    assert found['leadline_scoring_score_count{source="model"}'] == 3
    version = f'{{tenant="default",version="{small_version(0).name}"}}'
    assert found[f"leadline_scoring_active_version_info{version}"] == 1


def test_a_metrics_port_that_is_taken_is_told_clearly(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = ServerProcess(home, metrics_port=port)
        try:
            assert process.wait(20) == 2
        finally:
            process.close()
    assert f"LEADLINE_METRICS_PORT must be free: {port} is in use\n" in process.lines


def logged(home) -> list[tuple]:
    connection = sqlite3.connect(database_url(home).removeprefix("sqlite:///"))
    try:
        return connection.execute(
            "SELECT lead_id, version, source, score, probability, features FROM predictions"
        ).fetchall()
    finally:
        connection.close()


def test_the_prediction_log_holds_the_vector_that_gives_the_score_again(home):
    with served_here(home) as (_, stubs):
        leads = [lead_message(number, f"lead-{number}") for number in range(40)]
        stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=leads[1:], max_contributions=3))
        stubs.scoring.Score(pb.ScoreRequest(lead=leads[0]))
        (served,) = stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=[leads[0]])).results
    rows = logged(home)  # the server has stopped: what it had in hand is written
    assert len(rows) == 41
    assert {row[0] for row in rows} == {lead.lead_id for lead in leads}
    model = offline_model(small_version(0).files)
    for _, version, source, score, probability, features in rows:
        assert (version, source) == (small_version(0).name, "model")
        vector = np.frombuffer(features, dtype="<f4")[None, :]
        assert vector.shape == (1, len(model.feature_set))
        again = float(model.predictor.predict(vector.astype(np.float32))[0][0])
        assert again == pytest.approx(probability, abs=1e-6)
        assert score == pytest.approx(100 * probability, abs=1e-9)
    assert served.result.score in {row[3] for row in rows if row[0] == "lead-0"}


def test_the_logged_vector_is_that_of_the_lead_bit_for_bit(home):
    lead = lead_message(0, "new")
    with served_here(home) as (_, stubs):
        answer = stubs.scoring.Score(pb.ScoreRequest(lead=lead)).result
    ((*_, features),) = logged(home)
    moment = answer.score_time.ToDatetime(tzinfo=UTC)
    assert offline_model(small_version(0).files).rows([lead_from_wire(lead, "lead")], moment).tobytes() == features


def test_answers_without_a_model_are_logged_as_such(home_without_model):
    with served_here(home_without_model) as (_, stubs):
        stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(0, "a")))
    ((lead_id, version, source, _, _, features),) = logged(home_without_model)
    assert (lead_id, version, source, features) == ("a", "rules", "rules", b"")
