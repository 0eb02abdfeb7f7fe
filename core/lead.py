"""A lead as the domain sees it: built valid or not at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.errors import InvalidInput, Violation
from core.identifiers import IDENTIFIER_RULE, LeadId, _is_identifier

AttributeValue = str | float | bool

MAX_ATTRIBUTES = 256
MAX_ATTRIBUTE_NAME = 100
MAX_ATTRIBUTE_TEXT = 1_000
MAX_TITLE = 1_000
MAX_DESCRIPTION = 20_000
MAX_SHORT_TEXT = 200
MAX_EMAIL = 320
MAX_PHONE = 64
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_NO_ATTRIBUTES: Mapping[str, AttributeValue] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One lead. Empty text and ``None`` mean "not known".

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    lead_id: LeadId
    title: str = ""
    description: str = ""
    category: str = ""
    location_name: str = ""
    price: float | None = None
    """In the tenant's currency, finite, >= 0."""
    email: str = ""
    phone: str = ""
    posted_time: datetime | None = None
    """Aware, between 1970 and 2100."""
    owner_id: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: _NO_ATTRIBUTES)
    """Numbers are finite; empty texts are left out by the caller or treated as missing."""

    def __post_init__(self) -> None:
        if _is_fine(self):
            return
        violations = _violations(self)
        if violations:
            raise InvalidInput(violations)

    def is_reference(self) -> bool:
        """Return whether the lead carries nothing but its id."""
        return not (
            self.title
            or self.description
            or self.attributes
            or self.category
            or self.location_name
            or self.price is not None
            or self.email
            or self.phone
            or self.posted_time is not None
            or self.owner_id
        )


def _is_fine(lead: Lead) -> bool:
    """Answer the common case fast; ``False`` only means "look closer"."""
    price = lead.price
    posted = lead.posted_time
    return (
        _is_identifier(lead.lead_id) is not None
        and len(lead.title) <= MAX_TITLE
        and len(lead.description) <= MAX_DESCRIPTION
        and len(lead.category) <= MAX_SHORT_TEXT
        and len(lead.location_name) <= MAX_SHORT_TEXT
        and len(lead.email) <= MAX_EMAIL
        and len(lead.phone) <= MAX_PHONE
        and (price is None or 0.0 <= price < math.inf)
        and (posted is None or (posted.tzinfo is not None and EARLIEST <= posted < LATEST))
        and not lead.owner_id
        and (not lead.attributes or _are_fine(lead.attributes))
    )


def _are_fine(attributes: Mapping[str, AttributeValue]) -> bool:
    """Answer the common case fast, as :func:`_is_fine` does."""
    if len(attributes) > MAX_ATTRIBUTES:
        return False
    for name, value in attributes.items():
        if not 0 < len(name) <= MAX_ATTRIBUTE_NAME:
            return False
        if type(value) is str:
            if len(value) > MAX_ATTRIBUTE_TEXT:
                return False
        elif not -math.inf < value < math.inf:  # type: ignore[operator]  # a str is handled above
            return False
    return True


def _violations(lead: Lead) -> list[Violation]:
    found: list[Violation] = []

    def check(holds: bool, name: str, rule: str) -> None:
        if not holds:
            found.append(Violation(field=name, rule=rule))

    check(_is_identifier(lead.lead_id) is not None, "lead_id", IDENTIFIER_RULE)
    check(not lead.owner_id or _is_identifier(lead.owner_id) is not None, "owner_id", IDENTIFIER_RULE)
    for name, limit in _TEXT_LIMITS:
        check(len(getattr(lead, name)) <= limit, name, f"must be at most {limit:,} characters")
    check(lead.price is None or 0.0 <= lead.price < math.inf, "price", "must be finite and not negative")
    posted = lead.posted_time
    in_range = posted is None or (posted.tzinfo is not None and EARLIEST <= posted < LATEST)
    check(in_range, "posted_time", "must be between 1970-01-01 and 2100-01-01")
    check(len(lead.attributes) <= MAX_ATTRIBUTES, "attributes", f"must have at most {MAX_ATTRIBUTES} entries")
    for name, value in list(lead.attributes.items())[:MAX_ATTRIBUTES]:
        _check_attribute(name, value, found)
    return found


def _check_attribute(name: str, value: AttributeValue, found: list[Violation]) -> None:
    if not 1 <= len(name) <= MAX_ATTRIBUTE_NAME:
        rule = f"must have keys of 1 to {MAX_ATTRIBUTE_NAME} characters"
        found.append(Violation(field="attributes", rule=rule))
        return
    path = f"attributes[{name!r}]"
    if isinstance(value, str):
        if len(value) > MAX_ATTRIBUTE_TEXT:
            found.append(Violation(field=path, rule=f"must be at most {MAX_ATTRIBUTE_TEXT:,} characters"))
    elif not math.isfinite(value):
        found.append(Violation(field=path, rule="must be a finite number"))


_TEXT_LIMITS = (
    ("title", MAX_TITLE),
    ("description", MAX_DESCRIPTION),
    ("category", MAX_SHORT_TEXT),
    ("location_name", MAX_SHORT_TEXT),
    ("email", MAX_EMAIL),
    ("phone", MAX_PHONE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadOutcome:
    """What became of a lead, and when that was known."""

    converted: bool
    outcome_time: datetime | None = None
    """Aware. None in a write: the moment the write is recorded. Always set on what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLead:
    """A lead as kept: its newest revision, its outcome if one is known, and when both were recorded."""

    lead: Lead
    outcome: LeadOutcome | None
    create_time: datetime
    update_time: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadWrite:
    """One lead to write; without an outcome the stored one stays."""

    lead: Lead
    outcome: LeadOutcome | None = None
