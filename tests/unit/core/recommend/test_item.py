from __future__ import annotations

import pytest

from core.errors import InvalidInput
from core.recommend.item import Item


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({"item_id": "a b"}, ["item_id"]),
        ({"title": "x" * 10_001, "location_name": "x" * 10_001}, ["title", "location_name"]),
        ({"item_type": "a\x00b"}, ["item_type"]),
        ({"location_name": "é\x00"}, ["location_name"]),
        ({"location_name": "\ud800"}, ["location_name"]),
        ({"price": float("nan")}, ["price"]),
        ({"price": -0.01}, ["price"]),
        ({"price": 1.1e12}, ["price"]),
        ({"attributes": {"": 1.0}}, ["attributes"]),
        ({"attributes": {"a": float("inf"), "b": "x" * 1_001}}, ["attributes['a']", "attributes['b']"]),
        ({"attributes": {str(n): True for n in range(65)}}, ["attributes"]),
    ],
)
def test_every_broken_field_is_named(broken, named):
    with pytest.raises(InvalidInput) as raised:
        Item(**{"item_id": "a", **broken})
    assert [violation.field for violation in raised.value.violations] == named


def test_texts_of_any_script_are_fine():
    item = Item(
        item_id="a", title="\x00", item_type="Büro 🏢", location_name="東京", price=0.0, attributes={"\x00": "é"}
    )
    assert (item.item_type, item.location_name) == ("Büro 🏢", "東京")
