"""Labels: what is known of how a lead turned out, how sure that is, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.identifiers import LeadId, TenantId


class Provenance(StrEnum):
    """What a label rests on."""

    OUTCOME = "outcome"
    """The outcome written with the lead."""
    CONVERSION = "conversion"
    DISMISSAL = "dismissal"
    WINDOW_CLOSED = "window_closed"
    """Nothing came within the outcome window."""
    RATING = "rating"
    CONTACT = "contact"
    VIEW = "view"
    ARCHIVE = "archive"
    ENGAGEMENT = "engagement"
    """A reply, an appointment or a save."""


OUTCOMES = frozenset({Provenance.OUTCOME, Provenance.CONVERSION, Provenance.DISMISSAL, Provenance.WINDOW_CLOSED})
"""These tell how a lead ended; the others only how it looked on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is known of one lead."""

    lead_id: LeadId
    target: float
    """In [0, 1]; 0 or 1 where ``is_outcome``."""
    weight: float
    """In (0, 1]."""
    is_outcome: bool
    """Whether the lead's end is known. Calibration and every figure of quality rest on outcomes alone."""
    mature_time: datetime
    """When the label became what it is: when that happened."""
    known_time: datetime
    """When the newest piece it rests on was recorded, which may be later; when the window closed if it rests on that.
    Whatever asks for labels that are new since a moment asks for this."""
    provenance: tuple[Provenance, ...]
    """Sorted, without repeats."""
    shown_version: str = ""
    """Version of the score that was shown with it, as a signed token in the feedback says; "" without one."""
    shown_probability: float | None = None
    shown_token_id: str = ""
    label_key: str = ""
    """SHA-256 over all of the above but weight and known_time, hexadecimal: another label of the same lead has another.
    The weight moves with the labels of other leads and with time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSet:
    """Every label of a tenant as of a moment: the same moment gives the same labels, bit for bit."""

    tenant: TenantId
    as_of: datetime
    labels: tuple[Label, ...]
    """Ordered by (mature_time, lead_id), each lead once."""
    pending_count: int
    """Leads with feedback, or shown, that are neither closed nor labelled yet."""
    fingerprint: str
    """SHA-256 over the version of the rules, then key and weight of every label in order, hexadecimal."""

    def outcomes(self) -> Sequence[Label]:
        """Return the labels that tell how a lead ended, in order."""
        return [label for label in self.labels if label.is_outcome]


class LabelReader(Protocol):
    """Makes label sets from what was recorded."""

    def label_set(self, tenant: TenantId, as_of: datetime) -> LabelSet:
        """Return the labels as they were known at ``as_of``: only what was recorded by then counts."""
