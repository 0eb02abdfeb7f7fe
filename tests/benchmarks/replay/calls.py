"""The calls: leads as they were before each, and how it ended."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.identifiers import LeadId
from core.lead import AttributeValue, Lead

FILE = "bank_marketing/calls.csv.gz"
NUMBERS = ("age", "balance", "campaign", "pdays", "previous", "day")
TEXTS = ("job", "marital", "education", "default", "housing", "loan", "contact", "month", "poutcome")
_NEVER = -1.0
"""In ``pdays``: there was no call before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Leads in the order of their calls, and whether each converted."""

    leads: tuple[Lead, ...]
    outcomes: npt.NDArray[np.bool_]

    def blocks(self, count: int) -> Sequence[slice]:
        """Return ``count`` stretches of equal length, to a row."""
        cuts = np.linspace(0, len(self.leads), count + 1).astype(int).tolist()
        return [slice(first, last) for first, last in pairwise(cuts)]


def read_calls(data: Path) -> Calls:
    """Read the calls. The duration of a call is known only after it and is left out, as is the inferred year."""
    with gzip.open(data / FILE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    leads = tuple(
        Lead(lead_id=LeadId(f"call-{number:05d}"), attributes=_attributes(row)) for number, row in enumerate(rows)
    )
    return Calls(leads=leads, outcomes=np.array([row["y"] == "yes" for row in rows], dtype=np.bool_))


def _attributes(row: dict[str, str]) -> dict[str, AttributeValue]:
    numbers: dict[str, AttributeValue] = {name: float(row[name]) for name in NUMBERS}
    if numbers["pdays"] == _NEVER:
        del numbers["pdays"]
    return numbers | {name: row[name] for name in TEXTS}
