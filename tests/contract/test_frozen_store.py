"""A frozen PostgreSQL keeps its sockets open and says nothing: nobody may wait for it for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.adapters.sql import SqlLeadStore
from core.adapters.sql.bounded_connection import patience_within
from core.adapters.sql.failures import OUTAGES, StoreLost
from core.adapters.sql.postgresql_engine import ALIVE_SECONDS
from core.caller import LOCAL_CALLER
from core.deadline import clear_deadline, set_deadline
from core.errors import DeadlineSpent, DependencyDown
from core.identifiers import LeadId
from core.lead import Lead, LeadWrite
from core.resilience.breaker import BreakerState, CircuitBreaker
from tests.e2e.chaos.postgres_processes import PostgresProcesses

LEAD = LeadWrite(lead=Lead(lead_id=LeadId("a")))
REST = timedelta(seconds=0.3)


@pytest.fixture
def processes(postgres) -> Iterator[PostgresProcesses]:
    with PostgresProcesses(postgres) as processes:
        yield processes


@pytest.fixture
def database(postgres, fresh_names, opened):
    database = opened(postgres.create_database(next(fresh_names), "migrated"))
    database.breaker = CircuitBreaker(
        "store", OUTAGES, REST, outages=(StoreLost,), unclear=(DeadlineSpent, DependencyDown)
    )
    database.check()
    return database


@contextmanager
def seconds_left(seconds: float) -> Iterator[None]:
    token = set_deadline(time.monotonic() + seconds)
    try:
        yield
    finally:
        clear_deadline(token)


def refusal(store, *, most: float, left: float) -> Exception:
    started = time.monotonic()
    with pytest.raises((DependencyDown, DeadlineSpent)) as refused, seconds_left(left):
        store.upsert(LOCAL_CALLER, "r1", [LEAD])
    assert time.monotonic() - started < most
    return refused.value


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_write_ends_with_its_deadline_then_at_once_and_works_again_after(processes, database, clock, is_connected):
    store = SqlLeadStore(database, clock)
    if not is_connected:
        database.close()
    processes.freeze()
    # A connection that gave a sign of life a moment ago is not asked for another one.
    time.sleep(2 * ALIVE_SECONDS)
    for _ in range(OUTAGES):
        assert isinstance(refusal(store, left=0.7, most=2.0), StoreLost)
    assert database.breaker.state is BreakerState.OPEN
    assert isinstance(refusal(store, left=5.0, most=0.2), DependencyDown)
    processes.thaw()
    time.sleep(1.1 * REST.total_seconds())
    assert store.upsert(LOCAL_CALLER, "r1", [LEAD]).created == 1
    assert database.breaker.state is BreakerState.CLOSED


def test_without_a_deadline_it_ends_too(processes, database):
    processes.freeze()
    started = time.monotonic()
    with pytest.raises(StoreLost):
        database.check()
    assert time.monotonic() - started < 6.0


def test_frozen_within_a_transaction_it_ends_with_the_deadline(processes, database, clock):
    def freezing_clock():
        processes.freeze()
        return clock.now

    assert isinstance(refusal(SqlLeadStore(database, freezing_clock), left=0.4, most=2.0), DeadlineSpent)
    processes.thaw()
    assert SqlLeadStore(database, clock).upsert(LOCAL_CALLER, "r1", [LEAD]).created == 1


def test_callers_without_patience_say_nothing_of_the_store(processes, database, clock):
    store = SqlLeadStore(database, clock)
    processes.freeze()
    for _ in range(OUTAGES + 1):
        assert isinstance(refusal(store, left=0.05, most=2.0), DeadlineSpent)
    assert database.breaker.state is BreakerState.CLOSED


def test_a_slow_statement_of_a_caller_with_little_time_says_nothing_of_the_store(database):
    """Longer than a lock may be waited for; the connections of the others stay as they are."""
    with database.read("default") as connection:
        before = connection.scalar(text("SELECT pg_backend_pid()"))
        with seconds_left(2.7), pytest.raises(DeadlineSpent), database.read("default") as slow:
            slow.execute(text("SELECT pg_sleep(20)"))
    assert database.breaker.state is BreakerState.CLOSED
    with database.read("default") as first, database.read("default") as second:
        after = [connection.scalar(text("SELECT pg_backend_pid()")) for connection in (first, second)]
    assert before in after


@pytest.mark.parametrize(("left", "patience"), [(1.0, 0.95), (10.0, 2.0), (0.06, 0.02), (0.0, 0.02)])
def test_a_wait_leaves_time_to_tell_the_caller(left, patience):
    with seconds_left(left):
        assert patience_within(2.0) == pytest.approx(patience, abs=0.01)
