"""An action of a catalogue: built valid or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.criteria.criterion import Criterion
from core.errors import InvalidInput, Violation

MOST_EXCLUSIONS = 1_000
MOST_CONTEXT_WEIGHTS = 50
LONGEST_TITLE = 200
LONGEST_NAME = 64
LONGEST_REASON = 200
LONGEST_WORDING = 2_000
MOST_CAP = 10_000
MOST_DAILY_CAP = 1_000_000_000
MOST_AMOUNT = 1e12
"""Largest value and cost, in the tenant's currency."""
LEAST_LEVER, MOST_LEVER = 0.1, 10.0
MOST_PRIORITY = 100.0
LEAST_PERCENT, MOST_PERCENT = -90.0, 900.0
SHORTEST_WINDOW, LONGEST_WINDOW = timedelta(minutes=1), timedelta(days=366)
NO_TIME = timedelta(0)

_is_action_id = re.compile(r"[a-z0-9_\-]{1,64}").fullmatch
_ACTION_ID_RULE = "must be 1 to 64 characters of a-z 0-9 _ -"


class ActionCategory(StrEnum):
    """What an action is for."""

    IMMEDIATE_RESPONSE = "immediate_response"
    ENGAGEMENT = "engagement"
    NURTURING = "nurturing"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCap:
    """At most so many within a rolling window.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    count: int
    """1 to 10,000."""
    window: timedelta
    """1 minute to 366 days."""

    def __post_init__(self) -> None:
        found = []
        if not 1 <= self.count <= MOST_CAP:
            found.append(Violation(field="count", rule=f"must be 1 to {MOST_CAP:,}"))
        if not SHORTEST_WINDOW <= self.window <= LONGEST_WINDOW:
            found.append(Violation(field="window", rule="must be 1 minute to 366 days"))
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolDown:
    """How long to wait after an action; nothing: not at all.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    action: timedelta = NO_TIME
    """After this very action."""
    group: timedelta = NO_TIME
    """After any action of its group."""
    channel: timedelta = NO_TIME
    """After any action on its channel."""

    def __post_init__(self) -> None:
        found = [
            Violation(field=name, rule="must be 0 to 366 days")
            for name in ("action", "group", "channel")
            if not NO_TIME <= getattr(self, name) <= LONGEST_WINDOW
        ]
        if found:
            raise InvalidInput(found)


NO_COOL_DOWN = CoolDown()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextWeight:
    """More, or less, weight where a criterion holds.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    criterion: Criterion
    percent: float
    """-90 to 900. Those that hold are added before they are used."""
    reason: str
    """In words, 1 to 200 characters."""

    def __post_init__(self) -> None:
        found = []
        if not LEAST_PERCENT <= self.percent <= MOST_PERCENT:
            found.append(Violation(field="percent", rule=f"must be {LEAST_PERCENT:g} to {MOST_PERCENT:g}"))
        if not 1 <= len(self.reason) <= LONGEST_REASON:
            found.append(Violation(field="reason", rule=f"must be 1 to {LONGEST_REASON} characters"))
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    action_id: str
    title: str
    category: ActionCategory
    group: str = ""
    """"" for none."""
    channel: str = ""
    """"" for none: then it has no quiet hours and needs no consent."""
    eligibility: Criterion | None = None
    """Which leads it is for; None for all."""
    start_time: datetime | None = None
    end_time: datetime | None = None
    """Not part of its time any more."""
    cool_down: CoolDown = NO_COOL_DOWN
    lead_cap: ContactCap | None = None
    agent_cap: ContactCap | None = None
    daily_cap: int = 0
    """Over all leads of the tenant, in the UTC day; 0 for none."""
    excluded_action_ids: tuple[str, ...] = ()
    exclusion_window: timedelta = NO_TIME
    """How long excluded ones rest after it was taken, and it after them; nothing: only within one answer."""
    needs_consent: bool = False
    value: float = 0.0
    """What a conversion after it is worth, in the tenant's currency."""
    cost: float = 0.0
    lever: float = 1.0
    """The business's own weight, 0.1 to 10."""
    priority: float = 0.0
    """Static order where nothing is known, 0 to 100."""
    context_weights: tuple[ContextWeight, ...] = ()
    due_within: timedelta | None = None
    """None: by its urgency."""
    wording: str = ""
    """Suggested words, with places like {lead.title}: see :mod:`core.actions.wording`."""

    def __post_init__(self) -> None:
        found = [*_text_problems(self), *_time_problems(self), *_amount_problems(self), *_list_problems(self)]
        if found:
            raise InvalidInput(found)


