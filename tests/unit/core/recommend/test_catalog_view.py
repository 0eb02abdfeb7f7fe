from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from core.recommend.catalog import CatalogChange
from core.recommend.catalog_view import CatalogView
from core.recommend.filtering import ItemFilter, allowed_items
from core.recommend.item import Item

CREATED = datetime(2026, 1, 2, tzinfo=UTC)


def change(item, revision=1, *, is_deleted=False):
    return CatalogChange(item=item, revision=revision, create_time=CREATED, is_deleted=is_deleted)


def view_of(*items):
    return CatalogView().changed([change(item) for item in items])


LOFT = Item(item_id="loft", item_type="Loft", location_name="So Ho", price=10.0, attributes={"style": "Old", "n": 1.0})
HOUSE = Item(item_id="house", item_type="house", location_name="soho", price=20.0)
FREE = Item(item_id="free", item_type="LOFT", location_name="so  ho", is_available=False)


def passing(wanted, view=None):
    view = view or view_of(LOFT, HOUSE, FREE)
    return {view.items[at].item_id for at in np.flatnonzero(wanted.passes(view))}


def test_an_item_keeps_its_place():
    view = view_of(LOFT, HOUSE)
    later = view.changed([change(HOUSE, 2, is_deleted=True), change(FREE, 3), change(LOFT, 4)])
    assert [later.position(item_id) for item_id in ("loft", "house", "free", "none")] == [0, 1, 2, None]
    assert later.revision == 4
    assert later.columns.is_deleted.tolist() == [False, True, False]
    # The view before knows nothing of it.
    assert view.position("free") is None
    assert view.columns.is_deleted.tolist() == [False, False]
    assert later.created(0) == CREATED


def test_what_was_deleted_before_it_was_known_takes_no_room():
    view = CatalogView().changed([change(LOFT, 1, is_deleted=True), change(HOUSE, 2)])
    assert view.count == 1
    assert view.find("loft") is None
    back = view.changed([change(LOFT, 3)])
    assert back.find("loft") == LOFT


def test_texts_are_compared_without_case_and_spaces():
    assert passing(ItemFilter(item_types=["lOFT"])) == {"loft", "free"}
    assert passing(ItemFilter(location_names=["so ho"])) == {"loft", "free"}
    assert passing(ItemFilter(location_names=["SoHo", "So Ho"])) == {"loft", "house", "free"}
    assert passing(ItemFilter(item_types=["castle"])) == set()


def test_an_unknown_price_is_within_no_bounds():
    assert passing(ItemFilter(min_price=0.0)) == {"loft", "house"}
    assert passing(ItemFilter(max_price=10.0)) == {"loft"}
    assert passing(ItemFilter(min_price=10.5, max_price=20.0)) == {"house"}


def test_attributes_are_followed_through_changes():
    view = view_of(LOFT, HOUSE)
    old = ItemFilter(attribute_texts={"style": " OLD"})
    assert passing(old, view) == {"loft"}
    assert passing(ItemFilter(attribute_texts={"n": "1.0"}), view) == set()
    changed = view.changed(
        [
            change(Item(item_id="loft", attributes={"style": "new"}), 2),
            change(Item(item_id="x", attributes={"style": "old"}), 2),
        ]
    )
    assert passing(old, changed) == {"x"}
    assert passing(old, view) == {"loft"}


def test_excluded_items_are_passed_over():
    assert passing(ItemFilter(excluded_item_ids={"loft", "unknown"})) == {"house", "free"}


def test_each_item_is_left_out_for_its_first_reason():
    view = view_of(LOFT, HOUSE, FREE, Item(item_id="x", price=1.0))
    view = view.changed([change(Item(item_id="gone"), 2), change(Item(item_id="gone"), 3, is_deleted=True)])
    allowed = allowed_items(view, ItemFilter(max_price=15.0), ["loft", "free", "unknown"])
    assert allowed.left_out == {"unavailable": 1, "seen": 1, "filtered": 1}
    assert [view.items[at].item_id for at in np.flatnonzero(allowed.flags)] == ["x"]
    again = allowed_items(view, ItemFilter(include_seen=True), ["loft"])
    assert again.left_out == {"unavailable": 1}
