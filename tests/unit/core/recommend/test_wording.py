from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recommend.confidence import confidence, effective_interactions
from core.recommend.interaction import Interaction
from core.recommend.item import Item
from core.recommend.wording import amount, bound_above, counted, group_of, shared_properties


def item(kind="loft", place="SoHo", price=2_950.0, **attributes):
    return Item(item_id="i", item_type=kind, location_name=place, price=price, attributes=attributes)


def test_what_all_have_in_common_is_said():
    assert group_of([item(), item(price=2_100.0), item(), item()], 3) == "three lofts in SoHo under 3,000"
    assert group_of([item(), item()], 1) == "one loft in SoHo under 3,000"


def test_what_one_has_not_is_not_said():
    assert group_of([item(), item(kind="house")], 1) == "one item in SoHo under 3,000"
    assert group_of([item(), item(place="")], 1) == "one loft under 3,000"
    assert group_of([item(), item(price=None)], 1) == "one loft in SoHo"
    assert group_of([item(kind="", place=""), item(kind="", place="")], 1) == "one item"
    assert group_of([item(price=0.4), item(price=0.2)], 1) == "one loft in SoHo"


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("loft", "two lofts"),
        ("property", "two properties"),
        ("bay", "two bays"),
        ("running shoes", "two running shoes"),
        ("box", "two boxes"),
    ],
)
def test_plurals(noun, said):
    assert counted(2, noun) == said
    assert counted(1, noun) == f"one {noun}"
    assert counted(1_200, noun).startswith("1,200 ")


@given(st.lists(st.floats(1.0, 1e12), min_size=1, max_size=5))
def test_a_bound_holds_as_it_is_written(prices):
    bound = bound_above(prices)
    written = float(amount(bound).replace(",", ""))
    assert all(price < written for price in prices)
    assert written <= 1.2 * max(prices)
    digits = re.sub(r"[,.]|0+$", "", amount(bound).replace(".", "")).lstrip("0").rstrip("0")
    assert len(digits) <= 3


def test_shared_properties_are_those_of_both():
    first = item(floors=2.0, lift=True, style="Old", other="x")
    second = item(kind="LOFT", place="Harlem", price=3_000.0, floors=2.0, lift=True, style="old ", other=1.0)
    assert shared_properties(first, second) == [
        "type loft",
        "floors 2",
        "lift yes",
        "style Old",
        "price near 2,950",
    ]
    assert shared_properties(item(price=100.0), item(kind="house", place="x", price=120.0)) == []


def test_confidence_rises_with_what_is_known():
    history = [Interaction("i", 3.0, 0, "item_liked", "e"), Interaction("j", -3.0, 0, "item_disliked", "f")]
    assert effective_interactions(history) == pytest.approx(2.0)
    assert confidence(0.0, 0) == 0.0
    assert confidence(10.0, 20) == pytest.approx(0.5)


@given(st.floats(0, 1e6), st.floats(0, 1e3), st.integers(0, 10**6), st.integers(0, 1_000))
def test_confidence_never_falls(effective, more, leads, further):
    base = confidence(effective, leads)
    assert 0.0 <= base < 1.0
    assert confidence(effective + more, leads) >= base
    assert confidence(effective, leads + further) >= base
