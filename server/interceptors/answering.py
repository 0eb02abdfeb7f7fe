"""Ends calls: the one place that turns errors into statuses."""

from __future__ import annotations

import secrets
from typing import NoReturn

import grpc
import structlog
from google.rpc import status_pb2
from grpc_status import rpc_status

from core.errors import LeadlineError
from server.interceptors.status import code_of, internal_status, status_of
from server.observed.correlation import CORRELATION_KEY
from server.observed.places import place_of

log = structlog.get_logger("leadline.call")


class _Status(grpc.Status):
    """A status whose trailing metadata also names the call."""

    def __init__(self, status: status_pb2.Status, correlation_id: str) -> None:
        rich = rpc_status.to_status(status)
        self.code = rich.code
        self.details = rich.details
        self.trailing_metadata = (*rich.trailing_metadata, (CORRELATION_KEY, correlation_id))


def fail(method: str, context: grpc.ServicerContext, error: LeadlineError, correlation_id: str) -> NoReturn:
    """End a call with the status of a domain error."""
    code = code_of(error)
    log.info("call failed", method=method, code=code.name, reason=error.reason, correlation_id=correlation_id)
    _abort(context, status_of(error), correlation_id)


def crash(method: str, context: grpc.ServicerContext, error: Exception, correlation_id: str) -> NoReturn:
    """End a call with INTERNAL and an incident id.

    The text of an exception may hold anything, a lead's data included: only its type and place are logged.
    """
    incident_id = secrets.token_hex(8)
    log.error(
        "incident",
        method=method,
        incident_id=incident_id,
        exception=type(error).__name__,
        place=place_of(error),
        correlation_id=correlation_id,
    )
    _abort(context, internal_status(incident_id), correlation_id)


def _abort(context: grpc.ServicerContext, status: status_pb2.Status, correlation_id: str) -> NoReturn:
    context.abort_with_status(_Status(status, correlation_id))
    raise AssertionError  # abort_with_status always raises
