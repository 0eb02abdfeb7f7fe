"""Leads, families and feature sets made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.features.declaration import Family
from core.features.fitting import LabelledLeads
from core.features.keywords import KeywordFamilies
from core.features.view import LeadView
from core.lead import Lead

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEYWORDS = {
    "urgency": ["urgent", "as soon as possible", "ready to"],
    "budget": ["budget", "per hour"],
}


@pytest.fixture
def keywords() -> KeywordFamilies:
    return KeywordFamilies(KEYWORDS)


@pytest.fixture
def values(keywords) -> Callable[..., dict[str, float | None]]:
    """Run one family over one lead: feature name to value, None for NaN; every other cell must stay untouched."""

    def run(family: Family, lead: Lead, moment: datetime | None = None) -> dict[str, float | None]:
        width = len(family.features)
        row = np.zeros(width + 4, dtype=np.float32)
        family.write(LeadView(lead, moment, keywords), row, 2)
        assert not row[:2].any()
        assert not row[-2:].any()
        found = {}
        for feature, value in zip(family.features, row[2 : width + 2].tolist(), strict=True):
            found[feature.name] = None if math.isnan(value) else value
        return found

    return run


@pytest.fixture
def make_log() -> Callable[..., LabelledLeads]:
    """Make a random log of leads: few places and prices, so that cells fill; ties, delays and odd outcome times."""

    def make(count: int, seed: int, *, clock: bool = True) -> LabelledLeads:
        random = np.random.default_rng(seed)
        hours = np.sort(random.integers(0, count // 2 + 1, count)) if clock else np.zeros(count)
        leads, outcomes, moments, known = [], [], [], []
        for i in range(count):
            moment = START + timedelta(hours=int(hours[i])) if clock else None
            leads.append(_random_lead(i, random, moment))
            outcomes.append(bool(random.random() < 0.4))
            moments.append(moment)
            known.append(_outcome_time(moment, random))
        return LabelledLeads(leads=leads, outcomes=outcomes, moments=moments, outcome_times=known)

    return make


def _random_lead(i: int, random: np.random.Generator, moment: datetime | None) -> Lead:
    def pick(choices):
        return choices[int(random.integers(0, len(choices)))]

    return Lead(
        lead_id=f"lead-{i}",
        title=pick(["Flat with garden", "House for sale 42", "Büro gesucht", ""]),
        description=pick(["urgent, budget 120k", "call +49 30 1234567", "as soon as possible please", ""]),
        category=pick(["Software/QA", "software/Dev", "Property", ""]),
        location_name=pick(["Berlin", " berlin ", "New  York", ""]),
        price=pick([None, 0.0, 90.0, 5_000.0]),
        email=pick(["", "a@gmail.com", "b@firm.example"]),
        posted_time=moment,
        attributes={
            name: value
            for name, value in {"size": float(i % 7), "source": pick(["web", "fair"]), "vip": bool(i % 2)}.items()
            if random.random() < 0.8
        },
    )


def _outcome_time(moment: datetime | None, random: np.random.Generator) -> datetime | None:
    """Draw when an outcome was known: unknown, at once, later by hours or days, or (a sloppy export) even before."""
    kind = random.integers(0, 5)
    if moment is None or kind == 0:
        return None
    return moment + timedelta(hours=int([0, random.integers(0, 6), random.integers(0, 80), -5][kind - 1]))
