from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.adapters.sql import shadow_store
from core.adapters.sql.shadow_store import SqlShadowStore
from core.identifiers import LeadId, TenantId, VersionName
from core.monitoring.shadow_scores import ShadowScore

ACME, OTHER = TenantId("acme"), TenantId("other")
SERVED, SHADOW = VersionName("v20260101_120000_1a2b3c4d"), VersionName("v20260102_120000_1a2b3c4d")
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


def score(number: int, **changes) -> ShadowScore:
    made = ShadowScore(
        tenant=ACME,
        version=SHADOW,
        token_id=f"t{number:04}",
        lead_id=LeadId(f"lead-{number}"),
        served_version=SERVED,
        served_probability=0.25,
        probability=0.5,
        served_seconds=0.0003,
        seconds=0.0004,
        score_time=MOMENT + timedelta(seconds=number),
    )
    return replace(made, **changes)


@pytest.fixture
def store(database) -> SqlShadowStore:
    return SqlShadowStore(database)


def test_scores_come_back_as_they_were_written_the_newest_of_many(store):
    scores = [score(number) for number in range(250)]
    store.append(scores)
    assert store.newest(ACME, SHADOW, SERVED, limit=1_000) == scores
    assert store.newest(ACME, SHADOW, SERVED, limit=3) == scores[-3:]


def test_a_batch_may_be_sent_again(store):
    store.append([score(1)])
    store.append([score(1, probability=0.9), score(2)])
    assert store.newest(ACME, SHADOW, SERVED, limit=10) == [score(1), score(2)]


def test_nothing_is_mixed_up(store):
    store.append([score(1), score(2, tenant=OTHER), score(3, version=SERVED), score(4, served_version=SHADOW)])
    assert store.newest(ACME, SHADOW, SERVED, limit=10) == [score(1)]
    assert store.newest(OTHER, SHADOW, SERVED, limit=10) == [score(2, tenant=OTHER)]
    store.append([])


def test_old_ones_are_forgotten_in_parts(store, monkeypatch):
    monkeypatch.setattr(shadow_store, "_PRUNED_AT_ONCE", 3)
    store.append([score(number) for number in range(10)])
    store.append([score(1, tenant=OTHER), score(2, version=SERVED)])
    before = MOMENT + timedelta(seconds=8)
    assert store.prune(ACME, before) == 9
    assert store.prune(ACME, before) == 0
    assert store.newest(ACME, SHADOW, SERVED, limit=10) == [score(8), score(9)]
    assert store.newest(OTHER, SHADOW, SERVED, limit=10) == [score(1, tenant=OTHER)]
