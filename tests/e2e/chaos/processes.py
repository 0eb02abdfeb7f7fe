"""The server under test: real processes, started, stopped, frozen and killed from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.parts.redis_server import free_port

ROOT = Path(__file__).parents[3]
PROCESSES = 2
"""Server processes of a scenario."""
START_SECONDS = 40.0
STOP_SECONDS = 30.0
_PROC = Path("/proc")
_MIB = 1024 * 1024
_QUIET = {"OMP_NUM_THREADS": "1", "GRPC_VERBOSITY": "NONE"}
_SAYS_SERVING = '"message": "serving"'
_SERVING = health_pb2.HealthCheckResponse.SERVING


class Server:
    """``python -m server`` on a port of its own: one process, or a parent with several.

    Args:
        folder: For its log.
        processes: 0: one process by itself. More: as many behind a parent.
        settings: A keyword ``max_workers=1`` sets LEADLINE_MAX_WORKERS.
    """

    def __init__(self, folder: Path, *, processes: int = 0, **settings: object) -> None:
        self.port = free_port()
        self.target = f"127.0.0.1:{self.port}"
        self.processes = processes
        self.log = folder / f"server-{self.port}.log"
        chosen = {"port": self.port, "processes": processes, **settings}
        self._environment = {f"LEADLINE_{name.upper()}": str(value) for name, value in chosen.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        """Start it and wait until every process serves."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server"],
                cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", **_QUIET, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_until_serving()

    @property
    def pid(self) -> int:
        return self._started().pid

    def workers(self) -> list[int]:
        """Return the processes that answer calls."""
        if not self.processes:
            return [self.pid]
        return [pid for pid in children_of(self.pid) if b"resource_tracker" not in _command_of(pid)]

    def wait_until_serving(self, seconds: float = START_SECONDS) -> None:
        """Wait until it answers SERVING and has as many processes as it should."""
        deadline = time.monotonic() + seconds
        while True:
            if self._started().poll() is not None:
                raise RuntimeError(f"the server ended: {self.tail()}")
            if self._all_serve():
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server does not serve: {self.tail()}")
            time.sleep(0.05)

    def _all_serve(self) -> bool:
        """Return whether there are as many processes as there should be, and each has said that it serves."""
        workers = set(self.workers())
        if len(workers) < max(1, self.processes):
            return False
        said = {entry.get("pid") for entry in self.entries(_SAYS_SERVING)}
        return workers <= said and self.is_serving()

    def wait_until_replaced(self, before: set[int], seconds: float = START_SECONDS) -> None:
        """Wait until none of the processes of before is left, and as many as there should be serve."""
        deadline = time.monotonic() + seconds
        while before & set(self.workers()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"processes were not replaced: {self.tail()}")
            time.sleep(0.05)
        self.wait_until_serving(seconds)

    def is_serving(self) -> bool:
        """Ask a process, over a connection of its own, whether it serves."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(self.target, options=options) as channel:
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.RpcError:
                return False
        return bool(answer.status == _SERVING)

    def times_logged(self, message: str) -> int:
        """Return how often a message was logged so far, by any of the processes."""
        return sum(entry.get("message") == message for entry in self.entries(f'"{message}"'))

    def entries(self, with_text: str = "") -> Iterator[dict[str, object]]:
        """Yield what was logged so far, or the lines with a text."""
        with self.log.open(errors="replace") as lines:
            for line in lines:
                if with_text in line:
                    yield from _entry(line)

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_text(errors="replace")[-2_000:]

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the parent, or to the one process."""
        self._started().send_signal(number)

    def kill(self) -> None:
        """End every process at once."""
        for pid in [*self.workers(), self.pid]:
            signal_to(pid, signal.SIGKILL)
        self._started().wait(STOP_SECONDS)

    def kill_worker(self, random: Random) -> None:
        """End one of the processes that answer calls at once; a server without a parent is started again here."""
        victim = random.choice(self.workers())
        signal_to(victim, signal.SIGKILL)
        if not self.processes:
            self._started().wait(STOP_SECONDS)
            self.start(wait=False)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end and return the exit code."""
        return self._started().wait(seconds)

    def cpu_seconds(self) -> float:
        """Return the processor time of the processes that live."""
        return sum(cpu_seconds_of(pid) for pid in {self.pid, *self.workers()})

    def resident_mib(self) -> dict[int, float]:
        """Return the resident memory of each process that answers calls, in MiB."""
        return {pid: resident_mib_of(pid) for pid in self.workers()}

    def close(self) -> None:
        """End it however it stands."""
        process = self._process
        if process is None:
            return
        workers = self.workers() if process.poll() is None else []
        process.terminate()
        for pid in workers:
            signal_to(pid, signal.SIGCONT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid in workers:
            signal_to(pid, signal.SIGKILL)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process


@contextmanager
def serving(folder: Path, *, processes: int = 0, **settings: object) -> Iterator[Server]:
    """Run a server until the block ends."""
    server = Server(folder, processes=processes, **settings)
    try:
        server.start()
        yield server
    finally:
        server.close()


def children_of(parent: int) -> list[int]:
    """Return the direct children of a process that still run."""
    found = []
    for stat in _PROC.glob("[0-9]*/stat"):
        fields = _fields_of(stat)
        if fields and int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


def cpu_seconds_of(pid: int) -> float:
    """Return the processor time a process has used, 0 if it is gone."""
    fields = _fields_of(_PROC / str(pid) / "stat")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def resident_mib_of(pid: int) -> float:
    """Return the resident memory of a process in MiB, 0 if it is gone."""
    fields = _fields_of(_PROC / str(pid) / "stat")
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / _MIB if fields else 0.0


def signal_to(pid: int, number: signal.Signals) -> bool:
    """Send a signal; returns whether the process was there."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _entry(line: str) -> list[dict[str, object]]:
    try:
        entry = json.loads(line)
    except ValueError:
        return []
    return [entry] if isinstance(entry, dict) else []


def _fields_of(stat: Path) -> list[str]:
    """Return the fields after the name, of which the first is the state."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _command_of(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
