"""Real workers and beats over a real broker: killed, frozen, poisoned, doubled."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from celery import Celery

from core.adapters.sql import open_database
from core.adapters.sql.dead_letter_store import SqlDeadLetters
from tests.parts.clock import SetClock
from tests.parts.pool import wait_for
from tests.parts.redis_server import RedisServer, running_redis
from tests.parts.workers import ROOT, CeleryProcess, start_beat, start_worker
from workers.config import KEYS

QUICK = {
    "LEADLINE_CANARY_SECONDS": 1,
    "LEADLINE_CANARY_MAX_AGE_SECONDS": 6,
    "LEADLINE_PENDING_RUNS_SECONDS": 1,
    "LEADLINE_TRAINING_TIMEOUT_SECONDS": 5,
    "LEADLINE_TASK_TIMEOUT_SECONDS": 5,
    "LEADLINE_VISIBILITY_SECONDS": 6,
    "LEADLINE_TASK_RETRIES": 2,
    "LEADLINE_TASK_RETRY_SECONDS": 1,
}
FIRST_SECONDS = 25.0
CANARY = {"task": "leadline.canary"}
TICK = {"task": "leadline.start_pending_runs"}


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    with running_redis("--appendonly", "yes") as server:
        yield server


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/leadline.db"
    database = open_database(url)
    database.migrate()
    database.close()
    return url


@pytest.fixture
def send(redis_server: RedisServer) -> Iterator[Callable[..., None]]:
    with Celery(broker=redis_server.url) as app:
        app.conf.broker_transport_options = {"global_keyprefix": KEYS}

        def send_task(name: str, **arguments: object) -> None:
            app.send_task(f"leadline.{name}", kwargs=arguments, queue="checks", routing_key="checks", exchange="")

        yield send_task


def test_a_worker_says_that_it_lives_and_stops_on_request(redis_server, url):
    with start_worker(url, redis_server.url, QUICK) as worker:
        wait_for(lambda: worker.times("task finished", **CANARY) >= 2, FIRST_SECONDS)
        assert is_alive(worker, url, redis_server).returncode == 0
        stopping = time.monotonic()
        worker.send(subprocess.signal.SIGTERM)
        assert worker.wait(60) == 0
        assert time.monotonic() - stopping < 48
        assert worker.times("worker stops") == 1
        assert is_alive(worker, url, redis_server).returncode == 1


def test_three_beats_send_each_tick_once_and_one_that_is_killed_is_followed_by_another(redis_server, url):
    with ExitStack() as stack:
        worker = stack.enter_context(start_worker(url, redis_server.url, QUICK))
        begun = time.monotonic()
        beats = [stack.enter_context(start_beat(url, redis_server.url, QUICK)) for _ in range(3)]
        wait_for(lambda: has_lock(beats), FIRST_SECONDS)
        time.sleep(10)
        # What was sent first may have waited for the worker; were two beats at it, there would be twice as many.
        wait_for(lambda: worker.times("task finished", **TICK) >= 4)
        assert worker.times("task finished", **TICK) <= time.monotonic() - begun + 1
        assert len(has_lock(beats)) == 1

        first = has_lock(beats)[0]
        first.kill()
        wait_for(lambda: has_lock([beat for beat in beats if beat is not first]), 30)


def test_a_task_of_a_killed_worker_is_done_by_another(redis_server, url, send, tmp_path):
    bury = {"task": "leadline.bury"}
    with ExitStack() as stack:
        workers = [stack.enter_context(start_worker(url, redis_server.url, QUICK)) for _ in range(2)]
        wait_for(lambda: all(worker.times("worker is ready") for worker in workers), FIRST_SECONDS)
        with locked(tmp_path / "leadline.db"):
            send("bury", task="something", arguments={"tenant": "acme"}, problem="none", attempts=1)
            wait_for(lambda: any(worker.times("task begins", **bury) for worker in workers))
            (lost,) = [worker for worker in workers if worker.times("task begins", **bury)]
            lost.kill()
        killed = time.monotonic()
        (heir,) = [worker for worker in workers if worker is not lost]
        wait_for(lambda: letters(url), 60)
        seconds = time.monotonic() - killed
        assert heir.times("task came back", attempt=2, **bury) == 1
        print(f"done by another {seconds:.1f} s after the kill")  # noqa: T201  shown with -rP
    assert [letter.tenant for letter in letters(url)] == ["acme"]


def test_a_task_that_always_fails_becomes_a_dead_letter(redis_server, url, send):
    with start_worker(url, redis_server.url, QUICK) as worker:
        send("check_drift_of", tenant="acme", nonsense="secret-value")
        wait_for(lambda: letters(url), FIRST_SECONDS)
        assert worker.times("task failed and is tried again", tenant="acme") == 2
        (letter,) = letters(url)
        assert (letter.tenant, letter.task, letter.attempts) == ("acme", "leadline.check_drift_of", 3)
        assert letter.problem.startswith("TypeError")
        wait_for(lambda: worker.times("task finished", **CANARY) >= 2)
        assert not any("secret-value" in line for line in worker.lines)


def test_a_task_that_kills_its_process_every_time_becomes_a_dead_letter(redis_server, url, send, tmp_path):
    with start_worker(url, redis_server.url, QUICK) as worker:
        wait_for(lambda: worker.times("worker is ready"), FIRST_SECONDS)
        begun = {"task": "leadline.prune_models_of"}
        with locked(tmp_path / "leadline.db"):
            send("prune_models_of", tenant="acme")
            for times in range(1, 4):
                wait_for(lambda times=times: worker.times("task begins", **begun) >= times)
                time.sleep(0.3)
                kill(worker.logged("task begins", **begun)[-1]["pid"])
            wait_for(lambda: worker.times("task failed for good", **begun), FIRST_SECONDS)
        wait_for(lambda: letters(url), FIRST_SECONDS)
    assert [letter.problem for letter in letters(url)] == ["DeliveredTooOften"]


@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_canaries_finish_again_soon_after_the_broker_came_back(redis_server, url, fault):
    with start_worker(url, redis_server.url, QUICK) as worker:
        wait_for(lambda: worker.times("task finished", **CANARY) >= 2, FIRST_SECONDS)
        if fault == "killed":
            redis_server.kill()
        else:
            redis_server.stop()
        # Longer than a worker may be silent: that the broker is away is no reason to exit.
        time.sleep(8)
        assert worker.runs
        before, back = worker.times("task finished", **CANARY), time.monotonic()
        if fault == "killed":
            redis_server.start()
        else:
            redis_server.cont()
        # By itself, or by its end: then whoever watches it starts another.
        wait_for(lambda: worker.times("task finished", **CANARY) > before + 1 or not worker.runs, 60)
        print(f"{fault}: {time.monotonic() - back:.1f} s, {'by itself' if worker.runs else 'by its end'}")  # noqa: T201


def test_a_deaf_worker_exits_by_itself(redis_server, url):
    with start_worker(url, redis_server.url, QUICK) as worker:
        wait_for(lambda: worker.times("task finished", **CANARY) >= 2, FIRST_SECONDS)
        # Those that would run the tasks are there and never do.
        for child in worker.children():
            subprocess.run(["kill", "-STOP", str(child)], check=True)
        assert worker.wait(30) == 70
        assert worker.times("no canary finished: the worker exits") == 1


def has_lock(beats: list[CeleryProcess]) -> list[CeleryProcess]:
    return [beat for beat in beats if beat.runs and beat.times("beat has the lock")]


def letters(url: str) -> list:
    database = open_database(url)
    try:
        return SqlDeadLetters(database, SetClock()).newest()
    finally:
        database.close()


def kill(pid: int) -> None:
    subprocess.run(["kill", "-KILL", str(pid)], check=True)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the one place of a writer, so that whoever wants to write waits."""
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def is_alive(worker: CeleryProcess, url: str, broker: RedisServer) -> subprocess.CompletedProcess[str]:
    """Ask as a health check does."""
    return subprocess.run(
        [sys.executable, "-m", "workers", "alive", "--max-age", "5"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "LEADLINE_WORKERS_DIR": str(worker.folder)},
        check=False,
        capture_output=True,
        text=True,
    )
