"""Actions: what can be done next, and the catalogue that says when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from leadline.criterion import Criterion


class ActionCategory(Enum):
    """What an action is for."""

    IMMEDIATE_RESPONSE = "immediate_response"
    ENGAGEMENT = "engagement"
    NURTURING = "nurturing"
    CONVERSION = "conversion"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCap:
    """At most so many within a rolling window."""

    count: int
    """1 to 10,000."""
    window: timedelta
    """1 minute to 366 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolDown:
    """How long to wait after an action."""

    action: timedelta = timedelta(0)
    """After this very action."""
    group: timedelta = timedelta(0)
    """After any action of its group."""
    channel: timedelta = timedelta(0)
    """After any action on its channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextWeight:
    """More, or less, weight where a criterion holds."""

    criterion: Criterion
    percent: float
    """-90 to 900. Those that hold are added before they are used."""
    reason: str
    """In words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action."""

    action_id: str
    """1 to 64 of a-z, 0-9, _ and -."""
    title: str
    category: ActionCategory
    group: str = ""
    """For cool-downs."""
    channel: str = ""
    """"call", "email", ...; empty: none, and no quiet hours or consent."""
    eligibility: Criterion | None = None
    """Which leads it is for; None: all."""
    start_time: datetime | None = None
    end_time: datetime | None = None
    cool_down: CoolDown | None = None
    lead_cap: ContactCap | None = None
    agent_cap: ContactCap | None = None
    daily_cap: int = 0
    """Over all leads, in the UTC day; 0: no cap."""
    excluded_action_ids: Sequence[str] = ()
    """Actions that must not be in one answer with it; both ways."""
    exclusion_window: timedelta | None = None
    """How long an excluded action rests after the other was taken."""
    needs_consent: bool = False
    value: float = 0.0
    """What a conversion after it is worth."""
    cost: float = 0.0
    lever: float = 1.0
    """Your own weight, 0.1 to 10."""
    priority: float = 0.0
    """Static order where nothing is known, 0 to 100."""
    context_weights: Sequence[ContextWeight] = ()
    due_within: timedelta | None = None
    """None: by its urgency."""
    wording: str = ""
    """Suggested words, with places like {lead.title}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When a channel is quiet, in the lead's own time zone."""

    channel: str = ""
    """Empty: all that have none of their own."""
    start_minute: int = 0
    """Of the day, 0 to 1439."""
    end_minute: int = 0
    """Before ``start_minute``: past midnight."""
    quiet_weekdays: Sequence[int] = ()
    """Quiet all day: 1 is Monday, 7 Sunday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCatalog:
    """The actions of a tenant, and what holds for all of them."""

    actions: Sequence[Action]
    """1 to 1,000."""
    quiet_hours: Sequence[QuietHours] = ()
    default_time_zone: str = ""
    """Empty: UTC."""
    time_zone_attribute: str = ""
    """Attribute of a lead that holds its zone. Empty: "time_zone"."""
    consent_prefix: str = ""
    """A lead's attribute "<prefix><channel>" that is true is its consent. Empty: "consent_"."""
    lead_cap: ContactCap | None = None
    """All actions of a lead together."""
    agent_cap: ContactCap | None = None
    """All actions of an agent together."""
    exploration: float = 0.0
    """Probability, 0 to 0.2, with which the first place is given by chance."""
    not_now_half_life: timedelta | None = None
    """None: 7 days."""
    outcome_window: timedelta | None = None
    """None: 30 days."""
    baseline_action_id: str = ""
    """Stands for doing nothing. Empty: the average of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCatalogVersion:
    """A published catalogue."""

    version: int
    """0: the built-in one, or one that was only checked."""
    catalog: ActionCatalog | None
    """None in a list."""
    is_active: bool
    created_by: str
    create_time: datetime | None
    reason: str
