"""A process that keeps interaction features, killed in the middle of its writes by the system."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.behavior.recording import microseconds_of
from core.caller import Caller
from core.features.streams.live import StreamState
from core.identifiers import LeadId, TenantId
from core.interactions.plan import INTERACTION_PLAN
from core.interactions.store import Pair
from core.interactions.updating import InteractionUpdates
from tests.parts.events import event
from tests.parts.workers import ROOT

ACME = TenantId("acme")
EVENTS = 1_200
KILLED_AFTER = 5
"""Batches of a hundred pairs, of twelve: in the middle of the second page."""
WORKER = """
import sys
from datetime import UTC, datetime
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.interactions import updating

class Told(SqlInteractionStore):
    def upsert(self, *arguments, **named):
        print("batch", flush=True)
        return super().upsert(*arguments, **named)

def clock():
    return datetime.now(UTC)

updating.PAGE = 300
database = open_database(sys.argv[1])
store = Told(database, clock)
updates = updating.InteractionUpdates(SqlEventLog(database, clock), store, pairs_at_once=100)
updates.run("acme", round(clock().timestamp() * 1_000_000))
print("done", flush=True)
"""


def clock():
    return datetime.now(UTC)


def test_who_comes_after_a_killed_worker_leaves_every_row_as_the_log_says_and_nothing_twice(database, database_url):
    log, store = SqlEventLog(database, clock), SqlInteractionStore(database, clock)
    record(log)

    kill_in_the_middle(database_url)

    place = store.place(ACME)
    assert 0 < place.sequence < EVENTS
    again = InteractionUpdates(log, store).run(ACME, microseconds_of(clock()))
    assert again.is_done
    assert (again.events, again.up_to_sequence) == (EVENTS - place.sequence, EVENTS)
    check_rows(log, store)
    # There is nothing left to do.
    assert InteractionUpdates(log, store).run(ACME, microseconds_of(clock())).pairs == 0


def record(log) -> None:
    kinds = ("item_viewed", "item_viewed", "item_added_to_cart", "item_purchased")
    for start in range(0, EVENTS, 400):
        events = [
            event(
                str(number),
                f"lead{number * 7 % 97}",
                kind=kinds[number % len(kinds)],
                item_id=f"item{number % 23}",
                session_id=f"s{number // 10}",
                duration_ms=number,
                occurred_us=0,
            )
            for number in range(start, start + 400)
        ]
        log.append(Caller(tenant=ACME, actor="shop"), "", events)


def kill_in_the_middle(url: str) -> None:
    command = [sys.executable, "-c", WORKER, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        told = [worker.stdout.readline() for _ in range(KILLED_AFTER)]
        worker.kill()
        told += worker.stdout.readlines()
    assert told[:KILLED_AFTER] == ["batch\n"] * KILLED_AFTER
    assert "done\n" not in told


def check_rows(log, store) -> None:
    states: dict[Pair, StreamState] = {}
    for one in log.all(ACME):
        states.setdefault(Pair(LeadId(one.lead_id), one.item_id), StreamState(INTERACTION_PLAN)).add(one)
    stored = store.pairs(ACME, list(states))
    assert stored.keys() == states.keys()
    for pair, state in states.items():
        kept = StreamState.from_bytes(INTERACTION_PLAN, stored[pair].state)
        assert stored[pair].sequence == kept.head == state.head
        assert kept.values(stored[pair].moment_us) == state.values(stored[pair].moment_us)
