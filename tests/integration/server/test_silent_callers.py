"""Callers that begin a call and do not go on: they cost others nothing, and leave nothing behind."""

from __future__ import annotations

import gc
import socket
import struct
import threading
import time
from contextlib import closing, contextmanager

import grpc
import pytest
from grpc._server import _RPCState
from grpc_health.v1 import health_pb2
from leadline.v1 import system_service_pb2 as system_pb

from server.admission.arrivals import _Arrival
from tests.parts.admitted import Admitted, admitted, as_tenant
from tests.parts.errors import failure_of

CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
SCORE, STATUS = "/leadline.v1.ScoringService/Score", "/leadline.v1.SystemService/GetStatus"
PROMPT = 5 * 0.2
"""Seconds."""


@contextmanager
def silent_calls(server: Admitted, method: str, number: int, tenant: str = ""):
    """Begin calls of a unary method and send no message."""
    end = threading.Event()
    # What a client sends from an iterator it sends when the iterator gives it; a unary stub cannot be silent.
    channel = grpc.insecure_channel(server.target, options=[("grpc.use_local_subchannel_pool", 1)])
    begin = channel.stream_unary(method)
    calls = [begin.future(iter(lambda: end.wait(60) and None, None), metadata=as_tenant(tenant)) for _ in range(number)]
    time.sleep(0.1)
    try:
        yield calls
    finally:
        for call in calls:
            call.cancel()
        end.set()
        channel.close()


def health_of(server: Admitted) -> int:
    return server.stubs.health.Check(health_pb2.HealthCheckRequest(), timeout=PROMPT).status


@pytest.mark.parametrize(
    ("method", "tenant"), [(CHECK, ""), (WATCH, ""), (SCORE, "silent"), (SCORE, ""), (STATUS, ""), (STATUS, "silent")]
)
def test_calls_without_a_message_hold_nobody_up(method, tenant):
    with admitted(max_workers=4, queue_calls=4) as server, silent_calls(server, method, 40, tenant) as calls:
        assert health_of(server) == 1
        for caller in ("", "a", "silent"):
            assert server.score(tenant=caller, timeout=PROMPT).result() is not None
            metadata = as_tenant(caller)
            assert server.stubs.system.GetStatus(system_pb.GetStatusRequest(), timeout=PROMPT, metadata=metadata)
        assert not any(call.done() for call in calls)
        server.wait_until(lambda: server.seated() == server.drain.under_way == 0)


def test_a_call_that_ends_without_a_message_is_told_so():
    with admitted() as server:
        call = server.stubs.channel.stream_unary(SCORE).future(iter(()), metadata=as_tenant("a"), timeout=5)
        failure = failure_of(call.exception(5))
        assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
        assert failure.detail.field_violations[0].field == "request"
        assert server.seated() == server.drain.under_way == 0


def test_a_call_whose_seat_is_gone_when_its_message_comes_is_refused_then():
    with admitted(max_workers=1, queue_calls=1) as server:
        speak = threading.Event()
        late = server.stubs.channel.stream_unary(SCORE).future(
            (speak.wait(20) and b"" for _ in range(1)), metadata=as_tenant("a"), timeout=20
        )
        time.sleep(0.1)
        held = [server.score("hold") for _ in range(2)]
        server.wait_until(lambda: server.seated() == 2)
        speak.set()
        failure = failure_of(late.exception(5))
        assert (failure.code, failure.info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL")
        server.scoring.release.set()
        assert all(call.result(10) is not None for call in held)
        server.wait_until(lambda: server.seated() == server.drain.under_way == 0)


def test_a_call_whose_message_comes_while_the_server_drains_is_refused_and_not_waited_for():
    with admitted() as server:
        speak = threading.Event()
        late = server.stubs.channel.stream_unary(SCORE).future(
            (speak.wait(20) and b"" for _ in range(1)), metadata=as_tenant("a"), timeout=20
        )
        time.sleep(0.1)
        server.drain.begin()
        assert server.drain.under_way == 0
        speak.set()
        assert failure_of(late.exception(5)).code is grpc.StatusCode.UNAVAILABLE
        assert server.scoring.began == []


def test_calls_without_a_message_leave_nothing_when_their_caller_goes():
    def left() -> int:
        gc.collect()
        return sum(type(thing) in (_RPCState, _Arrival) for thing in gc.get_objects())

    with admitted() as server:
        under_way = server.grpc_server._state.rpc_states
        assert health_of(server) == 1
        server.wait_until(lambda: not under_way)
        before = left()
        for _ in range(20):
            with silent_calls(server, SCORE, 100, "a"):
                server.wait_until(lambda: len(under_way) >= 50)
            server.wait_until(lambda: not under_way)
        assert left() <= before + 2
        assert server.score().result(10) is not None
        server.wait_until(lambda: server.seated() == server.drain.under_way == 0)


def test_a_server_with_calls_without_a_message_stops_at_once():
    with admitted() as server, silent_calls(server, SCORE, 20, "a") as calls:
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < PROMPT
        assert all(call.exception(5) is not None for call in calls)


def test_health_of_made_up_names_is_answered_and_forgotten():
    with admitted() as server:
        for number in range(3):
            name = f"{number}" + "x" * 1_000
            watch = server.stubs.health.Watch(health_pb2.HealthCheckRequest(service=name), timeout=5)
            assert next(watch).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
            watch.cancel()
            with pytest.raises(grpc.RpcError) as caught:
                server.stubs.health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
            assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert set(server.health._watchers) == {""}
        assert not server.health._send_response_callbacks


def test_a_health_request_above_4_kib_is_refused():
    with admitted() as server:
        request = health_pb2.HealthCheckRequest(service="x" * 5_000)
        for call in (server.stubs.health.Check.future(request, timeout=5), server.stubs.health.Watch(request)):
            assert failure_of(call.exception(5)).code is grpc.StatusCode.INVALID_ARGUMENT


def test_watchers_are_told_of_changes_and_forgotten_when_they_leave():
    with admitted(queue_calls=32) as server:
        watches = [server.stubs.health.Watch(health_pb2.HealthCheckRequest(), timeout=10) for _ in range(10)]
        assert [next(watch).status for watch in watches] == [1] * 10
        server.health.enter_graceful_shutdown()
        assert [next(watch).status for watch in watches] == [2] * 10
        assert health_of(server) == 2
        for watch in watches:
            watch.cancel()
        server.wait_until(lambda: not server.health._watchers[""])


def test_watchers_that_take_no_answer_hold_nobody_up():
    with admitted() as server, closing(raw_connection(server.target)) as raw:
        for stream in (1, 3, 5):
            raw.sendall(watch_frames(stream))
        time.sleep(0.2)
        assert health_of(server) == 1
        began = time.monotonic()
        server.health.enter_graceful_shutdown()
        assert time.monotonic() - began < PROMPT
        assert health_of(server) == 2
        assert server.score().result(PROMPT) is not None
        server.wait_until(lambda: not server.health._watchers[""], seconds=30)


def raw_connection(target: str) -> socket.socket:
    """Connect as an HTTP/2 client that allows the server no byte of an answer."""
    host, _, port = target.rpartition(":")
    raw = socket.create_connection((host, int(port)), 5)
    initial_window_of_zero = struct.pack(">HI", 4, 0)
    raw.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, initial_window_of_zero))
    return raw


def watch_frames(stream: int) -> bytes:
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": WATCH,
        ":authority": "x",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    block = b"".join(b"\x00" + text(name) + text(value) for name, value in fields.items())
    return frame(1, 4, stream, block) + frame(0, 1, stream, bytes(5))


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload
