"""A real training process, killed at moments nobody chose: nothing half made is ever listed, and the run still ends."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from core.adapters.sql.run_store import SqlRunStore
from core.caller import LOCAL_CALLER
from core.registry.training_run import RunDecision, RunState
from core.version import LEAD_SCORE
from tests.parts.fitted import make_home, open_registry, small_version
from tests.parts.learning import TENANT, ask_for_run, open_runs, record_outcomes, training_environment

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 180.0
SEED = 20_261_121
MOMENTS = [("", "fitting"), ("reading labels", "registering"), ("registering", "registering")]
"""What a run is doing when its first and its second process are killed, a random while later; "" is while it starts."""


@pytest.fixture
def home(tmp_path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    make_home(home)
    with open_registry(home) as registry:
        registry.activate(LOCAL_CALLER, "first", LEAD_SCORE, small_version(0).name, expected="", reason="test")
    record_outcomes(home, 600)
    return home


def begin(runs: SqlRunStore, home: Path, run_id: str, holder: str) -> subprocess.Popen[bytes]:
    """Claim a run, whoever else was at it, and start its process."""
    assert runs.claim(TENANT, run_id, holder, timedelta(0)) is not None
    words = ["run", "--tenant", TENANT, "--run", run_id, "--holder", holder]
    return subprocess.Popen(
        [sys.executable, "-m", "training", *words],
        env=training_environment(home),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        process_group=0,
    )


def wait_until_doing(runs: SqlRunStore, run_id: str, process: subprocess.Popen[bytes], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not runs.get(TENANT, run_id).doing.startswith(what) and process.poll() is None:
        assert time.monotonic() < deadline, f"waited in vain for {what!r}"
        time.sleep(0.005)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def check_all_are_whole(home: Path) -> list[str]:
    """Load every listed version, which verifies every digest, and return their names."""
    with open_registry(home) as registry:
        names = [v.manifest.version for v in registry.list(TENANT, LEAD_SCORE, limit=99, after=None).items]
        for name in names:
            registry.load(TENANT, LEAD_SCORE, name)
    return names


def test_a_run_whose_processes_are_killed_ends_with_one_whole_version(home):
    dice = random.Random(SEED)
    database, runs = open_runs(home)
    champion, other = (small_version(number).name for number in (0, 1))
    finished = []
    for number, moments in enumerate(MOMENTS):
        run_id = ask_for_run(runs, f"run-{number}").run_id
        for attempt, moment in enumerate(moments):
            if runs.get(TENANT, run_id).state not in {RunState.PENDING, RunState.RUNNING}:
                break  # it was quicker than the one before it was killed
            process = begin(runs, home, run_id, f"holder-{number}-{attempt}")
            wait_until_doing(runs, run_id, process, moment)
            time.sleep(dice.uniform(0.0, 1.0))
            kill(process)
            check_all_are_whole(home)
        if runs.get(TENANT, run_id).state is RunState.RUNNING:
            last = begin(runs, home, run_id, f"holder-{number}-last")
            told = last.communicate(timeout=PATIENCE_SECONDS)[1]
            assert last.returncode == 0, told.decode()
        finished.append(runs.get(TENANT, run_id))
    database.close()

    assert {run.state for run in finished} == {RunState.SUCCEEDED}, [run.outcome for run in finished]
    # Whoever learned from a part of its leads cannot beat the champion on them: it knows them by heart.
    assert {run.decision for run in finished} == {RunDecision.KEPT_AS_SHADOW}
    made = [run.version for run in finished]
    assert len(set(made)) == len(MOMENTS)
    assert sorted(check_all_are_whole(home)) == sorted([champion, other, *made])
    with open_registry(home) as registry:
        assert registry.active(TENANT, LEAD_SCORE).version == champion
        assert registry.shadow(TENANT, LEAD_SCORE).version == made[-1]
