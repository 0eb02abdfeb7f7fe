from __future__ import annotations

from datetime import date

import pytest

from core.adapters.sql.head_agreement_store import SqlHeadAgreements
from core.conversation.heads.agreement import Agreement, Pair
from core.identifiers import TenantId

ACME, OTHER = TenantId("acme"), TenantId("other")
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)


def pair(day: date = FIRST, *, tenant: TenantId = ACME, kind: str = "sentiment", version: str = "v2") -> Pair:
    return Pair(tenant, kind, version, "v1", day)


def found(compared: int, agreed: int = 0, difference: float = 0.0) -> Agreement:
    return Agreement(compared=compared, agreed=agreed, difference_total=difference)


@pytest.fixture
def store(database) -> SqlHeadAgreements:
    return SqlHeadAgreements(database)


def test_what_is_found_adds_up_over_days_and_writers(store):
    store.add([(pair(), found(3, 2, 0.5)), (pair(SECOND), found(4, 4, 0.25))])
    store.add([(pair(), found(1, 1, 0.25))])
    assert store.total(ACME, "sentiment", "v2", "v1") == found(8, 7, 1.0)


def test_nothing_is_mixed_up(store):
    store.add([(pair(), found(3)), (pair(tenant=OTHER), found(5)), (pair(kind="intent"), found(7))])
    store.add([(pair(version="v3"), found(9))])
    assert store.total(ACME, "sentiment", "v2", "v1") == found(3)
    assert store.total(OTHER, "sentiment", "v2", "v1") == found(5)
    assert store.total(ACME, "sentiment", "v2", "v9") == found(0)


def test_of_nothing_nothing_is_written(store):
    store.add([])
    assert store.total(ACME, "sentiment", "v2", "v1") == Agreement()
