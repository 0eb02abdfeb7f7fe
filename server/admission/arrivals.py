"""Where calls wait for their request: without a thread, a seat, or a place in any count.

The library gives a unary call a thread first and lets that wait for the message. Whoever sends headers and nothing
more would hold it for ever, and a few such callers all threads of a lane. So here the message is waited for by the
one thread that takes everything from the library, and only a call that is complete goes to a lane.

The library has no public way to do so. What this uses of its inside: the arguments with which it submits a call, and
the three names below. The tests of this module fail when a new release changes any of it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from grpc._cython.cygrpc import ReceiveMessageOperation  # type: ignore[import-not-found]
from grpc._server import _RECEIVE_MESSAGE_TOKEN, _possibly_finish_call

from core.errors import InvalidInput
from server.admission.kinds import CallKind
from server.admission.lane import Lane
from server.admission.refusal import Handler, refusing

Begin = Callable[[Callable[[str], str], CallKind, str], "Handler | None"]
"""Takes a seat, by a function that takes one for a tenant, for a call of a kind and a tenant and returns None; or
returns what refuses the call."""
_CANCELLED = "cancelled"
_NO_FLAGS = 0

_SUBMITTED: Future[Any] = Future()
_SUBMITTED.set_result(None)
"""The library only counts that it ended."""
_NO_MESSAGE = refusing(InvalidInput.of("request", "must be one message"))


class Arrivals(ThreadPoolExecutor):
    """Looks to the library like the threads of its calls. Has none. Used by the one thread that takes calls.

    Args:
        lane: Runs the calls whose message came.
        begin: Asked when it came.
    """

    def __init__(self, lane: Lane, begin: Begin) -> None:  # the pool's own __init__ would make queues and locks
        self._lane = lane
        self._begin = begin
        self._expected: tuple[CallKind, str] | None = None

    def expect(self, kind: CallKind, tenant: str) -> None:
        """Say whose call is submitted next."""
        self._expected = kind, tenant

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_kwargs: Any) -> Future[Any]:
        """Begin to wait for the message of a call with one request."""
        expected, self._expected = self._expected, None
        if expected is None:
            raise RuntimeError("not admitted")
        arrival = _Arrival(self._lane, self._begin, expected, fn, args)
        arrival.wait()
        return _SUBMITTED


class _Arrival:
    """A call that waits for its message, and the library's callback for when that comes or cannot come any more."""

    __slots__ = ("_begin", "_call", "_expected", "_lane", "_message", "_run")

    def __init__(
        self,
        lane: Lane,
        begin: Begin,
        expected: tuple[CallKind, str],
        run: Callable[..., Any],
        call: tuple[Any, ...],
    ) -> None:
        self._lane = lane
        self._begin = begin
        self._expected = expected
        self._run = run
        self._call = call
        self._message: bytes | None = None

    def wait(self) -> None:
        _answer, event, state, _behaviour, _wait_for_request, _read, _write = self._call
        event.call.start_server_batch((ReceiveMessageOperation(_NO_FLAGS),), self)
        state.due.add(_RECEIVE_MESSAGE_TOKEN)

    def __call__(self, received: Any) -> Any:
        """Let the call begin or refuse it. Returns what the library's own callbacks return."""
        state = self._call[2]
        if state.client != _CANCELLED:
            self._decide(received.batch_operations[0].message())
        with state.condition:
            return _possibly_finish_call(state, _RECEIVE_MESSAGE_TOKEN)

    def _decide(self, message: bytes | None) -> None:
        if message is None:
            self._refuse(_NO_MESSAGE)
            return
        kind, tenant = self._expected
        refusal = self._begin(self._lane.seat, kind, tenant)
        if refusal is not None:
            self._refuse(refusal)
            return
        self._message = message
        answer, event, state, behaviour, _wait_for_request, read, write = self._call
        self._lane.run(tenant, lambda: self._run(answer, event, state, behaviour, self._request, read, write))

    def _request(self) -> Any:
        """Return the request, read by the thread that works for it; None, which ends the work, if its caller left."""
        message, self._message = self._message, None
        _answer, _event, state, _behaviour, _wait_for_request, read, _write = self._call
        return None if state.client == _CANCELLED else read(message)

    def _refuse(self, refusal: Handler) -> None:
        answer, event, state, _behaviour, _wait_for_request, _read, write = self._call
        refuse: Any = refusal.stream_unary
        self._run(answer, event, state, refuse, _no_requests, None, write)


def _no_requests() -> tuple[()]:
    return ()
