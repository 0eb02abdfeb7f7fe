"""Starts the processes that are measured, and looks at them from outside."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.messages import Messages

START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 30.0
SERVER = ("-m", "server")
NULL_SERVER = ("-m", "tests.benchmarks.null_server")
_KIB = 1024
_MIB = 1024 * _KIB
_PROC = Path("/proc")
_QUIET = {"OMP_NUM_THREADS": "1", "GRPC_VERBOSITY": "NONE"}
"""One thread for each process, and no word from the library when a server goes away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process that listens."""

    process: subprocess.Popen[str]
    target: str
    """``host:port``."""
    spawn_time: float
    """On the clock of ``time.perf_counter``, seconds."""

    def cpu_seconds(self) -> float:
        """Return the processor time it has used so far; NaN where the system does not tell."""
        stat = _PROC / str(self.process.pid) / "stat"
        if not stat.exists():
            return float("nan")
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> float:
        """Return its resident memory in MiB; NaN where the system does not tell."""
        status = _PROC / str(self.process.pid) / "status"
        if not status.exists():
            return float("nan")
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * _KIB / _MIB


def child_environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a child: no settings but these, and compiled code kept in ``folder``.

    An installed package is compiled; where the environment forbids writing compiled code, every start would pay for
    that anew, so it is kept apart.
    """
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  handed on, not read
        if not name.startswith(("LEADLINE_", "PYTHON"))
    }
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled"), **_QUIET, **settings}


def server_settings(folder: Path) -> dict[str, str]:
    """Return the settings of a server whose whole state lies in ``folder``."""
    return {
        "LEADLINE_PORT": "0",
        "LEADLINE_DATABASE_URL": f"sqlite:///{folder / 'leadline.db'}",
        "LEADLINE_MODEL_DIR": str(folder / "models"),
        "LEADLINE_DRAIN_NOTICE_SECONDS": "0",
    }


@contextmanager
def listening(arguments: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[Child]:
    """Start ``python ARGUMENTS``, wait until it logs ``serving``, and stop it at the end.

    Raises:
        RuntimeError: If it ends or stays silent before it serves.
    """
    spawned = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], env=dict(environment), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        yield Child(process=process, target=_serving_address(lines), spawn_time=spawned)
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()


def running_server(folder: Path) -> AbstractContextManager[Child]:
    """Start the real server on the database and the models in ``folder``."""
    return listening(SERVER, child_environment(folder, **server_settings(folder)))


def running_null_server(folder: Path, answers: Messages) -> AbstractContextManager[Child]:
    """Start an empty server that answers every call of a method with the same message."""
    path = answers.write(folder / f"null-{answers.name}.bin")
    return listening((*NULL_SERVER, str(path)), child_environment(folder))


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    """Pass every line on, for as long as the process writes: a full pipe would stop it."""
    stream = process.stderr
    if stream is not None:
        with stream:
            for line in stream:
                lines.put(line)
    lines.put(None)


def _serving_address(lines: queue.SimpleQueue[str | None]) -> str:
    seen: list[str] = []
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            line = None
        if line is None:
            message = "the process does not serve: " + " ".join(seen)[-2_000:]
            raise RuntimeError(message)
        seen.append(line)
        address = serving_address(line)
        if address:
            return address


def serving_address(line: str) -> str:
    """Return the address in a log line that says ``serving``, "" for any other line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    is_it = isinstance(entry, dict) and entry.get("message") == "serving"
    return str(entry["address"]) if is_it else ""
