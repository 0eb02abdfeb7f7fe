"""The one table from domain errors to gRPC statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import status_pb2
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, PreconditionFailure, ResourceInfo, RetryInfo

from core.errors import (
    AlreadyExists,
    DeadlineSpent,
    DependencyDown,
    InvalidInput,
    LeadlineError,
    NotFound,
    NotOffered,
    OverLimit,
    VersionConflict,
    WrongState,
)

DOMAIN = "leadline"
CODES: dict[type[LeadlineError], grpc.StatusCode] = {
    InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    NotFound: grpc.StatusCode.NOT_FOUND,
    AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    WrongState: grpc.StatusCode.FAILED_PRECONDITION,
    VersionConflict: grpc.StatusCode.ABORTED,
    OverLimit: grpc.StatusCode.RESOURCE_EXHAUSTED,
    DependencyDown: grpc.StatusCode.UNAVAILABLE,
    DeadlineSpent: grpc.StatusCode.DEADLINE_EXCEEDED,
    NotOffered: grpc.StatusCode.UNIMPLEMENTED,
}
_MOST_VIOLATIONS = 50
_LONGEST_TEXT = 500


def code_of(error: LeadlineError) -> grpc.StatusCode:
    """Return the code of an error: that of the nearest listed class."""
    for kind in type(error).__mro__:
        code = CODES.get(kind)
        if code is not None:
            return code
    return grpc.StatusCode.INTERNAL


def status_of(error: LeadlineError) -> status_pb2.Status:
    """Return the status: code, message, one ErrorInfo, and at most one detail of another kind."""
    code: int = code_of(error).value[0]
    details: list[Any] = [ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=_shortened(error.metadata))]
    detail = _detail(error)
    if detail is not None:
        details.append(detail)
    status = status_pb2.Status(code=code, message=error.message[:_LONGEST_TEXT])
    for message in details:
        packed = AnyMessage()
        packed.Pack(message)
        status.details.append(packed)
    return status


def internal_status(incident_id: str) -> status_pb2.Status:
    """Return the status of an unexpected exception: an incident id and nothing of the exception."""
    info = AnyMessage()
    info.Pack(ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"incident_id": incident_id}))
    code: int = grpc.StatusCode.INTERNAL.value[0]
    return status_pb2.Status(code=code, message=f"internal error, incident {incident_id}", details=[info])


def _detail(error: LeadlineError) -> Any:
    if isinstance(error, InvalidInput):
        violations = [
            BadRequest.FieldViolation(field=violation.field[:_LONGEST_TEXT], description=violation.rule[:_LONGEST_TEXT])
            for violation in error.violations[:_MOST_VIOLATIONS]
        ]
        return BadRequest(field_violations=violations)
    if isinstance(error, NotFound | AlreadyExists):
        return ResourceInfo(resource_type=error.kind, resource_name=error.key[:_LONGEST_TEXT])
    if isinstance(error, WrongState):
        violation = PreconditionFailure.Violation(type=error.reason, description=error.message[:_LONGEST_TEXT])
        return PreconditionFailure(violations=[violation])
    if isinstance(error, OverLimit | DependencyDown):
        delay = Duration()
        delay.FromTimedelta(error.retry_after)
        return RetryInfo(retry_delay=delay)
    return None


def _shortened(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: value[:_LONGEST_TEXT] for key, value in metadata.items()}
