import pytest

from core.behavior.plan import build_lead_plan
from core.behavior.settings import LeadBehaviorSettings
from core.behavior.weights import EngagementWeights
from core.event import EventKind
from tests.parts.behavior_events import event, of_lead, values

AGO = (0.02, 0.5, 5, 20, 80, 200)
"""Days: within the hour, the day, the week, the month, the quarter, and before."""


def over_windows(name, events):
    found = of_lead(events)
    return [found[f"{name}_{window}"] for window in ("1h", "1d", "7d", "30d", "90d")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("events", EventKind.MESSAGE_SENT),
        ("views", EventKind.ITEM_VIEWED),
        ("inquiries", EventKind.INQUIRY_SENT),
        ("purchases", EventKind.ITEM_PURCHASED),
    ],
)
def test_each_window_counts_what_is_within_it(name, kind):
    assert over_windows(name, [event(kind, days_ago=days) for days in AGO]) == [1, 2, 3, 4, 5]


def test_a_count_is_of_its_kind_alone():
    assert over_windows("views", [event(EventKind.LINK_CLICKED, days_ago=0.02)]) == [0, 0, 0, 0, 0]


def test_value_is_of_purchases_and_completed_bookings():
    events = [
        event(EventKind.ITEM_PURCHASED, days_ago=0.02, value_e4=12_5000),
        event(EventKind.BOOKING_COMPLETED, days_ago=5, value_e4=30_0000),
        event(EventKind.ITEM_ADDED_TO_CART, days_ago=5, value_e4=99_0000),
    ]
    assert over_windows("value", events) == [12.5, 12.5, 42.5, 42.5, 42.5]


def test_engagement_halves_with_each_half_life():
    found = of_lead([event(EventKind.INQUIRY_SENT, days_ago=7)])
    assert found["engagement_fading_7d"] == pytest.approx(1.5)
    assert found["engagement_fading_1d"] == pytest.approx(3 / 128)
    assert found["engagement_fading_30d"] == pytest.approx(3 * 2 ** (-7 / 30), rel=0.02)


def test_an_operators_weights_count_in_fading_engagement():
    plan = build_lead_plan(LeadBehaviorSettings(weights=EngagementWeights(inquiry=5.0)))
    found = values(plan, [event(EventKind.INQUIRY_SENT, days_ago=7)])
    assert found["engagement_fading_7d"] == pytest.approx(2.5)
