"""Features as a caller asked for them, and how callers may ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.errors import InvalidInput, Violation
from core.features.streams.declaration import StreamPlan, Value
from core.identifiers import LeadId

MAX_BATCH = 100
"""Leads or pairs of one request."""
_LONGEST_NAME = 64
"""Of a name in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureVector:
    """The features of a lead, or of a lead and an item, at a moment."""

    lead_id: LeadId
    item_id: str = ""
    """"" for features of a lead."""
    values: Mapping[str, Value]
    event_count: int
    """Events that went into it."""
    last_event_us: int | None
    """When the newest of them happened, microseconds since 1970 UTC; None without events."""
    moment_us: int
    up_to_sequence: int
    """Of the newest of them; 0 without events."""
    plan_hash: str
    processing: timedelta
    """How long it took, the wait for the store included."""
    scaling_version: str = ""
    """Version whose training the scaling comes from; "" without scaling."""


def check_names(plan: StreamPlan, names: Sequence[str]) -> None:
    """Check that a plan has all features that were asked for.

    Raises:
        InvalidInput: Names each that it has not, as ``feature_names[2]``.
    """
    if not names:
        return
    known = {feature.name for feature in plan.features}
    unknown = [
        Violation(field=f"feature_names[{place}]", rule=f"must be the name of a feature, not {name[:_LONGEST_NAME]!r}")
        for place, name in enumerate(names)
        if name not in known
    ]
    if unknown:
        raise InvalidInput(unknown)


def chosen(values: Mapping[str, Value], names: Sequence[str]) -> Mapping[str, Value]:
    """Return only the named features; all if none is named."""
    return {name: values[name] for name in names} if names else values


def check_batch(field: str, count: int) -> None:
    """Check the size of a batch.

    Raises:
        InvalidInput: If it has none, or more than 100.
    """
    if not 1 <= count <= MAX_BATCH:
        raise InvalidInput.of(field, f"must be 1 to {MAX_BATCH}, not {count:,}")
