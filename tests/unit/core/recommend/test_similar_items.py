from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.errors import NotFound
from core.recommend.catalog import CatalogChange
from core.recommend.catalog_view import CatalogView
from core.recommend.filtering import ItemFilter
from core.recommend.item import Item
from core.recommend.ranker import Ranker
from core.recommend.similar_items import SimilarFinder

COUNT = 300


def changed(item, revision, **fields):
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return CatalogChange(
        **{"item": item, "revision": revision, "create_time": created, "is_deleted": False, **fields},
    )


@pytest.fixture(scope="module")
def view():
    lofts = [Item(item_id=f"loft-{n:03d}", item_type="loft", title="bright loft") for n in range(COUNT)]
    barns = [Item(item_id=f"barn-{n}", item_type="barn", title="old barn") for n in range(2)]
    return CatalogView().changed([changed(item, 1) for item in (*lofts, *barns)])


def finder(view):
    shelf = SimpleNamespace(view=view, ranker=Ranker.untrained(view))
    return SimilarFinder(SimpleNamespace(get=lambda _tenant: shelf))


def ids(view, count):
    return [item.item_id for item in view.items[:count]]


def found(finder, item_id, limit, **wanted):
    return [one.item.item_id for one in finder.find("t", item_id, limit=limit, wanted=ItemFilter(**wanted)).items]


def test_items_that_fit_are_found_however_many_are_more_alike(view):
    asked = finder(view)
    assert found(asked, "loft-007", 1, item_types=["barn"]) == ["barn-0"]
    assert found(asked, "loft-007", 5, item_types=["barn"]) == ["barn-0", "barn-1"]
    assert found(asked, "barn-1", 2) == ["barn-0", "loft-000"]
    assert found(asked, "loft-007", 3, item_types=["villa"]) == []
    assert found(asked, "barn-1", 1, item_types=["loft"]) == ["loft-000"]
    # All but a few fit, and those that do not come first.
    dear = finder(view.changed([changed(replace(item, price=9.0), 2) for item in view.items[:40]]))
    assert found(dear, "loft-007", 1, min_price=8.0) == ["loft-000"]
    assert found(dear, "loft-050", 2, item_types=["barn", "loft"], excluded_item_ids=ids(view, 250)) == [
        "loft-250",
        "loft-251",
    ]


def test_what_cannot_be_had_is_not_shown_and_what_was_deleted_not_asked_for(view):
    gone = changed(view.items[0], 2, is_deleted=True)
    sold = changed(Item(item_id="loft-001", item_type="loft", title="bright loft", is_available=False), 3)
    asked = finder(view.changed([gone, sold]))
    assert found(asked, "loft-001", 2) == ["loft-002", "loft-003"]
    with pytest.raises(NotFound):
        found(asked, "loft-000", 2)
