from __future__ import annotations

import pytest

from core.adapters.sql.insight_type_store import SqlInsightTypeStore
from core.adapters.sql.tables import insight_types
from core.caller import Caller
from core.conversation.insights.insight import UrgencyLevel
from core.conversation.insights.insight_type import MOST_TYPES, InsightType
from core.criteria.criterion import All, AnyOf, Comparison, Not, Operator
from core.errors import AlreadyExists, NotFound, WrongState
from tests.parts.clock import SetClock

CALLER = Caller(tenant="t", actor="test")
CRITERION = All(
    (
        Comparison(field="analysis.urgency", operator=Operator.AT_LEAST, value=0.5),
        AnyOf((Not(Comparison(field="lead.category", operator=Operator.ONE_OF, texts=("ä", "b"))),)),
    )
)


@pytest.fixture
def store(database, clock):
    return SqlInsightTypeStore(database, clock)


def kind(key="big", **fields):
    return InsightType(key=key, title="Big fish", criterion=CRITERION, **fields)


def listed(store, tenant="t"):
    return list(store.page(tenant, limit=1_000, after=None).items)


def test_kinds_come_back_as_they_were_written(store):
    whole = kind(
        priority_score=12.5,
        urgency_level=UrgencyLevel.TODAY,
        predicted_outcome="möglich",
        recommended_actions=("Call", "Write"),
    )
    assert store.register(CALLER, "r1", whole) == whole
    assert listed(store) == [whole]
    assert store.all("t") == (1, [whole])
    assert listed(store, "u") == []


def test_the_same_key_replaces_and_the_same_request_writes_once(store):
    first = store.register(CALLER, "r1", kind())
    second = store.register(CALLER, "r2", kind(priority_score=1.0))
    assert store.register(CALLER, "r1", kind()) == first
    assert listed(store) == [second]
    assert store.revisions() == {"t": 2}
    with pytest.raises(AlreadyExists):
        store.register(CALLER, "r1", kind(priority_score=3.0))


def test_what_is_removed_is_gone(store):
    store.register(CALLER, "r1", kind())
    store.delete(CALLER, "d1", "big")
    store.delete(CALLER, "d1", "big")
    assert store.all("t") == (2, [])
    with pytest.raises(NotFound):
        store.delete(CALLER, "d2", "big")
    assert store.revisions() == {"t": 2}


def test_pages_are_by_key(store):
    for key in ("c", "a", "b"):
        store.register(CALLER, key, kind(key))
    first = store.page("t", limit=2, after=None)
    assert ([one.key for one in first.items], first.next_key) == (["a", "b"], "b")
    last = store.page("t", limit=2, after=first.next_key)
    assert ([one.key for one in last.items], last.next_key) == (["c"], None)


def test_there_is_room_for_so_many(store, database):
    with database.write("t") as connection:
        rows = [
            {"tenant": "t", "type_key": f"k{n:03d}", "body": "{}", "update_time": SetClock().now}
            for n in range(MOST_TYPES)
        ]
        connection.execute(insight_types.insert(), rows)
    with pytest.raises(WrongState, match="remove one first"):
        store.register(CALLER, "r1", kind())
    assert store.register(CALLER, "r2", kind("k000")).key == "k000"
