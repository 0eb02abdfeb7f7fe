"""What is known of an action to whom only its id is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.identifiers import TenantId

OUTCOME_WINDOW = timedelta(days=30)
"""Outcomes later than this are not the action's any more, where the catalogue does not say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAction:
    """What outcomes need to know of an action."""

    action_id: str
    group: str
    channel: str
    value: float
    """Of a conversion, in the tenant's currency, >= 0."""
    cost: float
    """Of the action, >= 0."""
    outcome_window: timedelta = OUTCOME_WINDOW
    """Of its catalogue."""


class KnownActions(Protocol):
    """Looks actions up in the catalogue that is in use."""

    def find(self, tenant: TenantId, action_id: str) -> KnownAction | None:
        """Return what is known of an action, None if the catalogue does not have it."""
