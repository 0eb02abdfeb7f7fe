from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from core.adapters.sql.catalog_store import SqlCatalogStore
from core.adapters.sql.recommendation_log import SqlRecommendationLog, body_of
from core.adapters.sql.tables import item_popularity, recommendation_log
from core.caller import Caller
from core.errors import AlreadyExists
from core.recommend.item import Item
from core.recommend.recommendation_log import LoggedCandidate, LoggedItem, RecommendationRow
from tests.parts.clock import SetClock

START = SetClock().now
CALLER = Caller(tenant="t", actor="test")
OTHER = Caller(tenant="u", actor="test")


@pytest.fixture
def store(database, clock):
    return SqlCatalogStore(database, clock)


def loft(item_id="i1", **fields):
    return Item(item_id=item_id, item_type="loft", price=2_500.5, **fields)


def listed(store, caller=CALLER, **more):
    wanted = {"limit": 10, "after": None, "item_type": "", "updated_since": None, **more}
    return store.list(caller.tenant, **wanted)


def test_items_come_back_as_they_were_written(store, clock):
    item = loft(title="Bright", attributes={"floor": 3.0, "lift": True, "style": "ö"}, is_available=False)
    counts = store.upsert(CALLER, "r1", [item, Item(item_id="i2")])
    assert (counts.created, counts.updated) == (2, 0)
    first, second = listed(store).items
    assert (first.item, second.item) == (item, Item(item_id="i2"))
    assert first.create_time == first.update_time == START
    clock.advance(300)
    counts = store.upsert(CALLER, "r2", [loft(title="Brighter")])
    assert (counts.created, counts.updated) == (0, 1)
    (first, _) = listed(store).items
    assert first.item.title == "Brighter"
    assert (first.create_time, first.update_time) == (START, START + timedelta(minutes=5))
    assert listed(store, OTHER).items == ()


def test_the_same_request_writes_once(store):
    assert store.upsert(CALLER, "r1", [loft()]).created == 1
    assert store.upsert(CALLER, "r1", [loft()]).created == 1
    assert store.revisions() == {"t": 1}
    with pytest.raises(AlreadyExists):
        store.upsert(CALLER, "r1", [loft(title="other")])
    assert store.delete(CALLER, "d1", ["i1"]) == 1
    assert store.delete(CALLER, "d1", ["i1"]) == 1
    assert store.revisions() == {"t": 2}


def test_deleted_items_are_known_and_not_listed(store):
    store.upsert(CALLER, "r1", [loft(), loft("i2")])
    assert store.delete(CALLER, "d1", ["i1", "unknown"]) == 1
    assert [stored.item.item_id for stored in listed(store).items] == ["i2"]
    (change,) = store.changes("t", 1)
    assert (change.item.item_id, change.revision, change.is_deleted) == ("i1", 2, True)
    assert store.upsert(CALLER, "r2", [loft()]).created == 1
    assert [stored.item.item_id for stored in listed(store).items] == ["i1", "i2"]


def test_changes_come_by_revision(store):
    store.upsert(CALLER, "r1", [loft("b"), loft("a")])
    store.upsert(CALLER, "r2", [loft("c"), loft("b", title="new")])
    store.upsert(OTHER, "r1", [loft("z")])
    assert [(one.item.item_id, one.revision) for one in store.changes("t", 0)] == [("a", 1), ("b", 2), ("c", 2)]
    assert [one.item.item_id for one in store.changes("t", 1)] == ["b", "c"]
    assert list(store.changes("t", 2)) == []
    assert store.revisions() == {"t": 2, "u": 1}


def test_changes_are_read_in_parts(store, monkeypatch):
    monkeypatch.setattr("core.adapters.sql.catalog_store._ROWS_AT_ONCE", 3)
    for n in range(3):
        store.upsert(CALLER, f"r{n}", [loft(f"{n}-{k}") for k in range(4)])
    found = [one.item.item_id for one in store.changes("t", 0)]
    assert found == [f"{n}-{k}" for n in range(3) for k in range(4)]
    assert [one.item.item_id for one in store.changes("t", 1)] == found[4:]


def test_lists_are_paged_and_narrowed(store, clock):
    store.upsert(CALLER, "r1", [loft(f"i{n}") for n in range(5)])
    clock.advance(60)
    store.upsert(CALLER, "r2", [Item(item_id="h", item_type="house")])
    page = listed(store, limit=4)
    assert [one.item.item_id for one in page.items] == ["h", "i0", "i1", "i2"]
    rest = listed(store, limit=4, after=page.next_key)
    assert [one.item.item_id for one in rest.items] == ["i3", "i4"]
    assert rest.next_key is None
    assert [one.item.item_id for one in listed(store, item_type="house").items] == ["h"]
    assert [one.item.item_id for one in listed(store, updated_since=START + timedelta(seconds=1)).items] == ["h"]


def test_popularity_is_read(store, database):
    row = {"tenant": "t", "item_id": "i1", "lead_count": 3, "decayed_weight": 1.5, "as_of_time": START}
    with database.write("t") as connection:
        connection.execute(insert(item_popularity), [row])
    assert store.popularity("t") == [("i1", 3, 1.5, START)]
    assert store.popularity("u") == []


def recommended(token_id, tenant="t"):
    return RecommendationRow(
        tenant=tenant,
        token_id=token_id,
        lead_id="l",
        version="",
        source="content",
        recommend_time=START,
        up_to_sequence=0,
        experiment="",
        variant="",
        exploration=0.1,
        items=[LoggedItem("i1", 1.0, 1.0), LoggedItem("i2", 0.5, 0.905)],
        candidates=[LoggedCandidate("i3", 0.25)],
    )


def test_what_was_shown_is_logged_once(database):
    log = SqlRecommendationLog(database)
    log.append([])
    log.append([recommended("a"), recommended("b")])
    log.append([recommended("b"), recommended("c", tenant="u")])
    with database.read("t") as connection:
        rows = connection.execute(recommendation_log.select().order_by(recommendation_log.c.token_id)).all()
    mine = [row for row in rows if row.tenant == "t"]
    assert [row.token_id for row in mine] == ["a", "b"]
    exploration, items, candidates = body_of(mine[0].body)
    assert exploration == 0.1
    assert items == list(recommended("a").items)
    assert candidates == [("i3", 0.25)]
