"""Leads that behave: those that look and ask more convert more often. And a version that has learned it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from core.adapters.onnx_predictor import OnnxPredictor
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.event import Event, EventKind
from core.features.fitting import FeatureOptions
from core.lead import Lead, LeadOutcome, StoredLead
from tests.parts.fitted import SmallVersion
from training.behavior import with_behavior
from training.booster import BoosterParameters
from training.fit import FitOptions, fit_version
from training.from_store import table_from_store
from training.pipeline import Recipe
from training.table import LeadTable

COUNT = 700
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
FITTED_TIME = datetime(2026, 7, 3, 12, tzinfo=UTC)
_KINDS = (EventKind.ITEM_VIEWED, EventKind.ITEM_VIEWED, EventKind.ITEM_SAVED, EventKind.INQUIRY_SENT)
_TYPES = ("flat", "house", "loft")


def event(number: int, lead_id: str, kind: EventKind, occurred: datetime, **more: object) -> Event:
    """Return an event that was recorded two minutes after it occurred, unless ``more`` says when."""
    fields = {"recorded_us": microseconds_of(occurred + timedelta(minutes=2)), **more}
    return Event(
        sequence=number,
        event_id=f"e{number}",
        lead_id=lead_id,
        kind=kind.value,
        occurred_us=microseconds_of(occurred),
        **fields,
    )


@cache
def behaving_leads() -> tuple[tuple[tuple[Lead, LeadOutcome], ...], tuple[Event, ...]]:
    """Return leads with outcomes, oldest first, and what they did before and after they were posted."""
    random = np.random.default_rng(5)
    pairs: list[tuple[Lead, LeadOutcome]] = []
    events: list[Event] = []
    for i in range(COUNT):
        posted = START + timedelta(hours=2 * i)
        lead_id = f"lead-{i}"
        count = int(random.poisson(3.0)) if random.random() < 0.8 else 0
        for back in sorted(random.uniform(0.1, 20.0, count), reverse=True):
            kind = _KINDS[int(random.integers(len(_KINDS)))]
            item_type = _TYPES[int(random.integers(len(_TYPES)))]
            occurred = posted - timedelta(days=float(back))
            seen = {"item_id": "i1", "item_type": item_type, "price_e4": 10_000 * int(random.integers(500, 900))}
            events.append(event(len(events) + 1, lead_id, kind, occurred, **seen))
        converted = bool(random.random() < 1.0 / (1.0 + np.exp(2.5 - 0.8 * count)))
        if converted:
            later = event(len(events) + 1, lead_id, EventKind.ITEM_PURCHASED, posted + timedelta(days=1))
            events.append(later)
        lead = Lead(lead_id=lead_id, title="Flat wanted", price=float(random.integers(50, 90)), posted_time=posted)
        pairs.append((lead, LeadOutcome(converted=converted, outcome_time=posted + timedelta(days=2))))
    return tuple(pairs), tuple(events)


@cache
def behaving_table() -> LeadTable:
    """Return the leads with what they did as of when they were posted."""
    pairs, events = behaving_leads()
    rows = (
        StoredLead(lead=lead, outcome=outcome, create_time=START, update_time=START, revision=1)
        for lead, outcome in pairs
    )
    return with_behavior(table_from_store(rows, min_samples=100), events, LEAD_PLAN)


def behaving_recipe(**booster: float) -> Recipe:
    """Return a small recipe that looks at behaviour."""
    features = FeatureOptions(keywords={}, title_terms=0, description_terms=0, behavior=LEAD_PLAN)
    parameters = {"n_estimators": 25, "max_depth": 3, "learning_rate": 0.2, **booster}
    return Recipe(features=features, booster=BoosterParameters(**parameters))


@cache
def behaving_version() -> SmallVersion:
    """Return a version that looks at behaviour."""
    pairs, _ = behaving_leads()
    fitted = fit_version(
        behaving_table(),
        behaving_recipe(),
        FitOptions(with_curve=False),
        make_predictor=OnnxPredictor,
        clock=lambda: FITTED_TIME,
    )
    return SmallVersion(files=fitted.files, leads=pairs)
