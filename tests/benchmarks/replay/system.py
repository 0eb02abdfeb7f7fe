"""The whole system, started for a replay: PostgreSQL, Redis, server, worker and beat, each a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from tests.benchmarks.children import SERVER, child_environment, listening, server_settings
from tests.benchmarks.replay.loop import Loop
from tests.parts.postgres import find_binaries, running_postgres
from tests.parts.redis_server import running_redis
from tests.parts.serving import Stubs
from tests.parts.workers import start_beat, start_worker

CHECK_SECONDS = 5
"""Between two checks of the beat, instead of an hour: a block takes seconds here, not weeks."""
SETTINGS = {
    "RETRAIN_CHECK_SECONDS": CHECK_SECONDS,
    "RETRAIN_MIN_SPACING_SECONDS": 0,
    "RETRAIN_MAX_RUNS_PER_DAY": 10_000,
    "PENDING_RUNS_SECONDS": 1,
    "FEEDBACK_AGGREGATION_SECONDS": CHECK_SECONDS,
    "DRIFT_CHECK_SECONDS": 10,
    "MODELS_KEPT": 0,
}
"""What differs from the defaults: the clock, nothing about statistics."""


@contextmanager
def running_system(folder: Path) -> Iterator[Loop]:
    """Run everything until the block ends.

    Raises:
        RuntimeError: If there is no PostgreSQL or no Redis here, or something does not start.
    """
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("no PostgreSQL here")
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres(binaries))
        broker = stack.enter_context(running_redis("--maxmemory-policy", "noeviction"))
        url = postgres.create_database("replay")
        database = _migrated(url)
        stack.callback(database.close)
        chosen = {f"LEADLINE_{name}": str(value) for name, value in SETTINGS.items()}
        chosen |= {"LEADLINE_MODEL_DIR": str(folder / "models"), "LEADLINE_BROKER_URL": broker.url}
        server = {**server_settings(folder), **chosen, "LEADLINE_DATABASE_URL": url}
        child = stack.enter_context(listening(SERVER, child_environment(folder, **server)))
        stack.enter_context(start_worker(url, broker.url, chosen))
        stack.enter_context(start_beat(url, broker.url, chosen))
        yield Loop(stack.enter_context(Stubs(child.target)), database)


def _migrated(url: str) -> Database:
    database = open_database(url)
    database.migrate()
    return database
