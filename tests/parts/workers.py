"""Real Celery workers and beats for tests, in processes of their own; all are gone when the block ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.parts.memory import children_of

ROOT = Path(__file__).parents[2]


class CeleryProcess:
    """One ``celery -A workers.app worker`` or ``beat``. Its standard error is read to the end, line by line."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        """Of the signs of life."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "-A", "workers.app", *command],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "REMAP_SIGTERM": "SIGQUIT", **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # A group of its own, so that a test can end it with everything it started.
            process_group=0,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def children(self) -> list[int]:
        """Return the processes that run tasks."""
        return children_of(self.pid)

    def entries(self) -> list[dict[str, Any]]:
        """Return what it and its children logged so far."""
        return [entry for entry in map(_entry, list(self.lines)) if entry]

    def times(self, message: str, **fields: object) -> int:
        """Return how often a message was logged with these fields."""
        return len(self.logged(message, **fields))

    def logged(self, message: str, **fields: object) -> list[dict[str, Any]]:
        wanted = {"message": message, **fields}
        return [entry for entry in self.entries() if wanted.items() <= entry.items()]

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it and all it started at once, as if the machine was gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self, seconds: float) -> int:
        """Return the exit code."""
        code = self._process.wait(seconds)
        # What it started may hold its standard error a little longer.
        self._reader.join(timeout=5)
        return code

    def close(self) -> None:
        self.kill()
        self._reader.join()
        self._process.stderr.close()

    def _read(self) -> None:
        for line in self._process.stderr:
            self.lines.append(line)


@contextmanager
def start_worker(
    url: str, broker: str, env: Mapping[str, object] | None = None, queues: Sequence[str] = ()
) -> Iterator[CeleryProcess]:
    """Run a worker until the block ends; it may not take tasks yet when the block begins.

    Args:
        url: Of the database.
        broker: ``redis://`` of the queues.
        env: More settings, with their prefix.
        queues: Those it takes from; empty: all.
    """
    chosen = ["-Q", ",".join(queues)] if queues else []
    with _running(["worker", *chosen], url, broker, env or {}) as process:
        yield process


@contextmanager
def start_beat(url: str, broker: str, env: Mapping[str, object] | None = None) -> Iterator[CeleryProcess]:
    """Run a beat until the block ends. Arguments as for :func:`start_worker`."""
    with _running(["beat"], url, broker, env or {}) as process:
        yield process


@contextmanager
def _running(command: Sequence[str], url: str, broker: str, env: Mapping[str, object]) -> Iterator[CeleryProcess]:
    with tempfile.TemporaryDirectory(prefix="leadline-workers-") as folder:
        settings = {
            "LEADLINE_DATABASE_URL": url,
            "LEADLINE_BROKER_URL": broker,
            "LEADLINE_MODEL_DIR": f"{folder}/models",
            "LEADLINE_LOG_LEVEL": "debug",
            "LEADLINE_WORKERS_DIR": folder,
            **{name: str(value) for name, value in env.items()},
        }
        process = CeleryProcess(command, settings, Path(folder))
        try:
            yield process
        finally:
            process.close()


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
