"""The errors of the domain: one base, so that one table maps them all to the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule of an input."""

    field: str
    """Path of the field as the caller wrote it, for example ``leads[17].price``; a column, row or file for files."""
    rule: str
    """What must hold, in words that start with "must"."""


class LeadlineError(Exception):
    """Base of every error this product raises on purpose.

    Args:
        message: What went wrong, for people. Never holds lead data.
        metadata: Every variable part of the message, for machines.
    """

    reason = "UNSPECIFIED"
    """UPPER_SNAKE_CASE, at most 63 characters, stable: callers branch on it."""

    def __init__(self, message: str, **metadata: str) -> None:
        super().__init__(message)
        self.message = message
        self.metadata: Mapping[str, str] = metadata


class InvalidInput(LeadlineError):
    """The caller sent something that can never be right."""

    reason = "INVALID_REQUEST"

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{v.field} {v.rule}" for v in violations[:5]))
        self.violations = tuple(violations)

    @classmethod
    def of(cls, field: str, rule: str) -> InvalidInput:
        """Make the error for one broken rule."""
        return cls([Violation(field=field, rule=rule)])

    def under(self, prefix: str) -> InvalidInput:
        """Return the same error with every field below ``prefix``, for example ``leads[17]``."""
        return InvalidInput([Violation(field=f"{prefix}.{v.field}", rule=v.rule) for v in self.violations])


class NotFound(LeadlineError):
    """Nothing is stored under that id, or it belongs to someone else."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"no {kind.replace('_', ' ')} {key!r}", kind=kind, id=key)
        self.reason = f"{kind.upper()}_NOT_FOUND"
        self.kind, self.key = kind, key


class AlreadyExists(LeadlineError):
    """The id is taken by something else."""

    def __init__(self, kind: str, key: str, detail: str) -> None:
        super().__init__(f"{kind.replace('_', ' ')} {key!r} {detail}", kind=kind, id=key)
        self.reason = f"{kind.upper()}_ALREADY_EXISTS"
        self.kind, self.key = kind, key


class Unauthenticated(LeadlineError):
    """Nobody knows who calls. Says the same whatever was wrong, so that nobody learns from it by trying."""

    reason = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("this call needs a valid credential")


class PermissionDenied(LeadlineError):
    """The caller is known, and may not do that."""

    reason = "PERMISSION_DENIED"

    def __init__(self, method: str, permission: str) -> None:
        super().__init__(f"{method} needs the permission {permission}", method=method, permission=permission)


class WrongState(LeadlineError):
    """The request is right, but not now. ``reason`` says which precondition failed."""

    def __init__(self, reason: str, message: str, **metadata: str) -> None:
        super().__init__(message, **metadata)
        self.reason = reason


class ArtifactRefused(WrongState):
    """A model artefact is damaged, hostile, or not made for this server."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__("ARTIFACT_REFUSED", f"{file}: {problem}", file=file)


class VersionConflict(LeadlineError):
    """Somebody else changed the same thing first."""

    reason = "VERSION_CONFLICT"


class OverLimit(LeadlineError):
    """The caller asks for more than it may; it may come back after ``retry_after``. ``reason`` says of what."""

    def __init__(self, message: str, *, retry_after: timedelta, reason: str = "RATE_LIMITED", **metadata: str) -> None:
        super().__init__(message, **metadata)
        self.reason = reason
        self.retry_after = retry_after


class DependencyDown(LeadlineError):
    """Something this answer needs does not work, and there is no fallback."""

    reason = "DEPENDENCY_DOWN"

    def __init__(self, dependency: str, *, retry_after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__(f"{dependency} is not available", dependency=dependency)
        self.retry_after = retry_after


class DeadlineSpent(LeadlineError):
    """The caller's deadline passed before the work was done."""

    reason = "DEADLINE_SPENT"
