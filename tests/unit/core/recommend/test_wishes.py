from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from core.recommend.wishes.change_point import FEWEST_SESSIONS, categorical_change, numeric_change
from core.recommend.wishes.choices import SESSION_GAP_US, sessions_of
from core.recommend.wishes.drift import preference_drift
from tests.parts.agent_worlds import browsing


def test_a_clear_change_is_named_with_what_was_before_what_is_after_and_since_when():
    events = browsing(3, sessions=40, change_at=20)
    drift = preference_drift("l", events)
    (change,) = [one for one in drift.changes if one.property_name == "item_type"]
    assert change.before.startswith("loft")
    assert change.after.startswith("flat")
    assert change.p_value <= 0.05
    assert change.before_count + change.after_count == drift.event_count == len(events)
    sessions = sessions_of(events)
    true_since = sessions[20][0].occurred_us
    found = next(place for place, one in enumerate(sessions) if one[0].occurred_us == change.since_us)
    assert abs(found - 20) <= 2, (found, true_since)


def test_a_rise_of_prices_is_named():
    drift = preference_drift("l", browsing(5, sessions=30, change_at=15, dearer=2.5))
    assert "price" in {change.property_name for change in drift.changes}
    price = next(change for change in drift.changes if change.property_name == "price")
    assert price.before.startswith("around ")


def test_another_spelling_of_the_catalogue_is_no_change():
    events = browsing(3, sessions=24)
    half = len(events) // 2
    respelled = [*events[:half], *(one._replace(item_type=f" {one.item_type.upper()} ") for one in events[half:])]
    assert preference_drift("l", respelled) == preference_drift("l", events)
    assert not preference_drift("l", events).changes


def test_small_prices_are_told_with_their_cents():
    events = [
        one._replace(item_price_e4=one.item_price_e4 // 500)
        for one in browsing(5, sessions=40, change_at=20, dearer=1.5)
    ]
    (price,) = (one for one in preference_drift("l", events).changes if one.property_name == "price")
    before, after = (float(words.split()[1].strip(",")) for words in (price.before, price.after))
    assert 2.0 < before < after < 10.0
    assert not before.is_integer()


def test_false_alarms_are_no_more_than_promised():
    raised = sum(bool(preference_drift(f"lead-{seed}", browsing(seed, sessions=12)).changes) for seed in range(30))
    # 1.5 expected; 6 or more of 30 have a chance of 0.3 % at 5 %.
    assert raised < 6


def test_the_order_of_arrival_does_not_matter():
    events = browsing(7, sessions=14, change_at=7)
    shuffled = list(events)
    Random(1).shuffle(shuffled)
    assert preference_drift("l", shuffled) == preference_drift("l", events)


def test_too_few_choices_say_so():
    drift = preference_drift("l", browsing(1, sessions=3)[:10])
    assert drift.has_too_few_events
    assert not drift.changes
    assert preference_drift("l", []).start_us is None


def test_sessions_end_at_a_gap():
    events = browsing(1, sessions=8)
    sessions = sessions_of(events)
    assert sum(map(len, sessions)) == len(events)
    for before, after in pairwise(sessions):
        assert after[0].occurred_us - before[-1].occurred_us > SESSION_GAP_US


@pytest.mark.parametrize("count", range(2 * FEWEST_SESSIONS))
def test_a_change_needs_sessions_on_both_sides(count):
    generator = np.random.default_rng(0)
    assert categorical_change(np.ones((count, 2)), generator) is None
    assert numeric_change(np.ones(count), np.ones(count), generator) is None


def test_what_never_varies_has_no_change():
    found = categorical_change(np.tile([1.0, 0.0], (12, 1)), np.random.default_rng(0))
    assert found is not None
    assert found.p_value == 1.0
