import pytest

from core.event import EventKind
from tests.parts.behavior_events import event, of_lead

BOUGHT = [
    event(EventKind.ITEM_PURCHASED, days_ago=90, value_e4=10_0000),
    event(EventKind.ITEM_PURCHASED, days_ago=89.9, value_e4=30_0000),
    event(EventKind.ITEM_PURCHASED, days_ago=30, value_e4=20_5000),
    event(EventKind.ITEM_PURCHASED, days_ago=29),
    event(EventKind.ITEM_VIEWED, days_ago=1, value_e4=99_0000),
]


def test_recency_frequency_and_age():
    found = of_lead(BOUGHT)
    assert found["purchase_count"] == 4.0
    assert found["purchase_days"] == 3.0
    assert found["repeat_purchase_days"] == 2.0
    assert found["purchase_recency_days"] == 61.0
    assert found["purchase_age_days"] == 90.0
    assert found["days_since_purchase"] == 29.0


def test_money_is_of_purchases_that_have_a_value():
    found = of_lead(BOUGHT)
    assert found["purchase_value_total"] == 60.5
    assert found["purchase_value_avg"] == pytest.approx(60.5 / 3)
    assert found["purchase_value_last"] == 20.5


def test_purchases_fade():
    found = of_lead([event(EventKind.ITEM_PURCHASED, days_ago=90)])
    fading = [found[f"purchases_fading_{days}d"] for days in (30, 90, 180)]
    assert fading == pytest.approx([0.125, 0.5, 0.5**0.5], rel=0.02)


def test_who_never_bought_has_counts_of_zero_and_nothing_else():
    found = of_lead([event(EventKind.ITEM_VIEWED)])
    assert [found[name] for name in ("purchase_count", "purchase_days", "repeat_purchase_days")] == [0.0, 0.0, 0.0]
    assert found["purchase_value_total"] == 0.0
    unknown = ("purchase_recency_days", "purchase_age_days", "days_since_purchase", "purchase_value_avg")
    assert [found[name] for name in unknown] == [None] * 4
