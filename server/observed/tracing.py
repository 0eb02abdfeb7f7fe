"""Traces, off unless an address is set: nothing of OpenTelemetry is imported then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import grpc

from core.errors import InvalidInput


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Tracing:
    """What a server needs to be traced."""

    interceptors: tuple[grpc.ServerInterceptor, ...] = ()
    """To go inside the call boundary, which alone may see what a handler raises last."""
    stop: Callable[[], None] = _nothing
    """Sends what is left, for a few seconds at most."""


def start_tracing(endpoint: str, process: int = 0) -> Tracing:
    """Begin to send a span for each call.

    Args:
        endpoint: Address of an OTLP collector over HTTP; without a path, ``/v1/traces`` is added. "": no traces.
        process: Index of this process in its pool.

    Raises:
        InvalidInput: If the address cannot be used or the packages are missing.
    """
    if not endpoint:
        return Tracing()
    if not endpoint.startswith(("http://", "https://")):
        raise InvalidInput.of("LEADLINE_TRACES_ENDPOINT", "must begin with http:// or https://")
    try:
        from server.observed.spans import span_sender, stop_sending, traced_by  # noqa: PLC0415  only where it is asked for
    except ImportError as missing:
        rule = "must be empty, or the extra installed: pip install 'leadline-backend[tracing]'"
        raise InvalidInput.of("LEADLINE_TRACES_ENDPOINT", rule) from missing
    provider = span_sender(endpoint, process)
    return Tracing(traced_by(provider), lambda: stop_sending(provider))
