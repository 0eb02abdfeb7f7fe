"""SIGTERM under load: what began is finished, what comes later is told to go elsewhere, and the process ends."""

from __future__ import annotations

import signal
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2
from leadline.v1 import scoring_service_pb2 as pb

from server.services import SERVICES
from tests.parts.load import constant_load
from tests.parts.messages import lead_message
from tests.parts.serving import ServerProcess, Stubs, served_apart

GRACE_SECONDS = 3.0
NOTICE_SECONDS = 0.5
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def test_under_load_callers_see_only_answers_and_unavailable(home, record_testsuite_property):
    options = {"drain_grace_seconds": GRACE_SECONDS, "drain_notice_seconds": NOTICE_SECONDS}
    with served_apart(home, **options) as process, constant_load(process.wait_until_serving()) as load:
        wait_for(lambda: load.calls > 200)
        process.send(signal.SIGTERM)
        started = time.perf_counter()
        assert process.wait(GRACE_SECONDS + 5) == 0
        took = time.perf_counter() - started
        time.sleep(0.1)
    assert took < GRACE_SECONDS + 1
    assert set(load.codes) == {"OK", "UNAVAILABLE"}, load.codes
    assert process.entries()[-1]["message"] == "stopped"
    assert process.entries()[-1]["finished"] is True
    figures = f"ended after {took:.2f} s with code 0; {dict(load.codes)}"
    print(figures)  # noqa: T201  shown with -s or -rP
    record_testsuite_property("drain", figures)


def test_health_says_not_serving_before_the_port_closes(home):
    options = {"drain_grace_seconds": GRACE_SECONDS, "drain_notice_seconds": 1.0}
    with served_apart(home, **options) as process, Stubs(process.wait_until_serving()) as stubs:
        watched = stubs.health.Watch(health_pb2.HealthCheckRequest(service=SERVICES[0]))
        assert next(watched).status == health_pb2.HealthCheckResponse.SERVING
        process.send(signal.SIGTERM)
        assert next(watched).status == NOT_SERVING
        for service in ("", *SERVICES):
            assert stubs.health.Check(health_pb2.HealthCheckRequest(service=service)).status == NOT_SERVING
        score = stubs.scoring.Score(pb.ScoreRequest(lead=lead_message())).result.score
        assert score > 0, "whoever has not noticed yet is still answered"
        assert process.wait(GRACE_SECONDS + 5) == 0


def test_a_stream_under_way_is_finished(home):
    with served_apart(home, drain_grace_seconds=5) as process, Stubs(process.wait_until_serving()) as stubs:
        drained = threading.Event()

        def messages():
            yield pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_message(1, "before")))
            drained.wait(10)
            yield pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_message(1, "after")))

        stream = stubs.scoring.StreamScore(messages())
        assert next(stream).result.lead_id == "before"
        process.send(signal.SIGTERM)
        wait_for(lambda: any(entry["message"] == "draining" for entry in process.entries()))
        drained.set()
        assert [answer.result.lead_id for answer in stream] == ["after"]
        assert process.wait(10) == 0


def test_a_long_call_under_way_is_answered(home):
    """A thousand leads with all their reasons take a good part of a second."""
    request = pb.BatchScoreRequest(leads=[lead_message(n) for n in range(1000)], max_contributions=100)
    with served_apart(home, drain_grace_seconds=20) as process, Stubs(process.wait_until_serving()) as stubs:
        stubs.scoring.Score(pb.ScoreRequest(lead=lead_message()))
        calls = [stubs.scoring.BatchScore.future(request) for _ in range(3)]
        time.sleep(0.15)
        process.send(signal.SIGTERM)
        assert {len(call.result().results) for call in calls} == {1000}
        assert process.wait(20) == 0
        draining = next(entry for entry in process.entries() if entry["message"] == "draining")
    assert draining["calls_under_way"] == 3


def test_a_caller_that_never_ends_cannot_hold_the_process(home):
    with served_apart(home, drain_grace_seconds=1) as process, Stubs(process.wait_until_serving()) as stubs:
        hold = threading.Event()

        def messages():
            yield pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_message(1)))
            hold.wait(20)

        stream = stubs.scoring.StreamScore(messages())
        next(stream)
        process.send(signal.SIGTERM)
        started = time.perf_counter()
        assert process.wait(10) == 0
        assert time.perf_counter() - started < 1 + NOTICE_SECONDS + 1
        hold.set()
        with pytest.raises(grpc.RpcError) as caught:
            list(stream)
        assert caught.value.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
        assert process.entries()[-1]["finished"] is False


def test_a_second_signal_ends_it_at_once(home):
    options = {"drain_grace_seconds": 30, "drain_notice_seconds": 30}
    with served_apart(home, **options) as process:
        process.wait_until_serving()
        process.send(signal.SIGTERM)
        wait_for(lambda: any(entry["message"] == "draining" for entry in process.entries()))
        process.send(signal.SIGTERM)
        assert process.wait(3) == -signal.SIGTERM


def test_a_second_server_on_the_same_port_fails_loudly(home, tmp_path):
    with served_apart(home) as first, Stubs(first.wait_until_serving()) as stubs:
        port = first.address.rpartition(":")[2]
        second = ServerProcess(tmp_path / "other", port=port)
        try:
            assert second.wait(20) == 2
        finally:
            second.close()
        assert f"LEADLINE_PORT must be free: {port} is in use\n" in second.lines
        assert stubs.scoring.Score(pb.ScoreRequest(lead=lead_message())).result.score > 0


def test_settings_that_are_wrong_are_all_told_at_once(tmp_path):
    process = ServerProcess(tmp_path, host="0.0.0.0", max_workers="many", prot=1)  # noqa: S104  to be refused
    try:
        assert process.wait(20) == 2
    finally:
        process.close()
    told = {line.split()[0] for line in process.lines}
    assert told == {"LEADLINE_HOST", "LEADLINE_MAX_WORKERS", "LEADLINE_PROT"}


def wait_for(holds, seconds: float = 10.0) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)
