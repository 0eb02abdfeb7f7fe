"""The public data sets quality is measured on, and what is asked of each."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.budget import Budget
from tests.benchmarks.split import newer_positions, random_positions, shuffled
from training.table import LeadTable

MAPPINGS = Path(__file__).parent / "mappings"
Split = Callable[[LeadTable, Path], tuple[list[int], list[int]]]
"""Returns (learned, asked) positions of a table read from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySet:
    """One data set under one mapping."""

    name: str
    mapping: str
    """File in ``mappings/``, without suffix."""
    file: str
    """Below the data folder."""
    split: Split
    protocol: str
    """How the parts were made, in words."""
    bars: Mapping[str, Budget] = field(default_factory=dict)
    """Metric to what it must be; empty: reported without a bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSet:
    """A file no version may be made of."""

    name: str
    mapping: str
    file: str
    reason: str
    """Code of the refusal."""
    naming: tuple[str, ...] = ()
    """What the refusal must name."""


def newest(table: LeadTable, _path: Path) -> tuple[list[int], list[int]]:
    """Ask about the newest 30 %."""
    return newer_positions(len(table.leads))


def anywhere(table: LeadTable, _path: Path) -> tuple[list[int], list[int]]:
    """Ask about 30 % drawn at random, and learn from the others in random order."""
    learned, asked = random_positions(range(len(table.leads)))
    return shuffled(learned), asked


def other_hosts(table: LeadTable, path: Path) -> tuple[list[int], list[int]]:
    """Ask about the listings of 30 % of the hosts: a host's listings resemble each other."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        host_of = {row["id"]: row["host_id"] for row in csv.DictReader(file)}
    return random_positions([host_of[lead.lead_id] for lead in table.leads])


def _at_least(value: float) -> Budget:
    return Budget(must=value, reach=value, rising=True)


def _at_most(value: float) -> Budget:
    return Budget(must=value, reach=value, rising=False)


MEASURED = (
    QualitySet(
        name="X Education, first touch",
        mapping="xeducation_first_touch",
        file="xeducation_leads/leads.csv.gz",
        split=newest,
        protocol="older 70 % by lead number, newer 30 %",
        bars={"auc": _at_least(0.87), "ece": _at_most(0.04)},
    ),
    QualitySet(
        name="New York listings",
        mapping="airbnb",
        file="airbnb_nyc_listings/listings.csv.gz",
        split=other_hosts,
        protocol="the listings of 70 % of the hosts, in the order of the file; the listings of the other 30 %",
        bars={"auc": _at_least(0.85)},
    ),
    QualitySet(
        name="Bank calls, no duration",
        mapping="bank",
        file="bank_marketing/calls.csv.gz",
        split=anywhere,
        protocol="70 % and 30 % at random, both in random order, so that both speak of the same period",
    ),
    QualitySet(
        name="Caravan policies",
        mapping="caravan",
        file="caravan/customers.csv.gz",
        split=anywhere,
        protocol="70 % and 30 % at random; the file has no clock",
    ),
)
REFUSED = (
    RefusedSet(
        name="X Education, all columns",
        mapping="xeducation_all",
        file="xeducation_leads/leads.csv.gz",
        reason="LEAKING_FEATURES",
        naming=("Tags", "Lead Quality"),
    ),
    RefusedSet(
        name="CRM opportunities",
        mapping="crm_opportunities",
        file="crm_opportunities/sales_pipeline.csv.gz",
        reason="NO_SIGNAL",
    ),
)
