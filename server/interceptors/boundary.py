"""The edge of every call: reading, refusing while draining, deadlines, errors, metrics, log."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NoReturn, TypeAlias

import grpc
import structlog
from google.rpc import status_pb2
from grpc_status import rpc_status

from core.errors import DeadlineSpent, DependencyDown, LeadlineError, OverLimit
from server.drain import Drain
from server.interceptors.limits import count_limit_of, limit_of
from server.interceptors.reading import UnreadableRequest, careful
from server.interceptors.status import code_of, internal_status, status_of
from server.metrics import CallMetrics, ServerMetrics

_OWN_METHODS = "/leadline.v1."
_CORRELATION_KEY = "x-correlation-id"
_LONGEST_CORRELATION = 128
_SLOW_SECONDS = 0.5
_STREAM_RETRY = timedelta(seconds=1)

log = structlog.get_logger("leadline.call")
Call = Callable[[Any, grpc.ServicerContext], Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class CallBoundary(grpc.ServerInterceptor):
    """Wraps each method of this product once; health and reflection pass through.

    Args:
        drain: Says whether new calls are refused, and counts those under way.
        metrics: Where calls are counted.
        max_streams: Most streams at once. Each holds a thread for as long as its caller likes: without a limit a few
            idle ones would keep every other call, health checks too, from being answered.
    """

    def __init__(self, drain: Drain, metrics: ServerMetrics, max_streams: int) -> None:
        self._drain = drain
        self._metrics = metrics
        self._max_streams = max_streams
        self._free_streams = threading.BoundedSemaphore(max_streams)
        self._wrapped: dict[str, Handler] = {}

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Return the wrapped handler of a method."""
        method: str = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is not None:
            return wrapped
        handler = continuation(handler_call_details)
        if handler is None or not method.startswith(_OWN_METHODS):
            return handler
        wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: Any) -> Handler:
        read = careful(handler.request_deserializer, limit_of(method), count_limit_of(method))
        write = handler.response_serializer
        metrics = self._metrics.of_method(method)
        if handler.unary_unary is not None:
            call = self._unary(method, handler.unary_unary, metrics)
            return grpc.unary_unary_rpc_method_handler(call, read, write)
        stream = self._stream(method, handler.stream_stream, metrics)
        return grpc.stream_stream_rpc_method_handler(stream, read, write)

    def _unary(self, method: str, call: Call, metrics: CallMetrics) -> Call:
        drain = self._drain

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            started = time.perf_counter()
            if not drain.enter():
                _refuse(context, metrics, started)
            try:
                _check(request, context)
                response = call(request, context)
            except LeadlineError as error:
                _fail(method, context, error, metrics, started)
            except Exception as error:  # noqa: BLE001  the last boundary: nothing of it may reach the caller
                _crash(method, context, error, metrics, started)
            finally:
                drain.leave()
            seconds = time.perf_counter() - started
            metrics.ok(seconds)
            if seconds > _SLOW_SECONDS:
                log.warning("slow call", method=method, seconds=round(seconds, 4), correlation_id=correlation(context))
            return response

        return answer

    def _stream(self, method: str, call: Call, metrics: CallMetrics) -> Call:
        drain, free_streams = self._drain, self._free_streams

        def answer(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
            started = time.perf_counter()
            if not drain.enter():
                _refuse(context, metrics, started)
            if not free_streams.acquire(blocking=False):
                drain.leave()
                _fail(method, context, self._too_many_streams(), metrics, started)
            try:
                yield from call(requests, context)
            except LeadlineError as error:
                _fail(method, context, error, metrics, started)
            except Exception as error:  # noqa: BLE001  as above
                if context.is_active():
                    _crash(method, context, error, metrics, started)
            finally:
                free_streams.release()
                drain.leave()
            metrics.ok(time.perf_counter() - started)

        return answer

    def _too_many_streams(self) -> OverLimit:
        message = f"this server answers {self._max_streams} streams at once"
        return OverLimit(message, retry_after=_STREAM_RETRY, limit=str(self._max_streams))


def _check(request: Any, context: grpc.ServicerContext) -> None:
    remaining = context.time_remaining()
    if remaining is not None and remaining <= 0:
        raise DeadlineSpent("the deadline passed before the call began")
    if isinstance(request, UnreadableRequest):
        raise request.problem


def correlation(context: grpc.ServicerContext) -> str:
    """Return the caller's correlation id, "" if there is none."""
    for key, value in context.invocation_metadata():
        if key == _CORRELATION_KEY and isinstance(value, str):
            return value[:_LONGEST_CORRELATION]
    return ""


def _refuse(context: grpc.ServicerContext, metrics: CallMetrics, started: float) -> NoReturn:
    error = DependencyDown("this server (it is shutting down)")
    metrics.failed(code_of(error), time.perf_counter() - started)
    _abort(context, status_of(error))


def _fail(
    method: str, context: grpc.ServicerContext, error: LeadlineError, metrics: CallMetrics, started: float
) -> NoReturn:
    code, seconds = code_of(error), time.perf_counter() - started
    metrics.failed(code, seconds)
    log.info("call failed", method=method, code=code.name, reason=error.reason, correlation_id=correlation(context))
    _abort(context, status_of(error))


def _crash(
    method: str, context: grpc.ServicerContext, error: Exception, metrics: CallMetrics, started: float
) -> NoReturn:
    incident_id = secrets.token_hex(8)
    metrics.failed(grpc.StatusCode.INTERNAL, time.perf_counter() - started)
    # The text of an exception may hold anything, a lead's data included: only its type and place are logged.
    place = _place_of(error)
    kind = type(error).__name__
    log.error("incident", method=method, incident_id=incident_id, exception=kind, place=place)
    _abort(context, internal_status(incident_id))


def _place_of(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def _abort(context: grpc.ServicerContext, status: status_pb2.Status) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError  # abort_with_status always raises
