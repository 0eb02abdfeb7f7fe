from __future__ import annotations

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.adapters.sql import SqlLeadStore, open_database
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import LOCAL_CALLER
from core.errors import DependencyDown, InvalidInput
from core.identifiers import LeadId
from core.lead import Lead, LeadWrite
from core.resilience.breaker import BreakerState


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "mysql://root@host/x",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+aiosqlite:///x",
        "://",
        "postgresql://h:port/x",
    ],
)
def test_a_url_of_another_form_is_refused(url):
    with pytest.raises(InvalidInput) as caught:
        open_database(url)
    assert caught.value.violations[0].field == "store_url"


def test_opening_does_not_connect(tmp_path):
    open_database(f"sqlite:///{tmp_path}/new/leadline.db").close()
    open_database("postgresql://nobody@127.0.0.1:1/nothing").close()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_server_that_is_not_there_is_a_dependency_that_is_down():
    database = open_database("postgresql://nobody@127.0.0.1:1/nothing")
    for use in (database.check, database.migrate):
        with pytest.raises(DependencyDown) as caught:
            use()
        assert caught.value.metadata == {"dependency": "store"}
    database.close()


def test_a_file_that_is_no_database_is_a_dependency_that_is_down(tmp_path):
    (tmp_path / "leadline.db").write_bytes(b"not a database" * 1_000)
    database = open_database(f"sqlite:///{tmp_path}/leadline.db")
    with pytest.raises(DependencyDown):
        database.check()
    database.close()


def test_a_folder_in_place_of_the_file_is_a_dependency_that_is_down(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}")
    with pytest.raises(DependencyDown):
        database.check()
    database.close()


def test_wrong_sql_is_not_an_outage(database):
    with pytest.raises(DBAPIError), database.read(ALL_TENANTS) as connection:
        connection.execute(text("SELECT * FROM nothing_of_that_name"))


def test_connections_the_server_dropped_are_replaced(postgres, fresh_names, opened):
    name = next(fresh_names)
    database = opened(postgres.create_database(name, "migrated"))
    database.check()
    postgres.drop_connections(name)
    database.check()


def test_a_connection_lost_within_a_write_leaves_nothing_and_is_tried_again(postgres, fresh_names, opened, clock):
    name = next(fresh_names)
    database = opened(postgres.create_database(name, "migrated"))
    moments = []

    def clock_that_pulls_the_plug():
        moments.append(clock.now)
        if len(moments) == 1:
            postgres.drop_connections(name)
        return clock.now

    lead = LeadWrite(lead=Lead(lead_id=LeadId("a")))
    assert SqlLeadStore(database, clock_that_pulls_the_plug).upsert(LOCAL_CALLER, "r1", [lead]).created == 1
    assert len(moments) == 2
    assert SqlLeadStore(database, clock).upsert(LOCAL_CALLER, "r1", [lead]).created == 1


def test_after_three_lost_connections_the_store_is_left_alone(postgres, fresh_names, opened, clock):
    name = next(fresh_names)
    database = opened(postgres.create_database(name, "migrated"))
    lost = []

    def clock_that_pulls_the_plug():
        lost.append(clock.now)
        postgres.drop_connections(name)
        return clock.now

    lead = LeadWrite(lead=Lead(lead_id=LeadId("a")))
    for _ in range(2):
        with pytest.raises(DependencyDown) as refused:
            SqlLeadStore(database, clock_that_pulls_the_plug).upsert(LOCAL_CALLER, "r1", [lead])
    assert len(lost) == 3
    assert database.breaker.state is BreakerState.OPEN
    assert 10 < refused.value.retry_after.total_seconds() <= 15


@pytest.mark.parametrize("sql", ["SELECT pg_sleep(1)", "SELECT 1 / 0"])
def test_a_database_that_says_no_is_not_left_alone(sql, postgres, fresh_names, opened):
    database = opened(postgres.create_database(next(fresh_names), "migrated"))

    def ask():
        with database.write(ALL_TENANTS) as connection:
            connection.execute(text("SET LOCAL statement_timeout = 10"))
            connection.execute(text(sql))

    for _ in range(4):
        with pytest.raises((DependencyDown, DBAPIError)):
            ask()
    assert database.breaker.state is BreakerState.CLOSED


def test_a_write_waits_for_a_lock_within_bounds(postgres, fresh_names, opened, clock):
    url = postgres.create_database(next(fresh_names), "migrated")
    holder, other = opened(url), opened(url)
    store = SqlLeadStore(other, clock)
    store.upsert(LOCAL_CALLER, "r1", [LeadWrite(lead=Lead(lead_id=LeadId("a")))])
    with holder.write(ALL_TENANTS) as connection:
        connection.execute(text("UPDATE leads SET body = body"))
        started = time.monotonic()
        with pytest.raises(DependencyDown):
            store.upsert(LOCAL_CALLER, "r2", [LeadWrite(lead=Lead(lead_id=LeadId("a")))])
        assert 1.0 < time.monotonic() - started < 4.0
    assert store.upsert(LOCAL_CALLER, "r2", [LeadWrite(lead=Lead(lead_id=LeadId("a")))]).updated == 1


def test_sqlite_is_set_up_for_durability(migrated_file, opened):
    database = opened(f"sqlite:///{migrated_file}")
    with database.read(ALL_TENANTS) as connection:
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS]
    assert dict(zip(PRAGMAS, values, strict=True)) == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}
