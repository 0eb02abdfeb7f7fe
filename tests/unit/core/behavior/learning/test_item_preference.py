import pytest

from core.event import EventKind
from tests.parts.behavior_events import event, many, of_lead

VIEWED = EventKind.ITEM_VIEWED


def priced(*prices, kind=VIEWED, **fields):
    return [event(kind, price_e4=price * 10_000, **fields) for price in prices]


def test_prices_have_a_center_a_spread_and_ends():
    found = of_lead(priced(100, 200, 200, 200, 300))
    assert found["price_center"] == 200.0
    assert found["price_spread"] == pytest.approx(4000**0.5)
    assert found["price_min"] == 100.0
    assert found["price_max"] == 300.0
    assert found["price_variation"] == pytest.approx(4000**0.5 / 200)
    assert found["price_range_ratio"] == pytest.approx(2 / 3)


def test_the_catalogues_price_stands_in_where_none_was_shown():
    events = [event(VIEWED, price_e4=None, item_price_e4=80_0000) for _ in range(5)]
    assert of_lead(events)["price_center"] == 80.0


def test_without_prices_nothing_is_known_of_them():
    found = of_lead(many(VIEWED, 5))
    names = [name for name in found if name.startswith(("price_", "interest_price"))]
    assert len(names) == 8
    assert [found[name] for name in names] == [None] * 8


def test_free_items_have_no_ratio_of_prices():
    found = of_lead(priced(0, 0, 0, 0, 0))
    assert found["price_center"] == 0.0
    assert found["price_variation"] is None
    assert found["price_range_ratio"] is None


def test_what_a_lead_wants_may_be_dearer_than_what_it_views():
    found = of_lead([*priced(100, 100, 100, 100), *priced(200, 400, kind=EventKind.ITEM_SAVED)])
    assert found["interest_price_center"] == 300.0
    center = 1000 / 6
    assert found["price_interest_tilt"] == pytest.approx((300 - center) / (300 + center))


def test_more_types_are_more_diverse():
    one = of_lead(many(VIEWED, 6, item_type="loft"))
    two = of_lead([*many(VIEWED, 4, item_type="loft"), *many(VIEWED, 2, item_type="house")])
    even = of_lead([*many(VIEWED, 3, item_type="loft"), *many(VIEWED, 3, item_type="house")])
    diversities = [found["property_type_diversity"] for found in (one, two, even)]
    assert diversities[0] == 0.0 < diversities[1] < diversities[2] == pytest.approx(1.0)
    assert [found["property_type_count"] for found in (one, two, even)] == [1.0, 2.0, 2.0]
    assert two["top_property_type_share"] == pytest.approx(2 / 3)
    assert [found["preferred_property_type"] for found in (one, two, even)] == ["loft", "loft", "house"]


def test_locations_concentrate():
    found = of_lead([*many(VIEWED, 4, item_location="SoHo"), *many(VIEWED, 4, item_location="Harlem")])
    assert found["location_concentration"] == 0.5
    assert found["location_count"] == 2.0


def test_items_are_counted_once():
    assert of_lead([event(VIEWED, item_id=name) for name in "aabbbc"])["item_count"] == 3.0


def test_what_was_before_the_lookback_does_not_count():
    old = many(VIEWED, 9, days_ago=40, item_type="castle", price_e4=10**10, item_location="Nice")
    found = of_lead([*old, *many(VIEWED, 5, item_type="loft", price_e4=100_0000)])
    assert found["price_max"] == 100.0
    assert found["preferred_property_type"] == "loft"
    assert found["location_count"] == 0.0
