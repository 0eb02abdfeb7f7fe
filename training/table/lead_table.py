"""Labelled leads, in order of time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTable:
    """Leads whose outcome is known, from the oldest to the newest: n rows."""

    leads: tuple[Lead, ...]
    outcomes: npt.NDArray[np.bool_]
    """(n,): whether each lead converted."""
    moments: tuple[datetime | None, ...]
    """When each lead was to be scored: its posted time. None where the file has no clock."""
    outcome_times: tuple[datetime | None, ...]
    order: npt.NDArray[np.float64]
    """(n,): rank in time from 0, rising; leads of one moment share it. The row number where nothing tells the time."""
    in_time_order: bool
    """Whether anything in the file tells the time; otherwise the rows are in the order of the file."""
    numeric_attributes: tuple[str, ...]
    categorical_attributes: tuple[str, ...]
    source: str
    """Name of the file."""
    fingerprint: str
    """SHA-256 over the rows in order, hexadecimal: the same leads and outcomes give the same."""
    columns_of_attribute: Mapping[str, str]
    """Attribute to the column it came from."""
    places: tuple[str, ...]
    """Where each row is in the file, for example ``line 17``."""
    unlabelled_count: int
    """Rows that were left out because their outcome is not known."""
    undated_count: int
    """Rows with an outcome that were left out because their place in time is not known."""
    date_format: str | None
    known_at_scoring: frozenset[str]
    """Attributes and fields a person vouches for."""


def fingerprint_rows(leads: Iterable[Lead], outcomes: Sequence[bool], outcome_times: Sequence[datetime | None]) -> str:
    """Return the SHA-256 over every field of every lead and its outcome, in order, hexadecimal."""
    digest = hashlib.sha256()
    for lead, converted, known in zip(leads, outcomes, outcome_times, strict=True):
        row = [
            *(lead.lead_id, lead.title, lead.description, lead.category, lead.location_name, lead.price),
            *(lead.email, lead.phone, _iso(lead.posted_time), lead.owner_id, sorted(lead.attributes.items())),
            *(bool(converted), _iso(known)),
        ]
        digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
