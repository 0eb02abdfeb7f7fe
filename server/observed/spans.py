"""A span for each call, by OpenTelemetry's own instrumentation, with nothing of what was said in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import grpc
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import server_interceptor
from opentelemetry.instrumentation.grpc.filters import health_check, negate
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from core.errors import LeadlineError
from server.interceptors.status import code_of
from server.observed.correlation import current_correlation

ATTRIBUTES = frozenset(
    {"rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code", "leadline.correlation_id", "exception.type"}
)
"""What a span may say; the instrumentation would add addresses, and texts of exceptions with their stack."""
_SEND_WITHIN = timedelta(seconds=2)
_CODE = "rpc.grpc.status_code"
Behaviour = Callable[[Any, grpc.ServicerContext], Any]


def span_sender(endpoint: str, process: int) -> TracerProvider:
    """Return a provider that sends spans to a collector, in batches, from a thread of its own."""
    about: dict[str, str | int] = {
        "service.name": "leadline",
        "service.version": version("leadline-backend"),
        "leadline.process": process,
    }
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    address = endpoint if urlsplit(endpoint).path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint=address, timeout=_SEND_WITHIN.total_seconds())
    provider.add_span_processor(SilentSpans(exporter))
    return provider


def traced_by(provider: TracerProvider) -> tuple[grpc.ServerInterceptor, ...]:
    """Return the interceptors that make spans, outermost first."""
    # Not of health: the wrapper would make a watch wait for its next answer, on a thread of its lane.
    others = negate(health_check())
    outer: grpc.ServerInterceptor = server_interceptor(provider, others)  # type: ignore[no-untyped-call]
    return outer, CodeOnSpan()


def stop_sending(provider: TracerProvider) -> None:
    """Send what is left; a collector that does not answer must not hold up the end of the process."""
    sending = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
    sending.start()
    sending.join(2 * _SEND_WITHIN.total_seconds())


class SilentSpans(BatchSpanProcessor):
    """Sends of each span its name, times and listed attributes, and of an exception its type."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a finished span."""
        super().on_end(_silent(span))


def _silent(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_listed(span.attributes),
        events=[Event(event.name, _listed(event.attributes), event.timestamp) for event in span.events],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _listed(attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name in ATTRIBUTES}


class CodeOnSpan(grpc.ServerInterceptor):
    """Puts the status code and the correlation id on the span of a call.

    Errors become statuses outside of the span, where the instrumentation does not see them.
    """

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the wrapped handler."""
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        read, write = handler.request_deserializer, handler.response_serializer
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(_answer(handler.unary_unary), read, write)
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(_answers(handler.stream_stream), read, write)
        return handler


def _answer(call: Behaviour) -> Behaviour:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        with _Marked():
            return call(request, context)

    return answer


def _answers(call: Behaviour) -> Behaviour:
    def answers(requests: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        with _Marked():
            yield from call(requests, context)

    return answers


class _Marked:
    """Marks the present span, and with the code if the block fails."""

    def __enter__(self) -> None:
        trace.get_current_span().set_attribute("leadline.correlation_id", current_correlation())

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, Exception):
            return
        code = code_of(error) if isinstance(error, LeadlineError) else grpc.StatusCode.INTERNAL
        span = trace.get_current_span()
        span.set_attribute(_CODE, code.value[0])
        if code in _SERVERS_FAULT:
            span.set_status(StatusCode.ERROR)


_SERVERS_FAULT = {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DATA_LOSS,
}
"""Codes that make a server's span an error, by OpenTelemetry's conventions."""
