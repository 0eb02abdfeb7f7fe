"""Leads as callers write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

AttributeValue = str | float | int | bool | None
"""A text, a finite number, a yes or no; None and the empty text mean missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One lead. Empty text and ``None`` mean "not known". The server checks it and names every broken field.

    A lead that carries only its ``lead_id`` is scored as the server stores it.
    """

    lead_id: str
    """1 to 128 characters of A-Z a-z 0-9 _ . : -"""
    title: str = ""
    description: str = ""
    category: str = ""
    """Levels separated by "/", for example ``software/qa``."""
    location_name: str = ""
    price: float | None = None
    """Price, salary or budget, finite, >= 0."""
    email: str = ""
    phone: str = ""
    posted_time: datetime | None = None
    """Aware, between 1970 and 2100."""
    owner_id: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    """Anything else known of the lead, at most 256 entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadOutcome:
    """What became of a lead."""

    converted: bool
    outcome_time: datetime | None = None
    """When it was known; None means the moment the server records it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadWrite:
    """One lead to write; without an outcome the stored one stays."""

    lead: Lead
    outcome: LeadOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLead:
    """A lead as the server keeps it."""

    lead: Lead
    outcome: LeadOutcome | None
    create_time: datetime | None
    update_time: datetime | None
    revision: int
    """Number of writes so far, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertResult:
    """What a write did."""

    created_count: int
    updated_count: int
    request_id: str
    """The idempotency key the write went under."""
