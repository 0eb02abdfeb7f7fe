"""What is known of a lead at a moment: all that its health is worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.conversation.kinds import Objection
from core.criteria.facts import Facts
from core.features.streams.declaration import Value
from core.health.fields import BEHAVIOR
from core.lead import Lead
from core.scoring.result import LeadScore

HOURS_OF_DAY = 24.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """A lead's record, score, behaviour and conversations, each as far as it is known."""

    lead_id: str
    moment: datetime
    lead: Lead | None = None
    """Its record; None of a lead that has only events."""
    score: LeadScore | None = None
    behavior: Mapping[str, Value]
    """Features of what it did, by name; those of a lead without events where that is unknown."""
    analysis: Facts
    """The ``analysis.*`` facts of its conversations at the moment; empty without any."""
    conversation_count: int = 0
    analysed_time: datetime | None = None
    """When the newest of them was analysed, which stands in for times of messages where they have none."""

    def did(self, name: str) -> float:
        """Return a behaviour feature that is a number, 0 where it has no value."""
        value = self.behavior.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def days(self, name: str) -> float | None:
        """Return a behaviour feature that counts days, at least 0; None where it has no value."""
        value = self.behavior.get(name)
        return max(0.0, float(value)) if isinstance(value, int | float) else None

    def number(self, name: str) -> float | None:
        """Return a number of the analysis by its name without "analysis.", None where it is not known."""
        value = self.analysis.get(f"analysis.{name}")
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool | None:
        """Return a yes or no of the analysis, None where it is not known."""
        value = self.analysis.get(f"analysis.{name}")
        return value if isinstance(value, bool) else None

    def text(self, name: str) -> str:
        """Return a text of the analysis, "" where it is not known."""
        value = self.analysis.get(f"analysis.{name}")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return texts of the analysis, none where they are not known."""
        value = self.analysis.get(f"analysis.{name}")
        return value if isinstance(value, tuple) else ()

    @property
    def event_count(self) -> float:
        """Events of the lead."""
        return self.did("total_interactions")

    @property
    def message_count(self) -> float:
        """Messages of the lead, over its conversations."""
        return self.number("lead_message_count") or 0.0

    @property
    def event_days(self) -> float | None:
        """Days since its newest event."""
        return self.days("days_since_last") if self.event_count else None

    @property
    def message_days(self) -> float | None:
        """Days since its newest message, where messages have no times since they were analysed."""
        if not self.message_count:
            return None
        hours = self.number("hours_since_lead_message")
        if hours is not None:
            return max(0.0, hours) / HOURS_OF_DAY
        return 0.0 if self.analysed_time is None else days_between(self.analysed_time, self.moment)

    @property
    def silent_days(self) -> float | None:
        """Days since it was last heard of; None if it never was."""
        return min((days for days in (self.event_days, self.message_days) if days is not None), default=None)

    @property
    def age_days(self) -> float | None:
        """Days since the lead was posted, without such a time since its first event."""
        if self.lead is not None and self.lead.posted_time is not None:
            return days_between(self.lead.posted_time, self.moment)
        return self.days("days_since_first")

    def objects(self, kind: Objection) -> bool:
        """Return whether an objection is open."""
        return kind.value in self.texts("objections")


def days_between(earlier: datetime, later: datetime) -> float:
    """Return the days from one moment to another, at least 0."""
    return max(0.0, (later - earlier) / _DAY)


def fading(days: float | None, half_life: float) -> float:
    """Return what is left after some days of what halves every ``half_life`` days: 1 (now) to 0; 1 for None."""
    return 1.0 if days is None else 2.0 ** (-days / half_life)


def lead_facts(known: Knowledge) -> dict[str, str | float | bool | tuple[str, ...]]:
    """Return the ``lead.*`` and ``behavior.*`` facts; what is not known is left out."""
    facts: dict[str, str | float | bool | tuple[str, ...]] = {
        f"{BEHAVIOR}{name}": value for name, value in known.behavior.items() if value is not None
    }
    if (age := known.age_days) is not None:
        facts["lead.age_days"] = age
    lead = known.lead
    if lead is None:
        return facts
    facts["lead.has_email"], facts["lead.has_phone"] = bool(lead.email), bool(lead.phone)
    for name in ("title", "category", "location_name", "owner_id"):
        if value := getattr(lead, name):
            facts[f"lead.{name}"] = value
    if lead.price is not None:
        facts["lead.price"] = lead.price
    for name, attribute in lead.attributes.items():
        facts[f"lead.attributes.{name}"] = attribute
    return facts
