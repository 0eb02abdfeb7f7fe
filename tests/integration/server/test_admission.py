"""The door in front of all calls, over a real channel: what is refused, how, and who is not hurt by it."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from grpc_health.v1 import health_pb2
from leadline.v1 import lead_pb2
from leadline.v1 import scoring_service_pb2 as pb
from leadline.v1 import system_service_pb2 as system_pb

from server.admission.kinds import CallKind
from server.observed.correlation import CORRELATION_KEY
from tests.parts.admitted import admitted, as_tenant
from tests.parts.errors import Failure, failure_of

SOON = 5 * 0.050
"""Seconds: five times what a refusal may take."""


def refusal_of(call) -> Failure:
    """Return why a call was refused; it must say when to come back."""
    failure = failure_of(call.exception(10))
    assert failure.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert isinstance(failure.detail, RetryInfo)
    assert failure.detail.retry_delay.ToTimedelta().total_seconds() > 0
    return failure


def test_a_call_that_finds_the_queue_full_is_refused_within_50_ms_and_told_when_to_come_back():
    with admitted(max_workers=8, queue_calls=4) as server:
        taken = [server.score("hold") for _ in range(6)]
        server.wait_until(lambda: server.admission.lanes[CallKind.SCORE].waiting == 4)
        waits = []
        for _ in range(20):
            began = time.perf_counter()
            failure = refusal_of(server.score())
            waits.append(time.perf_counter() - began)
            assert (failure.info.reason, failure.info.metadata["kind"]) == ("QUEUE_FULL", "score")
        assert sorted(waits)[18] < SOON
        assert server.metrics.refused == {("score", "QUEUE_FULL"): 20}
        server.scoring.release.set()
        assert all(call.result(10) is not None for call in taken), "who was let in is answered"


def test_callers_that_are_refused_together_are_told_different_times_to_come_back():
    with admitted(max_workers=1, queue_calls=1) as server:
        held = [server.score("hold") for _ in range(2)]
        server.wait_until(lambda: server.admission.lanes[CallKind.SCORE].waiting == 1)
        delays = {refusal_of(server.score()).detail.retry_delay.ToTimedelta() for _ in range(6)}
        assert len(delays) >= 5
        assert not any(call.done() for call in held)


def test_batches_cannot_keep_scores_reads_and_health_from_being_answered():
    with admitted(max_workers=4, queue_calls=4) as server:
        held = server.hold_all_threads(CallKind.BATCH)
        more = [server.batch("hold") for _ in range(30)]
        server.wait_until(lambda: server.metrics.refused["batch", "QUEUE_FULL"] == 26)
        assert server.score(timeout=5).result() is not None
        assert server.stubs.system.GetStatus(system_pb.GetStatusRequest(), timeout=5, metadata=as_tenant("a"))
        assert server.stubs.health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == 1
        server.scoring.release.set()
        assert held[0].result(10) is not None
        assert sum(call.exception(10) is None for call in more) == 4, "four of them found room to wait"


def test_reads_and_health_answer_while_scores_are_refused():
    with admitted() as server:
        held = server.hold_all_threads() + [server.score("hold") for _ in range(50)]
        for _ in range(5):
            assert server.stubs.system.GetStatus(system_pb.GetStatusRequest(), timeout=5, metadata=as_tenant("a"))
            assert server.stubs.health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == 1
        assert sum(call.done() and call.exception() is not None for call in held) >= 40


def test_a_tenant_that_fills_the_queue_pushes_nobody_else_out():
    with admitted(max_workers=2, queue_calls=9) as server:
        stop = threading.Event()

        sent = []

        def flood() -> None:
            while not stop.wait(0.002):
                sent.append(server.score("0.01", tenant="greedy"))

        flooder = threading.Thread(target=flood)
        flooder.start()
        try:
            server.wait_until(lambda: server.metrics.refused["score", "QUEUE_FULL"] > 0)
            answered = []
            for _ in range(40):
                began = time.perf_counter()
                assert server.score("0.001", tenant="modest").result(10) is not None
                answered.append(time.perf_counter() - began)
        finally:
            stop.set()
            flooder.join()
        # Behind all ten of the other it would wait 100 ms, in turn it waits for one.
        assert sorted(answered)[20] < 5 * 0.015


def test_a_tenant_may_not_call_more_often_than_it_may_and_others_do_not_feel_it():
    with admitted(rate=5) as server:
        calls = [server.score(tenant="often") for _ in range(12)]
        refused = [call for call in calls if call.exception(10) is not None]
        assert len(refused) >= 6
        assert {refusal_of(call).info.reason for call in refused} == {"RATE_LIMITED"}
        assert server.score(tenant="seldom").result(10) is not None


@pytest.mark.parametrize("known_as", ["", "(certificate)"])
def test_callers_whose_tenant_is_known_only_after_a_while_may_not_call_more_often_either(known_as):
    with admitted(rate=2, known_as=known_as, max_workers=8, queue_calls=32) as server:
        errors = [server.score(tenant="fresh").exception(10) for _ in range(8)]
        refused = [failure_of(error) for error in errors if error is not None]
        assert len(refused) >= 4
        assert {(failure.code.name, failure.info.reason) for failure in refused} == {
            ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
        }
        assert all(failure.detail.retry_delay.ToTimedelta() > timedelta() for failure in refused)
        assert server.metrics.refused["score", "RATE_LIMITED"] == len(refused)
        assert server.score(tenant="seldom").result(10) is not None


def test_a_call_costs_its_tenant_one_token_however_it_is_known():
    for known_as in (None, "", "(certificate)"):
        with admitted(rate=3, known_as=known_as, max_workers=8) as server:
            assert [server.score(tenant="a").exception(10) for _ in range(3)] == [None] * 3


def test_each_message_of_a_stream_counts_as_a_call():
    with admitted(rate=4) as server:
        request = pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_pb2.Lead(lead_id="x")))
        stream = server.stubs.scoring.StreamScore(iter([request] * 50), timeout=10, metadata=as_tenant("often"))
        with pytest.raises(grpc.RpcError) as caught:
            list(stream)
        assert failure_of(caught.value).info.reason == "RATE_LIMITED"
        assert 3 <= len(server.scoring.began) <= 6
        assert server.score(tenant="seldom").result(10) is not None


def test_callers_that_nobody_knows_have_a_lane_of_their_own():
    with admitted(max_workers=8, queue_calls=8) as server:
        strangers = [server.score("hold", tenant="") for _ in range(30)]
        server.wait_until(lambda: server.metrics.refused["score", "QUEUE_FULL"] >= 20)
        assert server.admission.lanes[CallKind.UNKNOWN_CALLER].running == 2
        assert server.score(tenant="known").result(10) is not None
        server.scoring.release.set()
        assert sum(call.exception(10) is None for call in strangers) >= 4


def test_a_call_whose_deadline_is_shorter_than_such_calls_take_is_refused_without_being_started():
    with admitted() as server:
        for _ in range(8):
            server.score("0.05").result(10)
        failure = refusal_of(server.score("0.05", lead_id="hopeless", timeout=0.04))
        assert failure.info.reason == "DEADLINE_TOO_SHORT"
        assert int(failure.info.metadata["usual_milliseconds"]) >= 45
        assert "hopeless" not in server.scoring.began
        assert server.score("0.001", timeout=5).result(10) is not None
        assert server.batch("0.001", timeout=0.04).result(10) is not None, "other methods have times of their own"


def test_a_call_whose_deadline_passed_in_the_queue_is_not_started():
    with admitted(max_workers=1) as server:
        held = server.hold_all_threads()
        late = server.score(lead_id="too-late", timeout=0.2)
        assert late.exception(10).code() is grpc.StatusCode.DEADLINE_EXCEEDED
        server.scoring.release.set()
        assert held[0].result(10) is not None
        assert server.score(lead_id="after").result(10) is not None
        assert server.scoring.began == ["x", "after"]
        server.wait_until(lambda: server.seated() == server.drain.under_way == 0)


def test_a_call_without_a_deadline_ends_when_the_servers_longest_time_is_over():
    with admitted(max_call_seconds=0.2) as server:
        began = time.perf_counter()
        failure = failure_of(server.batch(*["0.05"] * 100, timeout=None).exception(10))
        assert failure.code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert failure.info.reason == "DEADLINE_SPENT"
        assert time.perf_counter() - began < 5 * 0.25


def test_a_stream_without_a_deadline_ends_when_the_servers_longest_time_is_over():
    with admitted(max_call_seconds=0.2) as server:
        busy = server.stubs.scoring.StreamScore(
            (pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_pb2.Lead(title="0.05"))) for _ in range(100)),
            metadata=as_tenant("a"),
        )
        with pytest.raises(grpc.RpcError) as caught:
            list(busy)
        assert caught.value.code() in {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
        silent, forever = threading.Event(), iter(lambda: silent.wait(20) and None, None)
        idle = server.stubs.scoring.StreamScore(forever, metadata=as_tenant("a"))
        with pytest.raises(grpc.RpcError) as caught:
            list(idle)
        assert caught.value.code() is grpc.StatusCode.CANCELLED
        silent.set()
        server.wait_until(lambda: server.seated() == server.drain.under_way == 0)


def test_handlers_know_who_calls_and_until_when():
    with admitted() as server:
        request = pb.ScoreRequest(lead=lead_pb2.Lead(lead_id="x"))
        metadata = (*as_tenant("t1"), (CORRELATION_KEY, "order-77"))
        _, call = server.stubs.scoring.Score.with_call(request, timeout=5, metadata=metadata)
        assert dict(call.trailing_metadata())[CORRELATION_KEY] == "order-77"
        (caller,), (left,) = server.scoring.callers, server.scoring.times_left
        assert caller.tenant == "t1"
        assert timedelta(0) < left <= timedelta(seconds=5)


def test_nothing_is_left_behind_by_callers_that_leave():
    chance = random.Random(7)
    with admitted(max_workers=4, queue_calls=8) as server:
        calls = []
        for number in range(400):
            call = server.score("0.001" if number % 3 else "", tenant=chance.choice("abc"))
            if chance.random() < 0.2:
                call.cancel()
            calls.append(call)
            if number % 20 == 0:
                time.sleep(0.01)
        for call in calls:
            if not call.cancelled():
                call.exception(10)
        server.wait_until(lambda: server.seated() == server.drain.under_way == 0)
        lane = server.admission.lanes[CallKind.SCORE]
        assert (lane.waiting, lane.running) == (0, 0)
        assert server.score().result(10) is not None


def test_a_draining_server_finishes_what_it_let_in_and_refuses_the_rest_at_once():
    with admitted(max_workers=1, queue_calls=8) as server:
        held = server.hold_all_threads()
        waiting = [server.score("hold") for _ in range(3)]
        server.wait_until(lambda: server.admission.lanes[CallKind.SCORE].waiting == 3)
        server.drain.begin()
        failure = failure_of(server.score().exception(10))
        assert (failure.code, failure.info.reason) == (grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_DOWN")
        assert server.stubs.health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == 1
        server.scoring.release.set()
        assert all(call.result(10) is not None for call in held + waiting)
        server.wait_until(lambda: server.drain.under_way == 0)
