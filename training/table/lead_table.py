"""Labelled leads, in order of time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.features.behavior import BehaviorValues
from core.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTable:
    """Leads with labels, from the oldest to the newest: n rows."""

    leads: tuple[Lead, ...]
    outcomes: npt.NDArray[np.bool_]
    """(n,): whether each lead converted."""
    moments: tuple[datetime | None, ...]
    """When each lead was to be scored: its posted time, unless the file says otherwise. None where it has no clock."""
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
    targets: npt.NDArray[np.float64] | None = None
    """(n,), each in [0, 1]: what the trees learn; None: the outcomes."""
    weights: npt.NDArray[np.float64] | None = None
    """(n,), each in (0, 1]; None: all rows count alike."""
    judged: npt.NDArray[np.bool_] | None = None
    """(n,): whose outcome is known for sure; None: everybody's. The outcome of the others is that their target is 1/2
    or more; it counts nowhere."""
    behavior: tuple[BehaviorValues | None, ...] | None = None
    """(n,): features of what each lead did, from events recorded before its moment, None: not known. None for all: no
    events."""
    facts: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """What else the manifest says of the rows."""

    def judged_rows(self) -> npt.NDArray[np.intp]:
        """Return the positions of the rows whose outcome is known for sure."""
        if self.judged is None:
            return np.arange(len(self.leads), dtype=np.intp)
        return np.flatnonzero(self.judged)

    def only_judged(self) -> LeadTable:
        """Return the table without the rows whose outcome is not known for sure."""
        if self.judged is None:
            return self
        kept = self.judged_rows()
        return replace(
            self,
            leads=tuple(self.leads[i] for i in kept),
            outcomes=self.outcomes[kept],
            moments=tuple(self.moments[i] for i in kept),
            outcome_times=tuple(self.outcome_times[i] for i in kept),
            order=self.order[kept],
            places=tuple(self.places[i] for i in kept),
            targets=None if self.targets is None else self.targets[kept],
            weights=None if self.weights is None else self.weights[kept],
            judged=None,
            behavior=None if self.behavior is None else tuple(self.behavior[i] for i in kept),
        )


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
