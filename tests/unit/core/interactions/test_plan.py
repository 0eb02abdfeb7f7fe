import math
import random

from hypothesis import given, settings

from core.features.streams.admissible import check_plan
from core.features.streams.declaration import Reading, ValueType
from core.features.streams.live import StreamState
from core.interactions.plan import INTERACTION_PLAN
from tests.parts.behavior_events import MONDAY_US, histories, of_pair, reading
from tests.parts.stated_ranges import stated_range

COLUMNS = [
    "total_views",
    "unique_views",
    "view_duration_avg",
    "view_frequency",
    "engagement_score",
    "cart_adds",
    "cart_removes",
    "purchases",
    "cart_conversion_rate",
    "view_to_purchase_rate",
    "search_views",
    "category_views",
    "collection_views",
    "direct_views",
    "referral_views",
    "first_view_date",
    "last_view_date",
    "view_recency",
    "view_consistency",
    "seasonal_view_pattern",
    "mobile_views",
    "desktop_views",
    "tablet_views",
    "preferred_device",
    "channel_preference",
    "interaction_quality_score",
    "intent_score",
    "loyalty_indicator",
    "recommendation_score",
]


def test_the_features_are_the_columns_that_users_know():
    assert [feature.name for feature in INTERACTION_PLAN.features] == COLUMNS
    check_plan(INTERACTION_PLAN)


def test_every_number_states_its_range():
    for feature in INTERACTION_PLAN.features:
        assert feature.value_type is not ValueType.NUMBER or stated_range(feature.description), feature.name


@given(histories())
@settings(max_examples=100, deadline=None)
def test_numbers_are_finite_and_in_their_stated_range(events):
    values = of_pair(events)
    for feature in INTERACTION_PLAN.features:
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
    held = reading(INTERACTION_PLAN, events)
    entries = {name: list(part.items()) for name, part in held.aggregates.items() if isinstance(part, dict)}
    for each in entries.values():
        random.Random(7).shuffle(each)
    other = held.aggregates | {name: dict(each) for name, each in entries.items()}
    again = Reading(aggregates=other, moment_us=held.moment_us)
    assert repr(INTERACTION_PLAN.values(again)) == repr(INTERACTION_PLAN.values(held))


@given(histories())
@settings(max_examples=30, deadline=None)
def test_live_values_are_those_of_the_reference(events):
    state = StreamState(INTERACTION_PLAN)
    for number, each in enumerate(events, start=1):
        state.add(each._replace(sequence=number, event_id=str(number)))
    assert repr(state.values(MONDAY_US)) == repr(of_pair(events))


def test_without_events_every_feature_has_its_default():
    assert of_pair([]) == {feature.name: feature.default for feature in INTERACTION_PLAN.features}
