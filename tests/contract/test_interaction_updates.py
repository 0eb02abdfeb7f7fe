"""The worker that keeps interaction features: killed anywhere, twice at once, or with another plan, it counts right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import select

from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.tables import interaction_features
from core.caller import Caller
from core.errors import InvalidInput
from core.features.streams.live import StreamState
from core.identifiers import LeadId, TenantId
from core.interactions import updating
from core.interactions.plan import INTERACTION_PLAN
from core.interactions.reading import InteractionReader
from core.interactions.store import Pair
from core.interactions.updating import InteractionUpdates
from tests.parts.events import event

ACME, OTHER = TenantId("acme"), TenantId("other")
CALLER = Caller(tenant=ACME, actor="shop")
KINDS = ("item_viewed", "item_viewed", "item_added_to_cart", "item_purchased", "item_viewed", "search_performed")
ANOTHER_PLAN = replace(INTERACTION_PLAN, features=INTERACTION_PLAN.features[:-1])


class Killed(BaseException):
    """The end of a worker, as nothing catches it."""


@pytest.fixture
def log(database, clock):
    return SqlEventLog(database, clock)


@pytest.fixture
def store(database, clock):
    return SqlInteractionStore(database, clock)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(updating, "PAGE", 100)
    monkeypatch.setattr(updating, "LEAST_AT_ONCE", 10)
    monkeypatch.setattr(updating, "PAIRS_AT_ONCE", 15)


def record(log, clock, count: int, start: int = 0) -> None:
    """Record events of 10 leads and 3 items, some without an item, in transactions of 100."""
    for first in range(start, start + count, 100):
        clock.advance(1)
        numbers = range(first, min(first + 100, start + count))
        log.append(
            CALLER,
            "",
            [
                event(
                    str(number),
                    f"lead{number * 7 % 10}",
                    kind=KINDS[number % len(KINDS)],
                    item_id="" if number % 11 == 0 else f"item{number % 3}",
                    session_id=f"s{number // 10}",
                    duration_ms=number * 13,
                    occurred_us=0,
                )
                for number in numbers
            ],
        )


def now_us(clock) -> int:
    return round(clock.now.timestamp() * 1_000_000) + 5


def expected(log, plan=INTERACTION_PLAN) -> dict[Pair, StreamState]:
    with_item = [one for one in log.all(ACME) if one.item_id]
    states: dict[Pair, StreamState] = {}
    for pair, events in groupby(sorted(with_item, key=lambda e: (e.lead_id, e.item_id, e.sequence)), lambda e: e[2]):
        for one in events:
            states.setdefault(Pair(LeadId(pair), one.item_id), StreamState(plan)).add(one)
    return states


def check_rows(log, store, plan=INTERACTION_PLAN, tenant=ACME) -> None:
    """Check that the stored sums are those of all events."""
    states = expected(log, plan)
    stored = store.pairs(tenant, list(states))
    assert stored.keys() == states.keys()
    for pair, state in states.items():
        kept = StreamState.from_bytes(plan, stored[pair].state)
        moment_us = stored[pair].moment_us
        assert stored[pair].sequence == kept.head == state.head
        assert kept.values(moment_us) == state.values(moment_us)


@contextmanager
def killed_at(database, number: int) -> Iterator[None]:
    """Kill whoever executes the statement of this number, right after the database did it."""
    seen = 0

    def kill(connection: sqlalchemy.Connection, cursor: Any, statement: str, *_: object) -> None:
        nonlocal seen
        seen += not statement.startswith("BEGIN")
        if seen == number:
            # Its connection ends with it, and the database takes back what was not committed.
            cursor.close()
            connection.invalidate()
            raise Killed

    sqlalchemy.event.listen(database._engine, "after_cursor_execute", kill)
    try:
        yield
    finally:
        sqlalchemy.event.remove(database._engine, "after_cursor_execute", kill)


def test_rows_are_what_all_events_give_and_columns_hold_the_features(log, store, clock, database):
    record(log, clock, 230)
    done = InteractionUpdates(log, store).run(ACME, now_us(clock))
    assert (done.events, done.up_to_sequence, done.is_done) == (230, 230, True)
    check_rows(log, store)
    record(log, clock, 90, start=230)
    assert InteractionUpdates(log, store).run(ACME, now_us(clock)).events == 90
    check_rows(log, store)
    pair = Pair(LeadId("lead7"), "item1")
    values = expected(log)[pair].values(store.pairs(ACME, [pair])[pair].moment_us)
    with database.read(ACME) as connection:
        named = (interaction_features.c.lead_id == pair.lead_id, interaction_features.c.item_id == pair.item_id)
        row = connection.execute(select(interaction_features).where(*named)).one()
    for name in ("total_views", "purchases", "view_recency", "engagement_score", "preferred_device"):
        assert getattr(row, name) == values[name]
    assert round(row.first_view_date.timestamp() * 1e6) == values["first_view_date"]
    assert InteractionUpdates(log, store).run(ACME, now_us(clock)).events == 0
    assert InteractionUpdates(log, store).run(OTHER, now_us(clock)).is_done


def test_a_worker_killed_after_any_statement_loses_and_doubles_nothing(log, store, clock, database):
    record(log, clock, 230)
    updates = InteractionUpdates(log, store, pairs_at_once=10)
    for number in range(1, 1_000):
        try:
            with killed_at(database, number):
                updates.run(ACME, now_us(clock))
        except Killed:
            # As far as it came, what it left is whole: live values are right at any time.
            pair = Pair(LeadId("lead7"), "item1")
            found = InteractionReader(store).get(ACME, pair, now_us(clock))
            assert found.values == expected(log)[pair].values(now_us(clock))
            continue
        break
    assert number > 5
    check_rows(log, store)


def test_killed_once_at_each_statement_of_a_page_the_next_run_ends_it(log, store, clock, database):
    for number in range(1, 10):
        record(log, clock, 60, start=60 * number)
        with pytest.raises(Killed), killed_at(database, number):
            InteractionUpdates(log, store).run(ACME, now_us(clock))
        InteractionUpdates(log, store).run(ACME, now_us(clock))
        check_rows(log, store)


def test_two_workers_at_once_count_each_event_once(log, store, clock):
    record(log, clock, 300)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                if InteractionUpdates(log, store, pairs_at_once=10).run(ACME, now_us(clock)).is_done:
                    return
        except BaseException as problem:  # noqa: BLE001
            failed.append(problem)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    InteractionUpdates(log, store).run(ACME, now_us(clock))
    check_rows(log, store)


def test_another_plan_works_through_the_log_anew(log, store, clock):
    record(log, clock, 200)
    InteractionUpdates(log, store).run(ACME, now_us(clock))
    done = InteractionUpdates(log, store, ANOTHER_PLAN).run(ACME, now_us(clock), go_on=iter([True, False]).__next__)
    assert (done.events, done.up_to_sequence, done.is_done) == (100, 100, False)
    pair = Pair(LeadId("lead7"), "item1")
    moment_us = now_us(clock)
    assert InteractionReader(store).get(ACME, pair, moment_us).values == expected(log)[pair].values(moment_us)
    InteractionUpdates(log, store, ANOTHER_PLAN).run(ACME, now_us(clock))
    check_rows(log, store, ANOTHER_PLAN)
    InteractionUpdates(log, store).run(ACME, now_us(clock))
    check_rows(log, store)


def test_a_worker_with_another_plan_killed_in_a_page_leaves_the_first_plan_nothing_half_done(
    log, store, clock, database
):
    record(log, clock, 200)
    InteractionUpdates(log, store).run(ACME, now_us(clock))
    for number in range(1, 30, 3):
        with suppress(Killed), killed_at(database, number):
            InteractionUpdates(log, store, ANOTHER_PLAN, pairs_at_once=10).run(ACME, now_us(clock))
        record(log, clock, 50, start=200 + 50 * number)
        InteractionUpdates(log, store).run(ACME, now_us(clock))
        check_rows(log, store)


def test_a_damaged_row_is_worked_out_from_the_log(log, store, clock, database):
    record(log, clock, 150)
    InteractionUpdates(log, store).run(ACME, now_us(clock))
    with database.write(ACME) as connection:
        connection.execute(interaction_features.update().values(state=b"no"))
    pair = Pair(LeadId("lead7"), "item1")
    moment_us = now_us(clock)
    assert InteractionReader(store).get(ACME, pair, moment_us).values == expected(log)[pair].values(moment_us)
    record(log, clock, 250, start=150)
    InteractionUpdates(log, store).run(ACME, now_us(clock))
    check_rows(log, store)


def test_an_erased_lead_leaves_no_row_even_if_it_goes_while_its_page_is_worked_through(log, store, clock, database):
    record(log, clock, 150)
    updates = InteractionUpdates(log, store)
    pairs_of = store.pairs

    def erase_first(tenant, pairs):
        store.pairs = pairs_of
        with database.write(ACME) as connection:
            erase_lead(connection, ACME, LeadId("lead7"))
        return pairs_of(tenant, pairs)

    store.pairs = erase_first
    done = updates.run(ACME, now_us(clock))
    assert (done.events, done.is_done) == (0, False)
    assert updates.run(ACME, now_us(clock)).is_done
    check_rows(log, store)
    with database.read(ACME) as connection:
        mine = interaction_features.c.lead_id == "lead7"
        assert connection.execute(select(interaction_features).where(mine)).all() == []


def test_live_values_are_exact_whatever_the_worker_has_done(log, store, clock):
    record(log, clock, 150)
    InteractionUpdates(log, store).run(ACME, now_us(clock))
    record(log, clock, 100, start=150)
    reader, moment_us = InteractionReader(store), now_us(clock)
    states = expected(log)
    for pair, found in zip(states, reader.get_many(ACME, list(states), moment_us), strict=True):
        assert (found.values, found.up_to_sequence) == (states[pair].values(moment_us), states[pair].head)
    nothing = reader.get(ACME, Pair(LeadId("nobody"), "nothing"), moment_us)
    assert (nothing.event_count, nothing.last_event_us, nothing.values["total_views"]) == (0, None, 0.0)
    assert reader.get(OTHER, next(iter(states)), moment_us).event_count == 0


def test_live_values_are_never_of_a_moment_before_the_stored_ones(log, store, clock):
    record(log, clock, 50)
    later_us = now_us(clock) + timedelta(days=3) // timedelta(microseconds=1)
    InteractionUpdates(log, store).run(ACME, later_us)
    pair = Pair(LeadId("lead7"), "item1")
    assert InteractionReader(store).get(ACME, pair, now_us(clock)).moment_us == later_us


def test_batches_are_neither_small_nor_large(log, store):
    for count in (9, 501):
        with pytest.raises(InvalidInput, match="pairs_at_once"):
            InteractionUpdates(log, store, pairs_at_once=count)
