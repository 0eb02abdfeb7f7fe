from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import InvalidInput
from core.recommend.answer import Wanted
from core.recommend.catalog import CatalogChange
from core.recommend.catalog_view import MOST_FLAGS_KEPT, CatalogView
from core.recommend.filtering import ItemFilter
from core.recommend.item import Item
from core.recommend.rules import Rule

LOFTS = ItemFilter(item_types=["loft"])
ITEMS = [
    Item(item_id="a", item_type="loft", price=1.0),
    Item(item_id="b", item_type="loft", price=2.0),
    Item(item_id="c", item_type="barn", price=1.0),
]


def fields(make):
    with pytest.raises(InvalidInput) as raised:
        make()
    return {violation.field for violation in raised.value.violations}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"item_types": [""]}, "item_types[0]"),
        ({"location_names": ["x"] * 101}, "location_names"),
        ({"min_price": -1.0}, "min_price"),
        ({"max_price": float("nan")}, "max_price"),
        ({"max_price": float("inf")}, "max_price"),
        ({"min_price": 2.0, "max_price": 1.0}, "max_price"),
        ({"attribute_texts": {"": "x"}}, "attribute_texts"),
        ({"excluded_item_ids": [str(n) for n in range(1_001)]}, "excluded_item_ids"),
    ],
)
def test_a_filter_names_what_is_wrong(given, field):
    assert field in fields(lambda: ItemFilter(**given))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "", "items": LOFTS, "boost": 2.0}, "name"),
        ({"name": "r", "items": ItemFilter(), "boost": 2.0}, "items"),
        ({"name": "r", "items": LOFTS}, "effect"),
        ({"name": "r", "items": LOFTS, "boost": 2.0, "most": 1}, "effect"),
        ({"name": "r", "items": LOFTS, "boost": 0.05}, "boost"),
        ({"name": "r", "items": LOFTS, "boost": float("nan")}, "boost"),
        ({"name": "r", "items": LOFTS, "most": -1}, "most"),
        ({"name": "r", "items": LOFTS, "least": 0}, "least"),
    ],
)
def test_a_rule_names_what_is_wrong(given, field):
    assert field in fields(lambda: Rule(**given))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"lead_id": ""}, "lead_id"),
        ({"limit": 101}, "limit"),
        ({"limit": -1}, "limit"),
        ({"diversity": 1.5}, "diversity"),
        ({"diversity": float("nan")}, "diversity"),
        ({"rules": [Rule(name="r", items=LOFTS, most=1)] * 2}, "rules[1].name"),
    ],
)
def test_a_request_names_what_is_wrong(given, field):
    assert field in fields(lambda: Wanted(**{"lead_id": "l", **given}))


def test_what_passes_is_kept_for_the_view_and_not_spoiled_by_those_who_exclude_items():
    view = CatalogView().changed([CatalogChange(item, 1, datetime(2026, 7, 1, tzinfo=UTC), False) for item in ITEMS])

    excluding = ItemFilter(item_types=["Loft"], excluded_item_ids=["a"])
    assert [excluding.passes(view).tolist() for _ in range(2)] == [[False, True, False]] * 2
    assert ItemFilter(item_types=["Loft"]).passes(view).tolist() == [True, True, False]
    assert ItemFilter(item_types=["Loft"], max_price=1.0).passes(view).tolist() == [True, False, False]

    cheap = view.changed([CatalogChange(replace(ITEMS[1], price=0.5), 2, datetime(2026, 7, 1, tzinfo=UTC), False)])
    assert ItemFilter(item_types=["Loft"], max_price=1.0).passes(cheap).tolist() == [True, True, False]


def test_a_view_keeps_few_filters():
    view = CatalogView().changed([CatalogChange(ITEMS[0], 1, datetime(2026, 7, 1, tzinfo=UTC), False)])

    found = [ItemFilter(max_price=float(price)).passes(view).tolist() for price in range(2 * MOST_FLAGS_KEPT)]

    assert found == [[False]] + [[True]] * (2 * MOST_FLAGS_KEPT - 1)
    assert len(view._kept) <= MOST_FLAGS_KEPT
