"""A training run in a process of its own: how it ends, whatever happens to the process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from core.caller import LOCAL_CALLER
from core.registry.training_run import RunDecision, RunState
from core.version import LEAD_SCORE
from tests.parts.fitted import make_home, open_registry, small_version
from tests.parts.learning import TENANT, ask_for_run, open_runs, record_outcomes, training_environment
from training.learning.limits import ProcessLimits
from training.learning.run_process import RunProcess

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 120.0
BEAT = timedelta(seconds=0.2)


@pytest.fixture(scope="session")
def learning_home(tmp_path_factory) -> Path:
    """Version 0 serves, and there are outcomes to learn from. To be copied, not used."""
    home = tmp_path_factory.mktemp("learning") / "home"
    home.mkdir()
    make_home(home)
    with open_registry(home) as registry:
        registry.activate(LOCAL_CALLER, "first", LEAD_SCORE, small_version(0).name, expected="", reason="test")
    record_outcomes(home, 600)
    return home


@pytest.fixture
def home(learning_home, tmp_path) -> Path:
    return Path(shutil.copytree(learning_home, tmp_path / "home"))


@pytest.fixture
def runs(home):
    database, store = open_runs(home)
    yield store
    database.close()


def process_for(runs, home, *, limits=None, **settings) -> RunProcess:
    return RunProcess(runs, limits or ProcessLimits(), training_environment(home, **settings), heartbeat=BEAT)


def children_of(run_id: str) -> list[int]:
    """Return the ids of the training processes at work on a run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if b"training" in words and run_id.encode() in words:
                found.append(int(folder.name))
    return found


def wait_for(condition, what: str):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (met := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
    return met


def test_a_run_goes_through_its_process_to_its_end(runs, home):
    run_id = ask_for_run(runs, "r1").run_id
    seen = set()
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(process_for(runs, home).run, TENANT, run_id)
        while not done.done():
            seen.add(runs.get(TENANT, run_id).doing)
            time.sleep(0.02)
        done.result()
    run = runs.get(TENANT, run_id)
    assert run.state in {RunState.SUCCEEDED, RunState.FAILED}
    assert run.decision is not RunDecision.NONE, run.outcome
    assert (run.attempt, run.evidence["label_count"], run.evidence["champion"]) == (1, "600", small_version(0).name)
    assert len(seen - {"", "starting"}) >= 2, seen
    assert children_of(run_id) == []
    # It has ended: nobody begins it again.
    process_for(runs, home).run(TENANT, run_id)
    assert runs.get(TENANT, run_id) == run


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (ProcessLimits(time=timedelta(seconds=0.5)), "It took longer than the 0:00:00.500000 a run may take"),
        (ProcessLimits(memory_bytes=24 * 2**20), "It needed more than the 24 MiB of memory a run may use"),
    ],
    ids=["time", "memory"],
)
def test_a_process_beyond_its_limits_is_ended_and_the_run_says_so(runs, home, limits, sentence):
    run_id = ask_for_run(runs, "r1").run_id
    process_for(runs, home, limits=limits).run(TENANT, run_id)
    run = runs.get(TENANT, run_id)
    assert (run.state, run.decision, run.version) == (RunState.FAILED, RunDecision.NONE, "")
    assert run.outcome.startswith(sentence)
    assert children_of(run_id) == []


def test_a_process_that_is_killed_leaves_the_run_to_the_next_attempt_and_in_the_end_a_sentence(runs, home):
    run_id = ask_for_run(runs, "r1").run_id
    for attempt in (1, 2, 3):
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(process_for(runs, home).run, TENANT, run_id)
            (child,) = wait_for(lambda: children_of(run_id), "a training process")
            os.kill(child, signal.SIGKILL)
            done.result(PATIENCE_SECONDS)
        run = runs.get(TENANT, run_id)
        assert run.attempt == attempt
        if attempt < 3:
            assert run.state is RunState.PENDING
    assert run.state is RunState.FAILED
    assert run.outcome == "Given up after 3 attempts. Its process was ended by SIGKILL."
    with open_registry(home) as registry:
        assert registry.active(TENANT, LEAD_SCORE).version == small_version(0).name


def test_a_process_that_cannot_begin_says_with_which_status_it_ended(runs, home):
    run_id = ask_for_run(runs, "r1").run_id
    process_for(runs, home, time_zone="Nowhere").run(TENANT, run_id)
    run = runs.get(TENANT, run_id)
    assert (run.state, run.outcome) == (RunState.FAILED, "Its process ended with status 2.")


def test_files_that_cannot_be_written_end_the_run_with_a_sentence(runs, home, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    run_id = ask_for_run(runs, "r1").run_id
    process_for(runs, home, model_dir=blocked).run(TENANT, run_id)
    run = runs.get(TENANT, run_id)
    assert run.state is RunState.FAILED
    assert "could not be written" in run.outcome


def environment_of(process: int) -> set[str]:
    """Return the names of the variables a process was started with."""
    entries = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    return {entry.partition(b"=")[0].decode() for entry in entries if entry}


def test_a_training_process_knows_its_settings_and_no_secret_of_others(runs, home):
    run_id = ask_for_run(runs, "r1").run_id
    others = {"broker_url": "redis://:secret@h/1", "webhook_secret": "s", "api_key_pepper": "p", "time_zone": "UTC"}
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(process_for(runs, home, **others).run, TENANT, run_id)
        (child,) = wait_for(lambda: children_of(run_id), "a training process")
        known = environment_of(child)
        os.kill(child, signal.SIGKILL)
        done.result(PATIENCE_SECONDS)
    ours = {"LEADLINE_DATABASE_URL", "LEADLINE_MODEL_DIR", "LEADLINE_TIME_ZONE"}
    assert {name for name in known if name.startswith("LEADLINE_")} == ours
    assert known - ours <= {"PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}


def test_whoever_loses_the_run_ends_its_process(runs, home):
    run_id = ask_for_run(runs, "r1").run_id
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(process_for(runs, home).run, TENANT, run_id)
        wait_for(lambda: children_of(run_id), "a training process")
        assert runs.claim(TENANT, run_id, "somebody", timedelta(0)) is not None
        done.result(PATIENCE_SECONDS)
    assert children_of(run_id) == []
    assert runs.alive(TENANT, run_id, "somebody")


_WORKER = """
import os, sys
from core.adapters.sql.engine import open_database
from core.adapters.sql.run_store import SqlRunStore
from training.learning.limits import ProcessLimits
from training.learning.run_process import RunProcess
from tests.parts.learning import now
store = SqlRunStore(open_database(os.environ["LEADLINE_DATABASE_URL"]), now)
RunProcess(store, ProcessLimits(), dict(os.environ)).run(sys.argv[1], sys.argv[2])
"""


def test_the_process_dies_with_the_worker_that_started_it_and_the_run_is_taken_over(runs, home):
    run_id = ask_for_run(runs, "r1").run_id
    worker = subprocess.Popen([sys.executable, "-c", _WORKER, TENANT, run_id], env=training_environment(home), cwd=ROOT)
    try:
        wait_for(lambda: runs.get(TENANT, run_id).doing not in {"", "starting"}, "a training process at work")
        worker.kill()
    finally:
        worker.kill()
        worker.wait()
    wait_for(lambda: not children_of(run_id), "the end of the training process")
    assert runs.get(TENANT, run_id).state is RunState.RUNNING
    assert runs.claim(TENANT, run_id, "next", timedelta(hours=1)) is None
    assert runs.claim(TENANT, run_id, "next", timedelta(0)).attempt == 2
