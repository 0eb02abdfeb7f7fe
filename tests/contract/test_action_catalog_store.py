from __future__ import annotations

from random import Random

import pytest

from core.actions.builtin import BUILT_IN
from core.actions.catalogs import ActionCatalogs
from core.adapters.sql.action_catalog_store import SqlActionCatalogStore
from core.caller import Caller
from core.errors import AlreadyExists, NotFound
from tests.parts.action_cases import make_catalog
from tests.parts.clock import SetClock

START = SetClock().now
CALLER = Caller(tenant="t", actor="ann")
OTHER = Caller(tenant="u", actor="bob")


@pytest.fixture
def store(database, clock):
    return SqlActionCatalogStore(database, clock)


def test_a_catalogue_comes_back_as_it_was_published(store):
    assert store.active("t") is None
    catalog = make_catalog(Random(3), 40, exploration=0.1)
    first = store.publish(CALLER, "r1", catalog, activate=True, reason="spring")
    assert first == store.get("t", 1) == store.active("t")
    assert first.catalog == catalog
    assert (first.version, first.is_active, first.created_by, first.create_time) == (1, True, "ann", START)
    assert first.reason == "spring"
    second = store.publish(CALLER, "r2", BUILT_IN, activate=False, reason="")
    assert (second.version, second.is_active) == (2, False)
    assert second.catalog == BUILT_IN
    assert store.active("t").version == 1


def test_the_same_request_publishes_once(store):
    catalog, other = make_catalog(Random(1), 3), make_catalog(Random(2), 3)
    assert store.publish(CALLER, "r1", catalog, activate=True, reason="").version == 1
    assert store.publish(CALLER, "r1", catalog, activate=True, reason="").version == 1
    with pytest.raises(AlreadyExists):
        store.publish(CALLER, "r1", other, activate=True, reason="")
    assert store.publish(OTHER, "r1", other, activate=True, reason="").version == 1
    assert len(store.list("t", limit=10, before=None).items) == 1


def test_a_version_is_put_into_use_again(store, clock):
    for number in (1, 2):
        store.publish(CALLER, f"r{number}", make_catalog(Random(number), 2), activate=True, reason="")
    clock.advance(60)
    assert store.activate(CALLER, "r3", 1, "worse").is_active
    assert store.active("t").version == 1
    with pytest.raises(NotFound):
        store.activate(CALLER, "r4", 3, "")
    with pytest.raises(NotFound):
        store.activate(OTHER, "r5", 1, "")
    assert store.active("t").version == 1


def test_versions_are_listed_newest_first(store):
    for number in range(1, 6):
        store.publish(CALLER, f"r{number}", make_catalog(Random(number), 1), activate=number == 2, reason=f"{number}")
    page = store.list("t", limit=3, before=None)
    assert [(one.version, one.is_active) for one in page.items] == [(5, False), (4, False), (3, False)]
    rest = store.list("t", limit=3, before=int(page.next_key))
    assert [(one.version, one.is_active) for one in rest.items] == [(2, True), (1, False)]
    assert rest.next_key is None
    assert store.list("u", limit=3, before=None).items == ()


def test_what_another_process_publishes_is_in_use_after_a_look(store):
    here = ActionCatalogs(store)
    assert here.get("t").version == 0
    assert here.find("t", "call_now").channel == "call"
    store.publish(CALLER, "r1", make_catalog(Random(1), 2), activate=True, reason="")
    assert here.get("t").version == 0
    assert here.refresh() == ""
    assert here.get("t").version == 1
    assert here.find("t", "call_now") is None
    store.publish(CALLER, "r2", make_catalog(Random(2), 2), activate=False, reason="")
    assert here.get("t", 2).version == 2
    here.refresh()
    assert here.get("t").version == 1
    store.activate(CALLER, "r3", 2, "")
    here.refresh()
    assert here.get("t").version == 2
    with pytest.raises(NotFound):
        here.get("u", 2)
