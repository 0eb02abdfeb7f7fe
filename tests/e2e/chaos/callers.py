"""Load from processes of their own, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.rounds import percentile
from tests.e2e.chaos.processes import ROOT
from tests.e2e.chaos.verdicts import OK, was_refused

DEADLINE_SECONDS = 5.0
"""As the client's own default."""
_MILLI = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send, and how.

    Attributes:
        path: File of ready messages.
        processes: Callers, each a process of its own.
        threads: Calls at once of each process, in a closed loop.
        channels: Connections of each process.
        rate: Calls per second over all processes, in an open loop; 0: a closed loop.
        pause: Seconds between two calls of a thread, in a closed loop.
        throttled: Hold calls back while most are refused, as the published client does; in an open loop.
    """

    path: Path
    processes: int = 2
    threads: int = 4
    channels: int = 2
    retries: bool = True
    rate: float = 0.0
    seconds: float = 0.0
    pause: float = 0.0
    throttled: bool = False
    timeout: float = DEADLINE_SECONDS


@dataclass(slots=True)
class Made:
    """Every call of a load: its start, seconds, seconds since it was really sent, and verdict."""

    rows: list[tuple[float, float, float, str]] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of all callers."""
    unsent: int = 0
    latest: float = 0.0
    """Most seconds that a caller was behind its plan."""

    def counts(self) -> Counter[str]:
        """Return calls by verdict."""
        return Counter(row[3] for row in self.rows)

    def count(self, holds: Callable[[str], bool]) -> int:
        """Return the number of calls whose verdict is of a kind."""
        return sum(number for verdict, number in self.counts().items() if holds(verdict))

    @property
    def ok(self) -> int:
        return self.counts()[OK]

    @property
    def refused(self) -> int:
        return self.count(was_refused)

    @property
    def failed(self) -> int:
        return len(self.rows) - self.ok

    @property
    def goodput(self) -> float:
        """Answered calls per second."""
        return self.ok / self.seconds if self.seconds else 0.0

    def latencies(self, holds: Callable[[str], bool] = lambda verdict: verdict == OK) -> list[float]:
        """Return the seconds of calls of a kind, rising."""
        return sorted(row[1] for row in self.rows if holds(row[3]))

    def p99(self, holds: Callable[[str], bool] = lambda verdict: verdict == OK) -> float:
        """Return their 99th percentile in ms, NaN of none."""
        return _MILLI * percentile(self.latencies(holds), 0.99)

    def between(self, begin: float, end: float) -> Made:
        """Return the calls that began in a stretch of time, on the clock of ``time.monotonic``."""
        rows = [row for row in self.rows if begin <= row[0] < end]
        return Made(rows=rows, seconds=end - begin)

    def told(self) -> str:
        """Return the verdicts in words."""
        return ", ".join(f"{number:,} {verdict}" for verdict, number in self.counts().most_common()) or "none"


class Calling:
    """A load under way."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes
        self.made = Made()

    def finish(self, *, early: bool = False) -> Made:
        """Stop a closed loop, wait for an open one unless it is to end early, and return what was made."""
        for process in self._processes:
            process.stdin.write("stop\n" if early else "done\n")
            process.stdin.flush()
        for process in self._processes:
            self._add(json.loads(process.stdout.readline()))
        return self.made

    def _add(self, part: dict[str, Any]) -> None:
        self.made.rows.extend(tuple(row) for row in part["rows"])
        self.made.texts.update(part["texts"])
        self.made.seconds = max(self.made.seconds, part["seconds"])
        self.made.cpu_seconds += part["cpu_seconds"]
        self.made.unsent += part["unsent"]
        self.made.latest = max(self.made.latest, part["latest"])


class Callers:
    """Caller processes, started once and used for several loads."""

    def __init__(self, count: int) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.chaos.caller_process"],
                cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", "GRPC_VERBOSITY": "NONE"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(count)
        ]

    def begin(self, target: str, load: Load) -> Calling:
        """Start a load and return once every process makes it."""
        chosen = self._processes[: load.processes]
        for number, process in enumerate(chosen):
            command = {
                "mode": "open" if load.rate else "closed",
                "target": target,
                "path": str(load.path),
                "threads": load.threads,
                "channels": load.channels,
                "retries": load.retries,
                "rate": load.rate / load.processes,
                "seconds": load.seconds,
                "pause": load.pause,
                "throttled": load.throttled,
                "timeout": load.timeout,
                "first": number * load.threads,
            }
            process.stdin.write(json.dumps(command) + "\n")
            process.stdin.flush()
        for process in chosen:
            if process.stdout.readline() != "started\n":
                raise RuntimeError("a caller did not start")
        return Calling(chosen)

    def run(self, target: str, load: Load) -> Made:
        """Make a load for its ``seconds``."""
        calling = self.begin(target, load)
        if not load.rate:
            time.sleep(load.seconds)
        return calling.finish()

    def close(self) -> None:
        """End the processes, whatever they do."""
        for process in self._processes:
            process.kill()
            process.communicate()


@contextmanager
def callers(count: int = 2) -> Iterator[Callers]:
    """Keep caller processes until the block ends."""
    started = Callers(count)
    try:
        yield started
    finally:
        started.close()
