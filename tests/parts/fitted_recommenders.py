"""Recommender versions for tests that serve: really fitted, small, made once a test run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from tests.parts.recommenders import catalogue, histories
from training.recommend.fit import fit_recommender
from training.recommend.interactions import table_of


@cache
def recommender_files(number: int) -> Mapping[str, bytes]:
    """Return version 0 or 1: other leads, other scores."""
    table = table_of(histories(seed=7 + number))
    return fit_recommender(table, catalogue(), now=datetime(2026, 7, 1 + number, 12, tzinfo=UTC)).files
