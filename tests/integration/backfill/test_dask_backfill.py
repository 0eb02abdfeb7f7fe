from __future__ import annotations

import os
import signal
from random import Random

import pytest

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.dask_backfill import DaskBackfill
from core.adapters.backfill.duckdb_backfill import DuckDbBackfill
from core.behavior.plan import LEAD_PLAN
from core.event import Event, EventKind
from core.features.streams.columns import EventColumns
from core.features.streams.window import HOUR_US
from core.interactions.plan import INTERACTION_PLAN
from tests.parts.stream_plans import BEGINNING_US

LEADS = 40
EVENTS = 1200


def _events():
    random = Random(4)
    recorded = [BEGINNING_US + number * HOUR_US for number in range(EVENTS)]
    return [
        Event(
            sequence=number + 1,
            event_id=f"e{number}",
            lead_id=f"lead-{random.randrange(LEADS)}",
            kind=random.choice(list(EventKind)).value,
            occurred_us=recorded_us - random.choice((0, 0, 0, 30 * HOUR_US)),
            recorded_us=recorded_us,
            item_id=f"item-{random.randrange(5)}",
            value_e4=random.randrange(10**7),
            item_type=random.choice(("loft", "house")),
        )
        for number, recorded_us in enumerate(recorded)
    ]


def _rows(events):
    random = Random(5)
    picked = [events[random.randrange(EVENTS)] for _ in range(200)]
    rows = [AsOf(lead_id=e.lead_id, item_id=e.item_id, moment_us=e.recorded_us + 1) for e in picked]
    return [*rows, AsOf(lead_id="nobody", item_id="item-0", moment_us=BEGINNING_US)]


@pytest.mark.parametrize("plan", [LEAD_PLAN, INTERACTION_PLAN], ids=lambda plan: plan.name)
def test_two_workers_find_what_one_machine_finds(two_workers, plan):
    events = _events()
    columns, rows = EventColumns.of(events), _rows(events)
    alone = DuckDbBackfill(plan).values(columns, rows)
    assert DaskBackfill(plan, two_workers).values(columns, rows) == alone
    assert len({repr(values) for values in alone}) > 100


def test_both_workers_do_a_part_and_one_does_the_part_of_another_that_was_killed(two_workers):
    events = _events()
    columns, rows = EventColumns.of(events), _rows(events)
    backfill = DaskBackfill(INTERACTION_PLAN, two_workers)
    answers = backfill.answers(columns, rows)
    workers = {answer.process_id for answer in answers}
    assert len(workers) == 2
    assert os.getpid() not in workers
    assert sorted(number for answer in answers for number in answer.numbers) == list(range(len(rows)))
    os.kill(min(workers), signal.SIGKILL)
    assert backfill.readings(columns, rows) == DuckDbBackfill(INTERACTION_PLAN).readings(columns, rows)
