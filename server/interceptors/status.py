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
    OverLimit,
    PermissionDenied,
    Unauthenticated,
    VersionConflict,
    WrongState,
)
from core.monitoring.alert_delivery import DeliveryFailed

DOMAIN = "leadline"
CODES: dict[type[LeadlineError], grpc.StatusCode] = {
    InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    NotFound: grpc.StatusCode.NOT_FOUND,
    AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    WrongState: grpc.StatusCode.FAILED_PRECONDITION,
    VersionConflict: grpc.StatusCode.ABORTED,
    OverLimit: grpc.StatusCode.RESOURCE_EXHAUSTED,
    DependencyDown: grpc.StatusCode.UNAVAILABLE,
    DeadlineSpent: grpc.StatusCode.DEADLINE_EXCEEDED,
    DeliveryFailed: grpc.StatusCode.UNAVAILABLE,
}
_MOST_VIOLATIONS = 50
# A status travels in the trailers, of which clients accept 8 KiB: once as the message, percent-encoded,
# and once as the whole, in base64. These keep the worst case below that.
_TEXT_BYTES = 500
_VIOLATIONS_BYTES = 2_500


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
    details: list[Any] = [ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=_all_shortened(error.metadata))]
    detail = _detail(error)
    if detail is not None:
        details.append(detail)
    status = status_pb2.Status(code=code, message=_shortened(error.message))
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
        return _bad_request(error)
    if isinstance(error, NotFound | AlreadyExists):
        return ResourceInfo(resource_type=error.kind, resource_name=_shortened(error.key))
    if isinstance(error, WrongState):
        violation = PreconditionFailure.Violation(type=error.reason, description=_shortened(error.message))
        return PreconditionFailure(violations=[violation])
    if isinstance(error, OverLimit | DependencyDown):
        delay = Duration()
        delay.FromTimedelta(error.retry_after)
        return RetryInfo(retry_delay=delay)
    return None


def _bad_request(error: InvalidInput) -> BadRequest:
    """Name as many broken fields as fit; always the first."""
    request = BadRequest()
    for violation in error.violations[:_MOST_VIOLATIONS]:
        request.field_violations.add(field=_shortened(violation.field), description=_shortened(violation.rule))
        if request.ByteSize() > _VIOLATIONS_BYTES and len(request.field_violations) > 1:
            del request.field_violations[-1]
            break
    return request


def _shortened(text: str) -> str:
    return text.encode("utf-8", "replace")[:_TEXT_BYTES].decode("utf-8", "ignore")


def _all_shortened(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: _shortened(value) for key, value in metadata.items()}
