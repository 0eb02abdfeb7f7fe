"""How soon an action is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from core.actions.action import Action, ActionCategory
from core.criteria.facts import Facts


class Urgency(StrEnum):
    """How soon, the soonest first."""

    IMMEDIATE = "immediate"
    TODAY = "today"
    THIS_WEEK = "this_week"
    LATER = "later"


DUE_WITHIN: Mapping[Urgency, timedelta] = {
    Urgency.IMMEDIATE: timedelta(hours=1),
    Urgency.TODAY: timedelta(days=1),
    Urgency.THIS_WEEK: timedelta(days=7),
    Urgency.LATER: timedelta(days=30),
}
"""The longest time that is still as urgent."""
_USUAL: Mapping[ActionCategory, Urgency] = {
    ActionCategory.IMMEDIATE_RESPONSE: Urgency.TODAY,
    ActionCategory.ENGAGEMENT: Urgency.THIS_WEEK,
    ActionCategory.NURTURING: Urgency.LATER,
    ActionCategory.CONVERSION: Urgency.THIS_WEEK,
}
_PRESSED: Mapping[ActionCategory, Urgency] = {
    ActionCategory.IMMEDIATE_RESPONSE: Urgency.IMMEDIATE,
    ActionCategory.ENGAGEMENT: Urgency.TODAY,
    ActionCategory.NURTURING: Urgency.THIS_WEEK,
    ActionCategory.CONVERSION: Urgency.TODAY,
}
_PRESSING = ("analysis.is_urgent", "analysis.is_unanswered")
"""Either makes what is to be done more urgent."""


def urgency_of(action: Action, facts: Facts) -> Urgency:
    """Return how soon an action is due: as the catalogue says, or else by its category and the conversation."""
    if action.due_within is None:
        is_pressing = any(facts.get(name) is True for name in _PRESSING)
        return (_PRESSED if is_pressing else _USUAL)[action.category]
    for urgency, longest in DUE_WITHIN.items():
        if action.due_within <= longest:
            return urgency
    return Urgency.LATER


def due_time(action: Action, urgency: Urgency, now: datetime) -> datetime:
    """Return by when an action is due: not after its own end."""
    within = DUE_WITHIN[urgency] if action.due_within is None else action.due_within
    due = now + within
    return due if action.end_time is None else min(due, action.end_time)
