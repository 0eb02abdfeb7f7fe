from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from core.adapters.sql.engine import open_database
from core.adapters.sql.migrate import alembic_config
from core.adapters.sql.schema_version import SCHEMA_VERSION
from core.adapters.sql.tables import metadata
from core.adapters.sql.walls import ALL_TENANTS
from core.errors import WrongState

MIGRATE = """
import sys
from core.adapters.sql import open_database
from core.adapters.sql.walls import ALL_TENANTS
database = open_database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
database.migrate()
database.migrate()
database.close()
print("alembic" in sys.modules)
"""


def test_the_migrations_make_the_schema_the_code_knows(empty_url, opened):
    database = opened(empty_url)
    database.migrate()
    with database.read(ALL_TENANTS) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_code_knows_the_newest_migration():
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == SCHEMA_VERSION


def test_a_schema_that_differs_is_noticed(empty_url, opened):
    database = opened(empty_url)
    database.migrate()
    with database.write(ALL_TENANTS) as connection:
        connection.execute(text("ALTER TABLE leads ADD COLUMN stray INTEGER"))
    with database.read(ALL_TENANTS) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []


def test_several_processes_may_migrate_at_once(empty_url, opened):
    command = [sys.executable, "-c", MIGRATE, empty_url]
    starts = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in starts:
        assert process.stdout.readline() == "ready\n"
    for process in starts:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in starts:
        output, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert output in {"True\n", "False\n"}
    with opened(empty_url).read(ALL_TENANTS) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [SCHEMA_VERSION]


def test_a_start_on_a_current_schema_does_not_load_alembic(database_url):
    command = [sys.executable, "-c", MIGRATE, database_url]
    result = subprocess.run(command, input="go\n", capture_output=True, text=True, check=True, timeout=30)
    assert result.stdout == "ready\nFalse\n"


def test_a_migration_that_fails_leaves_nothing(empty_url, opened):
    database = opened(empty_url)
    with database.write(ALL_TENANTS) as connection:
        connection.execute(text("CREATE TABLE predictions (x INTEGER)"))
    with pytest.raises(DBAPIError, match="predictions"):
        database.migrate()
    with database.read(ALL_TENANTS) as connection:
        assert inspect(connection).get_table_names() == ["predictions"]


def test_ids_sort_by_code_point_whatever_postgresql_was_made_with(postgres, fresh_names, opened):
    database = opened(postgres.create_database(next(fresh_names), "migrated"))
    columns = "table_schema = 'public' AND column_name IN ('tenant', 'lead_id')"
    question = f"SELECT DISTINCT collation_name FROM information_schema.columns WHERE {columns}"  # noqa: S608 - no input
    with database.read(ALL_TENANTS) as connection:
        assert connection.execute(text(question)).scalars().all() == ["C"]


def test_a_schema_of_newer_code_is_refused_in_a_sentence(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/store.db")
    database.migrate()
    with database.write(ALL_TENANTS) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongState, match="schema 9999") as refused:
        database.migrate()
    assert refused.value.reason == "SCHEMA_TOO_NEW"
