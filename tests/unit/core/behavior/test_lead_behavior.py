from datetime import timedelta

import pytest

from core.behavior.lead_behavior import session_window
from core.behavior.plan import build_lead_plan
from core.behavior.settings import LeadBehaviorSettings
from core.behavior.weights import EngagementWeights
from core.event import EventKind
from core.features.streams.admissible import check_plan
from core.features.streams.window import DAY, HOUR, MONTH, QUARTER, WEEK, YEAR
from tests.parts.behavior_events import event, of_lead, values

HOUR_OF_A_DAY = 1 / 24
EXAMPLE = [
    event(EventKind.ITEM_VIEWED, days_ago=1 - 10.5 * HOUR_OF_A_DAY),
    event(EventKind.LINK_CLICKED, days_ago=1 - 10.5 * HOUR_OF_A_DAY - 5 / 1440),
    event(EventKind.INQUIRY_SENT, days_ago=1 - 14 * HOUR_OF_A_DAY - 20 / 1440),
]
"""A Sunday: viewed at 10:30, clicked at 10:35, asked at 14:20; the moment is midnight after it."""


def under(settings, events):
    return values(build_lead_plan(settings), events)


def test_the_core_numbers_of_an_example():
    found = of_lead(EXAMPLE)
    assert found["total_interactions"] == 3.0
    assert found["unique_action_types"] == 3.0
    assert found["days_since_first"] == pytest.approx(13.5 / 24)
    assert found["days_since_last"] == pytest.approx((9 + 40 / 60) / 24)
    assert found["interaction_timespan_days"] == pytest.approx((3 + 50 / 60) / 24)


def test_frequencies_are_shares_of_all_events():
    found = of_lead([*EXAMPLE, event(EventKind.AGENT_CONTACTED)])
    frequencies = [found[f"{name}_frequency"] for name in ("view", "click", "inquiry", "message", "schedule")]
    assert frequencies == [0.25, 0.25, 0.25, 0.0, 0.0]
    assert found["total_interactions"] == 4.0
    assert found["unique_action_types"] == 3.0


def test_how_a_lead_ended_is_no_part_of_how_it_behaved():
    assert of_lead([*EXAMPLE, event(EventKind.OUTCOME_RECORDED)]) == of_lead(EXAMPLE)


def test_the_temporal_pattern_of_an_example():
    found = of_lead(EXAMPLE)
    assert found["peak_hour"] == 10.0
    assert found["peak_day"] == 6.0
    assert found["weekend_ratio"] == 1.0
    assert found["business_hours_ratio"] == 1.0


def test_business_hours_end_before_their_last_hour():
    events = [event(EventKind.ITEM_VIEWED, days_ago=1 - hour * HOUR_OF_A_DAY) for hour in (8, 9, 16, 17)]
    assert of_lead(events)["business_hours_ratio"] == 0.5
    assert under(LeadBehaviorSettings(business_hours=(0, 24)), events)["business_hours_ratio"] == 1.0


def test_engagement_is_the_sum_mean_and_median_of_weights():
    found = of_lead([*EXAMPLE, event(EventKind.BOOKING_COMPLETED)])
    assert found["engagement_score_total"] == 11.0
    assert found["engagement_score_avg"] == 2.75
    assert found["engagement_score_median"] == 2.5


def test_an_operators_weights_count():
    settings = LeadBehaviorSettings(weights=EngagementWeights(view=2.0, inquiry=5.0))
    found = under(settings, EXAMPLE)
    assert found["engagement_score_total"] == 9.0
    assert found["engagement_score_median"] == 2.0


def test_sessions_end_after_three_days_without_an_event():
    days_ago = (20, 18, 16, 10, 7.01)
    found = of_lead([event(EventKind.ITEM_VIEWED, days_ago=days) for days in days_ago])
    assert found["total_sessions"] == 2.0
    assert found["avg_actions_per_session"] == 2.5
    assert found["avg_session_length_minutes"] == pytest.approx((4 + 2.99) / 2 * 1440)


def test_an_operators_gap_counts():
    settings = LeadBehaviorSettings(session_gap=timedelta(hours=3))
    assert under(settings, EXAMPLE)["total_sessions"] == 2.0
    assert of_lead(EXAMPLE)["total_sessions"] == 1.0


def test_sessions_older_than_their_window_do_not_count():
    found = of_lead([event(EventKind.ITEM_VIEWED, days_ago=400)])
    assert found["total_sessions"] == 0.0
    assert found["avg_session_length_minutes"] is None
    assert found["total_interactions"] == 1.0


@pytest.mark.parametrize(
    ("gap", "window"),
    [
        (timedelta(days=3), YEAR),
        (timedelta(hours=2), YEAR),
        (timedelta(minutes=30), QUARTER),
        (timedelta(minutes=10), MONTH),
        (timedelta(minutes=3), WEEK),
        (timedelta(minutes=1), DAY),
        (timedelta(seconds=1), HOUR),
    ],
)
def test_a_short_gap_shortens_the_window_so_that_sessions_can_be_kept(gap, window):
    settings = LeadBehaviorSettings(session_gap=gap)
    assert session_window(settings) is window
    check_plan(build_lead_plan(settings))


def test_below_the_minimum_only_the_total_is_given():
    plan = build_lead_plan(LeadBehaviorSettings(minimum_interactions=4))
    family = [feature for feature in plan.features if feature.family == "lead_behavior"]
    few, enough = values(plan, EXAMPLE), values(plan, [*EXAMPLE, event(EventKind.ITEM_VIEWED)])
    assert {feature.name for feature in family if few[feature.name] != feature.default} == {"total_interactions"}
    assert enough["days_since_last"] is not None
    assert enough["unique_action_types"] == 3.0
