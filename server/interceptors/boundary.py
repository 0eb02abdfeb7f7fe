"""The edge of every call: admission, credential, deadline, reading, errors, metrics, log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import grpc
import structlog

from core import deadline
from core.caller import Caller
from core.errors import LeadlineError
from server.admission.admission import Admission
from server.admission.kinds import OWN_METHODS, CallKind, kind_of
from server.admission.lane import Lane
from server.call import current_caller, enter_call
from server.interceptors.answering import crash, fail
from server.interceptors.limits import count_limit_of, limit_of
from server.interceptors.punctual import Punctuality
from server.interceptors.reading import UnreadableRequest, careful
from server.interceptors.status import code_of
from server.observed.correlation import CORRELATION_KEY, bind_correlation, correlation_of
from server.observed.metrics import CallMetrics, ServerMetrics

log = structlog.get_logger("leadline.call")
_NON_BLOCKING = "experimental_non_blocking"
"""Mark of the library on what sends its answers by a function and returns before they are sent."""
Behaviour = Callable[[Any, grpc.ServicerContext], Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Authorize = Callable[[str, grpc.ServicerContext, str], Caller]
"""Takes a method, its call and a correlation id; returns the verified caller, or raises Unauthenticated or
PermissionDenied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """What stands around every call."""

    admission: Admission
    authorize: Authorize
    metrics: ServerMetrics
    max_call: timedelta
    """Longest time for a call whose caller set no deadline."""
    slow_call: timedelta
    """Calls that took longer are logged."""


