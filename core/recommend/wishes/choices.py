"""What a lead chose, session by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.event import Event
from core.recommend.interaction import PREFERENCES

SESSION_GAP_US = 30 * 60 * 1_000_000
"""Events further apart are of different sessions."""
_CHOOSING = frozenset(kind.value for kind, weight in PREFERENCES.items() if weight > 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """One item a lead showed interest in, as the catalogue described it then."""

    occurred_us: int
    item_type: str
    location_name: str
    price_e4: int | None


def sessions_of(events: Sequence[Event]) -> list[list[Choice]]:
    """Return the choices of each session, oldest first.

    What one session holds hangs together: a lead looks at five lofts in a row because the first led to the others. So
    sessions, not events, are what may be exchanged with one another if nothing has changed.

    Args:
        events: Of one lead, in any order.
    """
    chosen = sorted((event for event in events if _is_choice(event)), key=lambda e: (e.occurred_us, e.event_id))
    sessions: list[list[Choice]] = []
    last_us = None
    for event in chosen:
        if last_us is None or event.occurred_us - last_us > SESSION_GAP_US:
            sessions.append([])
        sessions[-1].append(_choice(event))
        last_us = event.occurred_us
    return sessions


def _is_choice(event: Event) -> bool:
    swiped = event.kind == "item_swiped" and event.positive is True
    return bool(event.item_id) and (event.kind in _CHOOSING or swiped)


def _choice(event: Event) -> Choice:
    price = event.price_e4 if event.price_e4 is not None else event.item_price_e4
    return Choice(event.occurred_us, event.item_type, event.item_location, price)
