from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.event import EventKind
from core.features.behavior import has_events
from core.features.streams.declaration import ValueType
from core.features.streams.live import StreamState
from tests.parts.behaving import START, behaving_leads, behaving_table, event
from training.behavior import with_behavior

MOMENT = START + timedelta(days=30)


@pytest.fixture
def table():
    kept = replace(behaving_table(), behavior=None, facts={})
    return replace(kept, moments=(MOMENT, MOMENT + timedelta(days=9), *kept.moments[2:]))


def totals(table):
    return [values["total_interactions"] for values in table.behavior]


def test_only_events_recorded_before_the_moment_count(table):
    second = timedelta(microseconds=1)
    events = [
        event(1, "lead-0", EventKind.ITEM_VIEWED, START, recorded_us=microseconds_of(MOMENT - second)),
        event(2, "lead-0", EventKind.ITEM_VIEWED, START, recorded_us=microseconds_of(MOMENT)),
        event(3, "lead-1", EventKind.ITEM_VIEWED, START, recorded_us=microseconds_of(MOMENT)),
        event(4, "somebody-else", EventKind.ITEM_VIEWED, START),
    ]
    assert totals(with_behavior(table, events, LEAD_PLAN))[:3] == [1.0, 1.0, 0.0]


def test_rows_are_what_serving_says_at_the_moment():
    table = behaving_table()
    _, events = behaving_leads()
    for place in (3, 40, 77):
        moment_us = microseconds_of(table.moments[place])
        state = StreamState(LEAD_PLAN)
        for one in events:
            if one.lead_id == table.leads[place].lead_id and one.recorded_us < moment_us:
                state.add(one)
        served = state.values(moment_us)
        assert table.behavior[place] == {name: served[name] for name in table.behavior[place]}
    times = {f.name for f in LEAD_PLAN.features if f.value_type is ValueType.TIME}
    assert not times & table.behavior[0].keys()


def test_rows_without_a_moment_know_nothing(table):
    found = with_behavior(replace(table, moments=(None, *table.moments[1:])), behaving_leads()[1], LEAD_PLAN)
    assert found.behavior[0] is None
    assert found.behavior[1] is not None


@pytest.mark.parametrize("days", [None, 900])
def test_without_an_event_before_any_moment_the_table_stays_as_it_is(table, days):
    late = [] if days is None else [event(1, "lead-0", EventKind.ITEM_VIEWED, START + timedelta(days=days))]
    assert with_behavior(table, late, LEAD_PLAN) is table


def test_the_fingerprint_and_the_facts_tell_of_it(table):
    found = with_behavior(table, behaving_leads()[1], LEAD_PLAN)
    assert found.fingerprint != table.fingerprint
    assert with_behavior(table, behaving_leads()[1], LEAD_PLAN).fingerprint == found.fingerprint
    assert found.facts["behavior_plan"] == LEAD_PLAN.hash
    assert found.facts["behavior_lead_count"] == sum(map(has_events, found.behavior))


def test_judged_rows_keep_their_own(table):
    found = with_behavior(table, behaving_leads()[1], LEAD_PLAN)
    judged = np.arange(len(table.leads)) % 3 == 1
    kept = replace(found, judged=judged).only_judged()
    assert kept.behavior == found.behavior[1::3]