class CallBoundary(grpc.ServerInterceptor):
    """Wraps each method of this product once. Must be the outermost interceptor: it says which threads run a call."""

    def __init__(self, boundary: Boundary) -> None:
        self._boundary = boundary
        self._handlers: dict[str, tuple[CallKind, dict[CallKind, Handler]]] = {}

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Return the handler that answers the call, or one that refuses it. Runs before any thread is used."""
        method: str = handler_call_details.method
        known = self._handlers.get(method)
        if known is None:
            handler = continuation(handler_call_details)
            if handler is None:
                return None
            known = self._handlers[method] = self._prepare(method, handler)
        kind, by_lane = known
        admitted = self._boundary.admission.admit(kind, handler_call_details.invocation_metadata)
        return by_lane[admitted.kind] if isinstance(admitted, Lane) else admitted

    def _prepare(self, method: str, handler: Any) -> tuple[CallKind, dict[CallKind, Handler]]:
        kind, admission = kind_of(method), self._boundary.admission
        pools = admission.lanes if handler.request_streaming else admission.arrivals
        if method.startswith(OWN_METHODS):
            handler = self._own(method, kind, handler)
        elif kind is CallKind.HEALTH:
            handler = _checked(method, handler)
        return kind, {k: _run_by(pools[k], handler) for k in (kind, CallKind.UNKNOWN_CALLER)}

    def _own(self, method: str, kind: CallKind, handler: Any) -> Handler:
        count = count_limit_of(method)
        read = careful(handler.request_deserializer, limit_of(method), count)
        punctual = Punctuality(self._boundary.max_call, kind, count, self._boundary.admission.metrics)
        edge = _Edge(method, kind, self._boundary, punctual)
        if handler.unary_unary is not None:
            call = edge.unary(handler.unary_unary)
            return grpc.unary_unary_rpc_method_handler(call, read, handler.response_serializer)
        stream = edge.stream(handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(stream, read, handler.response_serializer)


class _Edge:
    """What happens around the calls of one method."""

    def __init__(self, method: str, kind: CallKind, boundary: Boundary, punctuality: Punctuality) -> None:
        self._method = method
        self._kind = kind
        self._admission = boundary.admission
        self._authorize = boundary.authorize
        self._metrics: CallMetrics = boundary.metrics.of_method(method)
        self._count_refused = boundary.metrics.count_refused
        self._punctuality = punctuality
        self._slow_seconds = boundary.slow_call.total_seconds()

    def unary(self, call: Behaviour) -> Behaviour:
        """Wrap a method with one request and one answer."""
        punctuality = self._punctuality

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            started = time.perf_counter()
            correlation_id = self._name(context)
            try:
                ends = self._enter(context, correlation_id)
                usual = punctuality.check(ends, request)
                _check_readable(request)
                response = call(request, context)
            except LeadlineError as error:
                self._fail(context, error, started, correlation_id)
            except Exception as error:  # noqa: BLE001  the last boundary: nothing of it may reach the caller
                self._crash(context, error, started, correlation_id)
            seconds = time.perf_counter() - started
            usual.add(seconds)
            self._metrics.ok(seconds)
            if seconds > self._slow_seconds:
                self._log_slow(seconds, correlation_id)
            return response

        return answer

    def stream(self, call: Behaviour) -> Behaviour:
        """Wrap a method with a stream of requests and a stream of answers."""

        def answer(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
            started = time.perf_counter()
            correlation_id = self._name(context)
            end: threading.Timer | None = None
            try:
                ends = self._enter(context, correlation_id)
                end = self._end_of_idle(context, ends)
                yield from call(self._let_through(requests), context)
            except LeadlineError as error:
                self._fail(context, error, started, correlation_id)
            except Exception as error:  # noqa: BLE001  as above
                if context.is_active():
                    self._crash(context, error, started, correlation_id)
            finally:
                if end is not None:
                    end.cancel()
            self._metrics.ok(time.perf_counter() - started)

        return answer

    def _name(self, context: grpc.ServicerContext) -> str:
        correlation_id = correlation_of(context.invocation_metadata())
        bind_correlation(correlation_id)
        context.set_trailing_metadata(((CORRELATION_KEY, correlation_id),))
        return correlation_id

    def _enter(self, context: grpc.ServicerContext, correlation_id: str) -> float:
        """Find out who calls and until when, and return when the call must have ended."""
        ends = self._punctuality.end_of(context)
        deadline.set_deadline(ends)  # also for whoever looks up the credential
        caller = self._authorize(self._method, context, correlation_id)
        self._admission.charge_call(self._kind, caller.tenant)
        enter_call(caller)
        return ends

    def _let_through(self, requests: Iterator[Any]) -> Iterator[Any]:
        """Give on the messages of a stream while there is time for them, each at the price of a call."""
        tenant = current_caller().tenant
        for request in requests:
            deadline.check()
            self._admission.charge(self._kind, tenant)
            yield request

    def _end_of_idle(self, context: grpc.ServicerContext, ends: float) -> threading.Timer | None:
        """End a stream without a deadline also while it waits for its caller, where nothing looks at the time."""
        if not self._punctuality.is_ours(context):
            return None
        timer = threading.Timer(ends - time.monotonic(), context.cancel)
        timer.daemon = True
        timer.start()
        return timer

    def _fail(self, context: grpc.ServicerContext, error: LeadlineError, started: float, correlation_id: str) -> None:
        self._metrics.failed(code_of(error), time.perf_counter() - started)
        self._count_refused(error)
        fail(self._method, context, error, correlation_id)

    def _crash(self, context: grpc.ServicerContext, error: Exception, started: float, correlation_id: str) -> None:
        self._metrics.failed(grpc.StatusCode.INTERNAL, time.perf_counter() - started)
        crash(self._method, context, error, correlation_id)

    def _log_slow(self, seconds: float, correlation_id: str) -> None:
        log.warning("slow call", method=self._method, seconds=round(seconds, 4), correlation_id=correlation_id)


def _check_readable(request: Any) -> None:
    if isinstance(request, UnreadableRequest):
        raise request.problem


def _checked(method: str, handler: Any) -> Handler:
    """Return the handler of another service's method with one request, which is limited in size."""
    read, write = careful(handler.request_deserializer, limit_of(method), None), handler.response_serializer
    call = handler.unary_unary or handler.unary_stream

    def checked(request: Any, context: grpc.ServicerContext, *more: Any) -> Any:
        correlation_id = correlation_of(context.invocation_metadata())
        try:
            _check_readable(request)
        except LeadlineError as error:
            fail(method, context, error, correlation_id)
        except Exception as error:  # noqa: BLE001  as everywhere at this edge
            crash(method, context, error, correlation_id)
        return call(request, context, *more)

    if handler.unary_unary is not None:
        return grpc.unary_unary_rpc_method_handler(checked, read, write)
    checked.experimental_non_blocking = getattr(call, _NON_BLOCKING, False)  # type: ignore[attr-defined]
    return grpc.unary_stream_rpc_method_handler(checked, read, write)


def _run_by(pool: ThreadPoolExecutor, handler: Any) -> Handler:
    """Return the same handler, run by the given threads."""
    call = handler.unary_unary or handler.unary_stream or handler.stream_stream
    carrying: Any = partial(call)
    carrying.experimental_thread_pool = pool
    carrying.experimental_non_blocking = getattr(call, _NON_BLOCKING, False)
    read, write = handler.request_deserializer, handler.response_serializer
    if handler.unary_unary is not None:
        return grpc.unary_unary_rpc_method_handler(carrying, read, write)
    if handler.unary_stream is not None:
        return grpc.unary_stream_rpc_method_handler(carrying, read, write)
    return grpc.stream_stream_rpc_method_handler(carrying, read, write)
