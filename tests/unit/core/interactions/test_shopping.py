from core.event import EventKind
from tests.parts.behavior_events import event, many, of_pair

K = EventKind


def test_the_way_from_the_cart_to_the_purchase():
    found = of_pair([*many(K.ITEM_VIEWED, 25), *many(K.ITEM_ADDED_TO_CART, 4), event(K.ITEM_PURCHASED)])
    assert [found[name] for name in ("cart_adds", "cart_removes", "purchases")] == [4.0, 0.0, 1.0]
    assert found["cart_conversion_rate"] == 0.25
    assert found["view_to_purchase_rate"] == 0.04


def test_rates_are_at_most_1_and_unknown_without_a_cart_or_a_view():
    found = of_pair([*many(K.ITEM_PURCHASED, 3), event(K.ITEM_ADDED_TO_CART), event(K.ITEM_REMOVED_FROM_CART)])
    assert found["cart_removes"] == 1.0
    assert found["cart_conversion_rate"] == 1.0
    assert found["view_to_purchase_rate"] is None
    assert of_pair([event(K.ITEM_VIEWED)])["cart_conversion_rate"] is None
