from __future__ import annotations

import psycopg
import pytest
from alembic import command
from sqlalchemy import inspect, select, text

from core.adapters.sql import postgresql_engine
from core.adapters.sql.bounded_connection import BoundedConnection
from core.adapters.sql.migrate import alembic_config
from core.adapters.sql.schema_version import SCHEMA_VERSION
from core.adapters.sql.tables import metadata
from core.adapters.sql.walls import ALL_TENANTS
from tests.parts.rows import add_rows

REVISIONS = ["0001", "0002", "0003", "0004", "0005", "0006"]
NEW_TABLES = {
    "0001": set(),
    "0002": {"api_keys", "api_key_secrets", "audit_records"},
    "0003": {
        *("lead_feedback", "lead_feedback_history", "training_runs", "retraining_checks"),
        *("shadow_versions", "shadow_scores", "online_states", "online_updates", "dead_letters"),
        *("serving_sketches", "drift_reports", "alerts", "alert_deliveries"),
    },
    "0004": {
        *("experiments", "experiment_exposures", "experiment_leads", "experiment_units"),
        *("experiment_progress", "experiment_looks", "experiment_allocations"),
    },
    "0005": {
        *("lead_events", "event_heads", "lead_states", "interaction_features", "stream_cursors", "served_vectors"),
        *("feature_mismatches", "catalog_items", "catalog_heads", "recommendation_log", "item_popularity"),
    },
    "0006": {
        *("conversation_facts", "insight_types", "intelligence_heads", "conversation_keys", "conversation_messages"),
        *("lead_health", "action_catalogs", "active_action_catalogs", "action_decisions", "action_outcomes"),
        "shadow_agreements",
    },
}


def tables_of(revision):
    """Return the tables a revision has; none of them changed its columns since."""
    later = set().union(*(NEW_TABLES[name] for name in REVISIONS if name > revision))
    return [table for table in metadata.sorted_tables if table.name not in later]


def move(database, direction, revision):
    with database.write(ALL_TENANTS) as connection:
        getattr(command, direction)(alembic_config(connection), revision)


def rows(database, tables, tenant):
    with database.read(tenant) as connection:
        mine = {table.name: select(table).where(table.c.tenant == tenant) for table in tables}
        return {name: connection.execute(query).all() for name, query in mine.items()}


def test_the_newest_revision_is_tested_here():
    assert REVISIONS[-1] == SCHEMA_VERSION


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_what_a_version_before_wrote_survives_the_migrations(empty_url, opened, revision):
    database, tables = opened(empty_url), tables_of(revision)
    move(database, "upgrade", revision)
    with database.write("a") as connection:
        add_rows(connection, tables, "a")
    before = rows(database, tables, "a")
    assert all(len(found) == 1 for found in before.values())
    database.migrate()
    assert rows(database, tables, "a") == before


def test_a_migration_goes_up_and_down_and_up_again_with_rows_in_every_table(empty_url, opened):
    database, kept = opened(empty_url), tables_of("0001")
    database.migrate()
    with database.write("a") as connection:
        add_rows(connection, metadata.sorted_tables, "a")
    before = rows(database, kept, "a")
    move(database, "downgrade", "0001")
    assert rows(database, kept, "a") == before
    database.migrate()
    assert rows(database, kept, "a") == before
    assert rows(database, metadata.sorted_tables, "a")["audit_records"] == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_nothing_is_left_of_a_schema_that_was_taken_back(empty_url, opened, revision):
    database = opened(empty_url)
    move(database, "upgrade", revision)
    move(database, "downgrade", "base")
    with database.read(ALL_TENANTS) as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        if connection.dialect.name == "postgresql":
            assert connection.scalar(text("SELECT count(*) FROM pg_proc WHERE proname LIKE '%audit%'")) == 0


def test_every_revision_has_the_tables_it_should(empty_url, opened):
    database = opened(empty_url)
    for revision in REVISIONS:
        move(database, "upgrade", revision)
        with database.read(ALL_TENANTS) as connection:
            names = set(inspect(connection).get_table_names())
        assert names == {table.name for table in tables_of(revision)} | {"alembic_version"}


SLOW_INDEX = """
CREATE FUNCTION be_slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_query() LIKE '%ix_lead_feedback_tenant_updated_at%' THEN PERFORM pg_sleep(1); END IF;
END $$;
CREATE EVENT TRIGGER slow_index ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION be_slow();
"""


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_an_index_on_a_filled_table_may_take_longer_than_any_other_statement(empty_url, opened, postgres, monkeypatch):
    move(opened(empty_url), "upgrade", "0003")
    name = empty_url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(postgres.admin_url(name)) as admin:
        admin.execute(SLOW_INDEX)
    monkeypatch.setitem(postgresql_engine._SETTINGS, "statement_timeout", "500ms")
    monkeypatch.setattr(BoundedConnection, "exchange_seconds", 0.6, raising=False)
    database = opened(empty_url)
    database.migrate()
    with database.read(ALL_TENANTS) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == SCHEMA_VERSION
        assert connection.scalar(text("SHOW statement_timeout")) == "500ms"
        assert connection.connection.driver_connection.exchange_seconds == 0.6
