"""One small fit for all tests that look at one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.parts.recommenders import catalogue, histories
from training.recommend.fit import FittedRecommender, fit_recommender
from training.recommend.interactions import InteractionTable, table_of

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def table() -> InteractionTable:
    return table_of(histories()).of_catalogue([item.item_id for item in catalogue()])


@pytest.fixture(scope="session")
def fitted(table) -> FittedRecommender:
    return fit_recommender(table, catalogue(), now=NOW)