def action_id_problem(action_id: str) -> str:
    """Return what is wrong with an action's id, "" if nothing is."""
    return "" if _is_action_id(action_id) else _ACTION_ID_RULE


def _text_problems(action: Action) -> Iterator[Violation]:
    if _is_action_id(action.action_id) is None:
        yield Violation(field="action_id", rule=_ACTION_ID_RULE)
    if not 1 <= len(action.title) <= LONGEST_TITLE:
        yield Violation(field="title", rule=f"must be 1 to {LONGEST_TITLE} characters")
    for name in ("group", "channel"):
        if len(getattr(action, name)) > LONGEST_NAME or not getattr(action, name).isprintable():
            rule = f"must be at most {LONGEST_NAME} characters, none of them a control character"
            yield Violation(field=name, rule=rule)
    if len(action.wording) > LONGEST_WORDING:
        yield Violation(field="wording", rule=f"must be at most {LONGEST_WORDING:,} characters")
    if action.needs_consent and not action.channel:
        yield Violation(field="needs_consent", rule="must be false without a channel: consent is given to one")


def _time_problems(action: Action) -> Iterator[Violation]:
    start, end = action.start_time, action.end_time
    if start is not None and end is not None and start >= end:
        yield Violation(field="end_time", rule="must be after start_time")
    if not NO_TIME <= action.exclusion_window <= LONGEST_WINDOW:
        yield Violation(field="exclusion_window", rule="must be 0 to 366 days")
    if action.exclusion_window and not action.excluded_action_ids:
        yield Violation(field="exclusion_window", rule="must not be set without excluded_action_ids")
    if action.due_within is not None and not NO_TIME < action.due_within <= LONGEST_WINDOW:
        yield Violation(field="due_within", rule="must be more than 0 and at most 366 days")


def _amount_problems(action: Action) -> Iterator[Violation]:
    for name in ("value", "cost"):
        if not 0.0 <= getattr(action, name) <= MOST_AMOUNT:
            yield Violation(field=name, rule=f"must be 0 to {MOST_AMOUNT:g}")
    if not LEAST_LEVER <= action.lever <= MOST_LEVER:
        yield Violation(field="lever", rule=f"must be {LEAST_LEVER} to {MOST_LEVER:g}")
    if not 0.0 <= action.priority <= MOST_PRIORITY:
        yield Violation(field="priority", rule=f"must be 0 to {MOST_PRIORITY:g}")
    if not 0 <= action.daily_cap <= MOST_DAILY_CAP:
        yield Violation(field="daily_cap", rule=f"must be 0 to {MOST_DAILY_CAP:,}")


def _list_problems(action: Action) -> Iterator[Violation]:
    excluded = action.excluded_action_ids
    if len(excluded) > MOST_EXCLUSIONS:
        yield Violation(field="excluded_action_ids", rule=f"must be at most {MOST_EXCLUSIONS:,}")
    elif len(set(excluded)) != len(excluded):
        yield Violation(field="excluded_action_ids", rule="must not name an action twice")
    if action.action_id in excluded:
        yield Violation(field="excluded_action_ids", rule="must not name the action itself")
    if len(action.context_weights) > MOST_CONTEXT_WEIGHTS:
        yield Violation(field="context_weights", rule=f"must be at most {MOST_CONTEXT_WEIGHTS}")
