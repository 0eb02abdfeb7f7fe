import math
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings

from core.behavior.plan import LEAD_PLAN, build_lead_plan
from core.behavior.settings import LeadBehaviorSettings
from core.behavior.weights import EngagementWeights
from core.event import EventKind
from core.features.streams.admissible import check_plan
from core.features.streams.declaration import Reading, ValueType
from core.features.streams.live import StreamState
from core.features.streams.window import DAY_US
from tests.parts.behavior_events import MONDAY_US, event, histories, of_lead, reading
from tests.parts.stated_ranges import stated_range

LEARNING = ("item_preference", "behavior", "session", "time")
LEARNED = [feature for feature in LEAD_PLAN.features if feature.family in LEARNING]


def test_the_learning_engine_has_54_numbers_and_3_categories():
    types = [feature.value_type for feature in LEARNED]
    assert types.count(ValueType.NUMBER) == 54
    assert types.count(ValueType.CATEGORY) == 3
    assert len(types) == 57


def test_every_name_is_unique_and_every_aggregate_can_be_kept():
    names = [feature.name for feature in LEAD_PLAN.features]
    assert len(set(names)) == len(names)
    check_plan(LEAD_PLAN)


def test_the_names_that_users_know_are_there():
    known = {
        "total_interactions",
        "unique_action_types",
        "days_since_first",
        "days_since_last",
        "interaction_timespan_days",
        "view_frequency",
        "click_frequency",
        "inquiry_frequency",
        "message_frequency",
        "schedule_frequency",
        "peak_hour",
        "peak_day",
        "weekend_ratio",
        "business_hours_ratio",
        "engagement_score_total",
        "engagement_score_avg",
        "engagement_score_median",
        "avg_session_length_minutes",
        "total_sessions",
        "avg_actions_per_session",
        "engagement_score",
        "avg_view_duration_seconds",
        "property_type_diversity",
        "like_ratio",
        "booking_completion_rate",
        "exploration_ratio",
        "preferred_property_type",
        "preferred_time_period",
        "primary_event_type",
    }
    assert known <= {feature.name for feature in LEAD_PLAN.features}


def test_every_number_states_its_range():
    unstated = [
        feature.name
        for feature in LEAD_PLAN.features
        if feature.value_type is ValueType.NUMBER and stated_range(feature.description) is None
    ]
    assert unstated == []


@given(histories())
@settings(max_examples=60, deadline=None)
def test_numbers_are_finite_and_in_their_stated_range(events):
    values = of_lead(events)
    for feature in LEAD_PLAN.features:
        value = values[feature.name]
        if value is None or feature.value_type is not ValueType.NUMBER:
            continue
        least, most = stated_range(feature.description)
        assert isinstance(value, float), feature.name
        assert math.isfinite(value), feature.name
        assert least <= value <= most, (feature.name, value)


@given(histories())
@settings(max_examples=30, deadline=None)
def test_the_order_of_histograms_changes_no_bit(events):
    held = reading(LEAD_PLAN, events)
    shuffled = {name: _shuffled(part) for name, part in held.aggregates.items()}
    other = Reading(aggregates=shuffled, moment_us=held.moment_us)
    assert repr(LEAD_PLAN.values(other)) == repr(LEAD_PLAN.values(held))


def _shuffled(part):
    if not isinstance(part, dict):
        return part
    entries = list(part.items())
    random.Random(7).shuffle(entries)
    return dict(entries)


@given(histories())
@settings(max_examples=30, deadline=None)
def test_live_values_are_those_of_the_reference(events):
    state = StreamState(LEAD_PLAN)
    for number, each in enumerate(events, start=1):
        state.add(each._replace(sequence=number, event_id=str(number)))
    assert repr(state.values(MONDAY_US)) == repr(of_lead(events))


def test_a_lead_without_events_has_the_defaults():
    assert of_lead([]) == {feature.name: feature.default for feature in LEAD_PLAN.features}


def test_of_a_busy_lead_everything_is_known():
    facts = {"duration_ms": 9, "price_e4": 50_000, "item_type": "loft", "item_location": "SoHo", "value_e4": 10_000}
    days = (0.01, 1.5, 3.2, 9, 20)
    values = of_lead([event(kind, days_ago=day, positive=True, **facts) for kind in EventKind for day in days])
    assert [name for name, value in values.items() if value is None] == []


GIVEN_WHEN_SPARSE = {
    "property_type_count",
    "location_count",
    "item_count",
    "interest_count",
    "search_count",
    "session_count",
    "recency_score",
    "days_since_interest",
    "active_days",
}


def test_of_a_sparse_lead_only_counts_and_times_since_are_given():
    kinds = (EventKind.ITEM_VIEWED, EventKind.ITEM_LIKED, EventKind.SEARCH_PERFORMED, EventKind.BOOKING_REQUESTED)
    facts = {"item_type": "loft", "item_location": "SoHo", "price_e4": 5, "duration_ms": 9}
    values = of_lead([event(kind, **facts) for kind in kinds])
    given_values = {feature.name for feature in LEARNED if values[feature.name] != feature.default}
    assert given_values == GIVEN_WHEN_SPARSE


def test_the_fifth_event_makes_the_rest_known():
    four = [event(EventKind.ITEM_VIEWED, days_ago=day, item_type="loft") for day in range(1, 5)]
    assert of_lead(four)["property_type_diversity"] is None
    assert of_lead([*four, event(EventKind.ITEM_VIEWED, item_type="loft")])["property_type_diversity"] == 0.0


def test_events_before_the_lookback_do_not_lift_a_lead_above_sparse():
    old = [event(EventKind.ITEM_VIEWED, days_ago=40, item_type="loft") for _ in range(9)]
    assert of_lead([*old, event(EventKind.ITEM_VIEWED, item_type="loft")])["top_property_type_share"] is None


@pytest.mark.parametrize("days_ago", [30.5, 31.5, 400.0])
def test_what_expired_has_its_default_whatever_the_windows_hold(days_ago):
    held = reading(LEAD_PLAN, [event(EventKind.ITEM_VIEWED, item_type="loft") for _ in range(9)])
    late = Reading(aggregates=held.aggregates | {"last_us": MONDAY_US - round(days_ago * DAY_US)}, moment_us=MONDAY_US)
    values = LEAD_PLAN.values(late)
    expired = [f for f in LEAD_PLAN.features if f.ttl_us and days_ago * DAY_US > f.ttl_us]
    assert all(values[feature.name] == feature.default for feature in expired)
    assert (values["item_count"] == 0.0) is (days_ago > 31)
    assert values["total_interactions"] == 9.0


def test_a_lead_that_fell_silent_has_no_learned_values():
    values = of_lead([event(EventKind.ITEM_VIEWED, days_ago=60, item_type="loft") for _ in range(9)])
    assert all(values[feature.name] == feature.default for feature in LEARNED)


@pytest.mark.parametrize(
    "other",
    [
        LeadBehaviorSettings(weights=EngagementWeights(view=1.5)),
        LeadBehaviorSettings(business_hours=(8, 17)),
        LeadBehaviorSettings(session_gap=timedelta(hours=71)),
        LeadBehaviorSettings(minimum_interactions=2),
    ],
)
def test_every_setting_changes_the_hash(other):
    assert build_lead_plan(other).hash != LEAD_PLAN.hash


def test_the_same_settings_give_the_same_hash():
    again = LeadBehaviorSettings(weights=EngagementWeights(view=1.5))
    assert build_lead_plan(again).hash == build_lead_plan(again).hash
    assert build_lead_plan(LeadBehaviorSettings()).hash == LEAD_PLAN.hash
