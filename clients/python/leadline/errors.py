"""The errors a call can end with: one tree, decoded from what the server sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import grpc


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule."""

    field: str
    """Path of the field, for example ``leads[17].price``; the subject of a failed precondition or quota."""
    rule: str
    """What must hold."""


class LeadlineError(Exception):
    """Base of every error a call can end with.

    Args:
        message: What went wrong, for people.
        code: gRPC status; each subclass has its own.
        reason: Stable UPPER_SNAKE_CASE word to branch on, empty if the answer did not come from a Leadline server.
        metadata: The variable parts of the message.
        violations: Every broken rule.
        retry_after: How long to wait before trying again, if the server said so.
        request_id: Idempotency key of a failed write: repeat the call with it and nothing is written twice.
    """

    code: grpc.StatusCode = grpc.StatusCode.UNKNOWN

    def __init__(
        self,
        message: str = "",
        *,
        code: grpc.StatusCode | None = None,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        retry_after: timedelta | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.reason = reason
        self.metadata: Mapping[str, str] = metadata or {}
        self.violations = tuple(violations)
        self.retry_after = retry_after
        self.request_id = request_id


class InvalidRequest(LeadlineError):
    """The request can never be right; ``violations`` names every broken field."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    @classmethod
    def of(cls, violations: Sequence[Violation]) -> InvalidRequest:
        """Make the error this client raises before it sends anything."""
        message = "; ".join(f"{violation.field} {violation.rule}" for violation in violations)
        return cls(message, reason="INVALID_REQUEST", violations=violations)


class NotFound(LeadlineError):
    """Nothing is stored under that id."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(LeadlineError):
    """The id is taken, or the request id was used for another request."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(LeadlineError):
    """The request is right, but not now; ``reason`` says what is missing."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(LeadlineError):
    """Somebody else changed the same thing first: read again and decide."""

    code = grpc.StatusCode.ABORTED


class ResourceExhausted(LeadlineError):
    """Too much at once; come back after ``retry_after``."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unavailable(LeadlineError):
    """No server answered, after every retry."""

    code = grpc.StatusCode.UNAVAILABLE


class DeadlineExceeded(LeadlineError):
    """The answer did not come in time. A write may have happened: repeat it with the same request id."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Unauthenticated(LeadlineError):
    """The server does not know who asks: the key is missing or wrong."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(LeadlineError):
    """The key is right but does not allow this."""

    code = grpc.StatusCode.PERMISSION_DENIED


class NotOffered(LeadlineError):
    """The method is part of the contract but this server does not offer it."""

    code = grpc.StatusCode.UNIMPLEMENTED


class InternalError(LeadlineError):
    """The server failed; its operators find the cause in their log under ``incident_id``."""

    code = grpc.StatusCode.INTERNAL

    @property
    def incident_id(self) -> str:
        """Random id of the incident, empty if the server sent none."""
        return self.metadata.get("incident_id", "")


def error_class(code: grpc.StatusCode) -> type[LeadlineError]:
    """Return the class for a status; the base class for one without a class of its own."""
    return next((kind for kind in _CLASSES if kind.code is code), LeadlineError)


_CLASSES: Final = (
    InvalidRequest,
    NotFound,
    AlreadyExists,
    FailedPrecondition,
    Aborted,
    ResourceExhausted,
    Unavailable,
    DeadlineExceeded,
    Unauthenticated,
    PermissionDenied,
    NotOffered,
    InternalError,
)
