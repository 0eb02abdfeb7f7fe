"""The plans of leads, and of leads and items: live values are those of the past, to the last bit."""

import random

import pytest

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import DuckDbBackfill
from core.behavior.plan import LEAD_PLAN
from core.event import EventKind
from core.features.streams.columns import EventColumns
from core.features.streams.live import StreamState
from core.features.streams.window import DAY_US, HOUR_US, MINUTE_US
from core.interactions.plan import INTERACTION_PLAN
from tests.parts.behavior_events import MONDAY_US, event

GAPS_US = (0, 1, MINUTE_US, 30 * MINUTE_US, 30 * MINUTE_US + 1, 11 * HOUR_US)


def log(count):
    """Return events of two leads in the order of the log, one in five late by up to three days."""
    rng, recorded_us, events = random.Random(11), MONDAY_US, []
    for sequence in range(1, count + 1):
        recorded_us += rng.choice(GAPS_US)
        late_us = rng.choice((0, 0, 0, 0, rng.randrange(3 * DAY_US)))
        times = {"occurred_us": recorded_us - late_us, "recorded_us": recorded_us}
        kind = rng.choice((EventKind.ITEM_VIEWED, *EventKind))
        facts = event(kind, **times, **some_facts(rng))
        events.append(facts._replace(sequence=sequence, event_id=str(sequence * 7919 % 1009), lead_id=rng.choice("ab")))
    return events


def some_facts(rng):
    return {
        "item_id": rng.choice(("", "i", "j")),
        "session_id": rng.choice(("", "s", "t")),
        "duration_ms": rng.choice((None, 0, rng.randrange(10**6))),
        "page_type": rng.choice(("", "search", "detail")),
        "device": rng.choice(("", "mobile", "other")),
        "referrer": rng.choice(("", "email", "direct")),
        "price_e4": rng.choice((None, rng.randrange(10**9))),
        "value_e4": rng.choice((None, rng.randrange(10**9))),
        "positive": rng.choice((None, True, False)),
        "item_type": rng.choice(("", "loft", "house")),
        "item_location": rng.choice(("", "SoHo", "Harlem")),
    }


@pytest.mark.parametrize("plan", [LEAD_PLAN, INTERACTION_PLAN], ids=lambda plan: plan.name)
def test_live_values_are_those_of_the_past(plan):
    events, states, rows, live = log(500), {}, [], []
    for each in events:
        item_id = each.item_id if plan is INTERACTION_PLAN else ""
        if plan is INTERACTION_PLAN and not item_id:
            continue
        state = states.setdefault((each.lead_id, item_id), StreamState(plan))
        state.add(each)
        if each.sequence % 5 == 0:
            moment = {"moment_us": each.recorded_us, "up_to_sequence": each.sequence}
            rows.append(AsOf(lead_id=each.lead_id, item_id=item_id, **moment))
            live.append(state.values(each.recorded_us))
    past = DuckDbBackfill(plan).values(EventColumns.of(events), rows)
    assert len(rows) > 50
    assert list(map(repr, live)) == list(map(repr, past))
