from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.errors import ArtifactRefused, DependencyDown
from core.recommend.catalog import CatalogChange, ItemPopularity
from core.recommend.item import Item
from core.recommend.model import RecommendationModel
from core.recommend.shelves import COUNT_EVERY, RETRY_REFUSED, Shelves
from core.version import ActivePointer
from tests.parts.recommenders import catalogue, made_up_parts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MODEL = RecommendationModel(made_up_parts())


class Source:
    """Catalogues, pointers and versions that tests set."""

    def __init__(self):
        self.written = {}
        self.pointers = {}
        self.popular = []
        self.refused = set()
        self.is_down = False
        self.loads = 0

    def put(self, *items, tenant="t", is_deleted=False):
        changes = self.written.setdefault(tenant, [])
        revision = 1 + max((change.revision for change in changes), default=0)
        changes.extend(CatalogChange(item, revision, NOW, is_deleted) for item in items)

    def activate(self, version, tenant="t"):
        revision = 1 + (self.pointers[tenant].revision if tenant in self.pointers else 0)
        self.pointers[tenant] = ActivePointer(version=version, digest="", previous=None, revision=revision)

    def revisions(self):
        if self.is_down:
            raise DependencyDown("store")
        return {tenant: changes[-1].revision for tenant, changes in self.written.items()}

    def changes(self, tenant, revision):
        return iter([change for change in self.written.get(tenant, ()) if change.revision > revision])

    def popularity(self, _tenant):
        return self.popular

    def active_everywhere(self, _kind):
        return self.pointers

    def load(self, _tenant, _kind, version):
        self.loads += 1
        if version in self.refused:
            raise ArtifactRefused("blend.json", "is damaged")
        return SimpleNamespace(), {"version": version}


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def time_of():
    return SimpleNamespace(now=0.0)


@pytest.fixture
def shelves(source, time_of):
    return Shelves(source, source, lambda _files: MODEL, lambda: time_of.now)


def first(shelves, tenant="t"):
    """Ask for a tenant while another thread looks."""
    found = []
    asking = threading.Thread(target=lambda: found.append(shelves.get(tenant)))
    asking.start()
    while not found:
        shelves.woken.wait(0.05)
        shelves.look()
        asking.join(0.01)
    return found[0]


def test_the_first_look_waits_and_later_ones_do_not(source, shelves):
    source.put(*catalogue())
    shelf = first(shelves)
    assert shelf.view.count == len(catalogue())
    assert not shelf.ranker.is_trained
    assert shelves.get("t") is shelf
    assert first(shelves, "empty").view.count == 0


def test_a_store_that_is_down_is_told_and_what_is_held_serves_on(source, shelves):
    source.put(*catalogue())
    shelf = first(shelves)
    source.is_down = True
    assert shelves.look() == "store is not available"
    assert shelves.get("t") is shelf
    failed = []

    def ask():
        with pytest.raises(DependencyDown):
            shelves.get("other")
        failed.append(True)

    asking = threading.Thread(target=ask)
    asking.start()
    while not failed:
        shelves.look()
        asking.join(0.01)


def test_new_items_are_known_to_what_ranks(source, shelves, time_of):
    source.put(*catalogue())
    source.activate("v1")
    first(shelves)
    source.put(Item(item_id="new", item_type="loft"))
    time_of.now += 1.0
    shelves.look()
    shelf = shelves.get("t")
    position = shelf.view.position("new")
    assert shelf.ranker.rows[position] >= 0
    assert shelf.ranker.version == "v1"
    assert source.loads == 1
    # Deleted and put again: it was unknown at its place in between.
    source.put(Item(item_id="new"), is_deleted=True)
    shelves.look()
    assert shelves.get("t").view.columns.is_deleted[position]


def test_the_version_before_serves_while_a_new_one_is_refused(source, shelves, time_of):
    source.put(*catalogue())
    source.activate("v1")
    first(shelves)
    source.refused.add("v2")
    source.activate("v2")
    assert shelves.look() == "v2: blend.json: is damaged"
    shelf = shelves.get("t")
    assert shelf.ranker.version == "v1"
    loads = source.loads
    shelves.look()
    assert source.loads == loads
    source.refused.clear()
    time_of.now += RETRY_REFUSED
    assert shelves.look() == ""
    assert shelves.get("t").ranker.version == "v2"


def test_a_refused_first_version_leaves_content(source, shelves):
    source.put(*catalogue())
    source.refused.add("v1")
    source.activate("v1")
    shelf = first(shelves)
    assert not shelf.ranker.is_trained
    assert shelf.problem
    assert shelf.ranker.knows_all(shelf.view)


def test_named_versions_stay_loaded_and_learn_new_items(source, shelves):
    source.put(*catalogue())
    first(shelves)
    ranker = shelves.pinned("t", "v9")
    assert shelves.pinned("t", "v9") is ranker
    assert source.loads == 1
    source.put(Item(item_id="new"))
    shelves.look()
    assert shelves.pinned("t", "v9").rows.size == len(catalogue()) + 1
    source.refused.add("v8")
    with pytest.raises(ArtifactRefused):
        shelves.pinned("t", "v8")


def test_what_is_popular_is_looked_up_now_and_then(source, shelves, time_of):
    source.put(*catalogue())
    shelf = first(shelves)
    assert shelf.counts.as_of_time is None
    source.popular = [ItemPopularity("loft-00", 7, 3.0, NOW), ItemPopularity("unknown", 9, 3.0, NOW)]
    shelves.look()
    position = shelf.view.position("loft-00")
    assert shelves.get("t").counts.leads_of(position) == 0
    time_of.now += COUNT_EVERY
    shelves.look()
    counts = shelves.get("t").counts
    assert (counts.leads_of(position), counts.leads_of(10_000)) == (7, 0)
    assert counts.as_of_time == NOW


def test_who_was_asked_for_longest_ago_is_let_go_first(source, shelves, time_of, monkeypatch):
    monkeypatch.setattr("core.recommend.shelves.MOST_ITEMS", 2 * len(catalogue()))
    for tenant in ("a", "b", "c"):
        source.put(*catalogue(), tenant=tenant)
        time_of.now += 1.0
        first(shelves, tenant)
    assert set(shelves._shelves) == {"b", "c"}
    assert first(shelves, "a").view.count == len(catalogue())
