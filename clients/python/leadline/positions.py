"""Moves field paths from the call they were sent in to the list the caller gave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from leadline.errors import InvalidRequest, LeadlineError, Violation

_INDEX: Final = re.compile(r"\bleads\[(\d+)\]")

AnyError = TypeVar("AnyError", bound=LeadlineError)


def prefixed(error: InvalidRequest, prefix: str) -> InvalidRequest:
    """Return the error of one lead with every field below ``prefix``."""
    return InvalidRequest.of([Violation(field=f"{prefix}.{v.field}", rule=v.rule) for v in error.violations])


def moved(error: AnyError, positions: Sequence[int]) -> AnyError:
    """Return the error of a call with ``leads[i]`` as ``leads[positions[i]]``; other indices stay."""

    def place(match: re.Match[str]) -> str:
        index = int(match.group(1))
        return f"leads[{positions[index]}]" if index < len(positions) else match.group()

    return type(error)(
        _INDEX.sub(place, error.message),
        code=error.code,
        reason=error.reason,
        metadata=error.metadata,
        violations=[Violation(field=_INDEX.sub(place, v.field), rule=v.rule) for v in error.violations],
        retry_after=error.retry_after,
        request_id=error.request_id,
    )


def positions_named(error: LeadlineError) -> set[int]:
    """Return the positions of the leads that the violations name."""
    return {int(match.group(1)) for v in error.violations if (match := _INDEX.match(v.field))}
