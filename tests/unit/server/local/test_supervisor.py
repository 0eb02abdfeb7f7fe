from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server.local.supervisor import Part, Supervisor
from tests.parts.pool import exists, wait_for

ENVIRON = {"PATH": "/usr/bin:/bin"}
PARENT = """
import sys, time
from server.local.tether import start_tethered
child = start_tethered(["sh", "-c", "sleep 100 & sleep 100"], {"PATH": "/usr/bin:/bin"})
print(child.pid, flush=True)
time.sleep(100)
"""


@pytest.fixture
def supervisor():
    made = Supervisor()
    yield made
    made._stopping.set()
    made.stop()


def part(name: str, script: str, **more: object) -> Part:
    return Part(name=name, command=("sh", "-c", script), environ=ENVIRON, **more)


def watched(supervisor: Supervisor) -> tuple[threading.Thread, list[int]]:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(supervisor.watch()))
    thread.start()
    return thread, codes


def test_a_part_that_ends_is_started_again_later_and_later(supervisor, tmp_path, capsys):
    log = tmp_path / "log"
    supervisor.start(part("clumsy", f"date +%s.%N >> {log}; exit 3"))
    thread, codes = watched(supervisor)
    wait_for(lambda: log.exists() and len(log.read_text().split()) >= 4)
    supervisor._stopping.set()
    thread.join()
    begun = list(map(float, log.read_text().split()))
    assert begun[3] - begun[2] > begun[1] - begun[0]
    assert "The clumsy ended with 3" in capsys.readouterr().out
    assert codes == [0]


def test_what_others_need_is_stopped_last(supervisor, tmp_path):
    log = tmp_path / "log"
    trap = f"trap 'sleep 0.3; echo $0 >> {log}; exit 0' TERM; echo ready >> {log}; while :; do sleep 0.05; done"
    for name, needed in (("broker", True), ("worker", False), ("beat", False)):
        command = ("sh", "-c", trap, name)
        supervisor.start(Part(name=name, command=command, environ=ENVIRON, is_needed_to_stop=needed))
    wait_for(lambda: log.exists() and log.read_text().count("ready") == 3)
    assert supervisor.stop() == 0
    assert log.read_text().split()[-1] == "broker"


def test_nothing_a_part_started_is_left(supervisor, tmp_path):
    file = tmp_path / "pid"
    supervisor.start(part("leaver", f"trap '' INT; sleep 100 & echo $! > {file}; wait"))
    wait_for(lambda: file.exists() and file.read_text().strip())
    supervisor.stop()
    wait_for(lambda: not exists(int(file.read_text())))


def test_a_child_ends_when_its_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert exists(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not exists(child), 5)


def test_a_run_notices_that_who_started_it_is_gone():
    script = (
        "import os, sys, time\n"
        "from server.local.supervisor import Supervisor\n"
        "supervisor = Supervisor(ends_with_parent=True)\n"
        "print(os.getpid(), flush=True)\n"
        "code = supervisor.watch()\n"
        "print(f'stopped {code}', flush=True)"
    )
    shell = subprocess.Popen(
        ["sh", "-c", '"$0" -c "$1"; true', sys.executable, script], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    run = int(shell.stdout.readline())
    # Not a command that the shell became: a child of it, which outlives it unless it notices.
    assert run != shell.pid
    assert exists(run)
    shell.kill()
    shell.wait()
    try:
        wait_for(lambda: not exists(run))
        assert shell.stdout.read() == "stopped 0\n"
    finally:
        shell.stdout.close()
        if exists(run):
            os.kill(run, signal.SIGKILL)
