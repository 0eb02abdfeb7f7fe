"""Results of experiments, refreshed by a real worker that a real beat sends to, and read live from a real server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from leadline.v1 import experiment_pb2

from tests.parts.experiments import VARIANTS, Tried, experiment_message, figures
from tests.parts.fitted import database_url
from tests.parts.pool import wait_for
from tests.parts.redis_server import running_redis
from tests.parts.serving import Stubs, served_apart
from tests.parts.workers import CeleryProcess, start_beat, start_worker

NAME = "refreshed"
LEADS = 40
FIRST_SECONDS = 90.0
QUICK = {
    "LEADLINE_EXPERIMENT_STATISTICS_SECONDS": 1,
    "LEADLINE_TASK_RETRIES": 0,
    "LEADLINE_CANARY_SECONDS": 0,
    "LEADLINE_PENDING_RUNS_SECONDS": 0,
}
REFRESH = {"task": "leadline.refresh_experiment"}


@dataclass(frozen=True)
class Running:
    tried: Tried
    worker: CeleryProcess
    beat: CeleryProcess
    file: Path
    """The database."""

    def wait_for_refresh(self, experiment: str, units: int) -> None:
        """Wait for a refresh that began from now on and found so many units."""
        found = {**REFRESH, "experiment": experiment, "count": units}
        before = self.worker.times("task finished", **found)
        # The first may have begun before.
        wait_for(lambda: self.worker.times("task finished", **found) >= before + 2, FIRST_SECONDS)


@pytest.fixture
def running(home: Path) -> Iterator[Running]:
    with ExitStack() as stack:
        broker = stack.enter_context(running_redis())
        server = stack.enter_context(served_apart(home))
        worker = stack.enter_context(start_worker(database_url(home), broker.url, QUICK))
        beat = stack.enter_context(start_beat(database_url(home), broker.url, QUICK))
        tried = Tried(stack.enter_context(Stubs(server.wait_until_serving())))
        yield Running(tried, worker, beat, home / "leadline.db")


def test_what_the_beat_refreshed_is_exactly_what_is_read(running):
    tried = running.tried
    tried.store_leads(lead_ids("a"))
    plan = experiment_pb2.ExperimentPlan(baseline_rate=0.5, min_effect=0.9, look_count=2)
    tried.create(experiment_message(NAME, plan=plan))
    fill(tried, NAME, lead_ids("a"))
    running.wait_for_refresh(NAME, LEADS)
    running.beat.kill()
    running.worker.kill()

    by_task = kept(running.file)
    assert len(by_task["experiment_units"]) == LEADS
    live = tried.results(NAME)
    assert {one.variant for one in live.variants if one.unit_count} == set(VARIANTS)
    assert sum(one.converted_count for one in live.variants) == LEADS // 2
    assert kept(running.file) == by_task, "the read found nothing to add"
    assert len(live.looks) > 0

    forget(running.file)
    assert figures(tried.results(NAME)) == nearly(figures(live)), "worked out from nothing they are the same"
    assert kept(running.file) == by_task


def test_an_experiment_whose_refresh_fails_holds_up_no_other(running):
    tried = running.tried
    for name in ("broken", "sound"):
        tried.create(experiment_message(name))
    tried.store_leads(lead_ids("a") + lead_ids("b"))
    fill(tried, "broken", lead_ids("a"))
    running.wait_for_refresh("broken", LEADS)
    break_progress(running.file, "broken")
    fill(tried, "sound", lead_ids("b"))
    running.wait_for_refresh("sound", LEADS)
    assert running.worker.times("task failed for good", experiment="broken", **REFRESH) >= 1
    assert running.worker.times("task failed for good", experiment="sound", **REFRESH) == 0


def test_a_bandit_is_spread_anew_by_the_beat_and_whoever_was_exposed_keeps_its_variant(running):
    tried = running.tried
    tried.store_leads(lead_ids("a"))
    tried.create(experiment_message("bandit", allocation_mode=experiment_pb2.ALLOCATION_MODE_BANDIT))
    shown = {}
    for lead_id in lead_ids("a"):
        answer = tried.score("bandit", lead_id)
        shown[lead_id] = answer.variant
        if answer.variant == VARIANTS[1]:
            tried.convert(f"end-{lead_id}", lead_id, answer.attribution_token)
    wait_for(lambda: share_of(tried, "bandit", VARIANTS[1]) > 80, FIRST_SECONDS)

    new = lead_ids("b")
    wait_for(lambda: sum(tried.preview("bandit", unit) == VARIANTS[1] for unit in new) > 0.75 * len(new))
    assert {unit: tried.preview("bandit", unit) for unit in shown} == shown


def nearly(wanted: dict[str, object]) -> dict[str, object]:
    """Return what compares equal to these: added up in another order, sums of fractions differ in their last digits."""
    return {
        path: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
        for path, value in wanted.items()
    }


def lead_ids(prefix: str) -> list[str]:
    return [f"{prefix}-{number:03d}" for number in range(LEADS)]


def fill(tried: Tried, experiment: str, leads: list[str]) -> None:
    """Expose every lead and convert every other one."""
    for number, lead_id in enumerate(leads):
        answer = tried.score(experiment, lead_id)
        if number % 2:
            tried.convert(f"end-{lead_id}", lead_id, answer.attribution_token)


def share_of(tried: Tried, experiment: str, variant: str) -> float:
    return next(one.traffic_percentage for one in tried.results(experiment).variants if one.variant == variant)


def kept(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return what became of units and which looks were taken, as it is in the database."""
    with sqlite3.connect(file) as connection:
        return {
            "experiment_units": connection.execute("SELECT * FROM experiment_units ORDER BY unit_id").fetchall(),
            "experiment_looks": connection.execute("SELECT * FROM experiment_looks ORDER BY number").fetchall(),
        }


def forget(file: Path) -> None:
    """Remove what was worked out; what was recorded and the looks that were taken stay."""
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM experiment_units")
        connection.execute("UPDATE experiment_progress SET refreshed_until = NULL")


def break_progress(file: Path, experiment: str) -> None:
    """Spoil what one experiment's refresh starts from."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE experiment_progress SET always_valid = 'spoilt' WHERE experiment = ?", [experiment])
