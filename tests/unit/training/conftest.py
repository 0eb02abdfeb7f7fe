"""Tables of labelled leads: made-up ones with a known law, and ones that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.adapters.keyword_file import read_keywords
from core.features.fitting import FeatureOptions
from core.lead import Lead, LeadOutcome, StoredLead
from training.booster import BoosterParameters
from training.from_store import table_from_store
from training.pipeline import Recipe
from training.sample import generate_leads
from training.table import LeadTable

NOW = datetime(2026, 7, 2, 12, tzinfo=UTC)


def stored(lead: Lead, outcome: LeadOutcome | None, create_time: datetime = NOW) -> StoredLead:
    return StoredLead(lead=lead, outcome=outcome, create_time=create_time, update_time=create_time, revision=1)


@pytest.fixture(scope="session")
def make_table() -> Callable[..., LeadTable]:
    """Make a table of sample leads; ``change`` may alter each lead, given its position, itself and its outcome."""

    def make(count: int, seed: int, change: Callable[[int, Lead, bool], Lead] | None = None) -> LeadTable:
        pairs = generate_leads(count, seed)
        if change is not None:
            pairs = [(change(i, lead, outcome.converted), outcome) for i, (lead, outcome) in enumerate(pairs)]
        return table_from_store((stored(lead, outcome) for lead, outcome in pairs), min_samples=20)

    return make


@pytest.fixture(scope="session")
def make_recipe() -> Callable[..., Recipe]:
    def make(table: LeadTable, **booster: float) -> Recipe:
        features = FeatureOptions(
            keywords=read_keywords(),
            title_terms=10,
            description_terms=60,
            numeric_attributes=table.numeric_attributes,
            categorical_attributes=table.categorical_attributes,
        )
        parameters = {"n_estimators": 60, "max_depth": 3, "learning_rate": 0.15, **booster}
        return Recipe(features=features, booster=BoosterParameters(**parameters))

    return make


@pytest.fixture(scope="session")
def without_signal() -> Callable[[LeadTable, int], LeadTable]:
    """Deal the outcomes of a table out again by chance."""

    def shuffle(table: LeadTable, seed: int) -> LeadTable:
        return replace(table, outcomes=np.random.default_rng(seed).permutation(table.outcomes))

    return shuffle
