"""The driver's side of the processes that send random requests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.e2e.chaos.processes import ROOT

PROCESSES, THREADS = 2, 4


@dataclass(slots=True)
class Fuzzed:
    """What random requests were answered."""

    codes: Counter[str] = field(default_factory=Counter)
    wrong_count: int = 0
    wrong: list[Mapping[str, str]] = field(default_factory=list)
    """Some of them, with their bytes."""


class Fuzzers:
    """Processes that send random requests on demand."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes

    def send(self, target: str, *, kind: str, seed: int, count: int) -> Fuzzed:
        """Send about ``count`` requests, ``valid`` or ``raw``."""
        each = -(-count // (PROCESSES * THREADS))
        for number, process in enumerate(self._processes):
            command = {"target": target, "kind": kind, "seed": seed, "count": each}
            command |= {"threads": THREADS, "process": number}
            process.stdin.write(json.dumps(command) + "\n")
            process.stdin.flush()
        fuzzed = Fuzzed()
        for process in self._processes:
            part = json.loads(process.stdout.readline())
            fuzzed.codes.update(part["codes"])
            fuzzed.wrong_count += part["wrong_count"]
            fuzzed.wrong.extend(part["wrong"])
        return fuzzed


@contextmanager
def fuzzers() -> Iterator[Fuzzers]:
    """Keep the processes until the block ends."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.chaos.fuzz_process"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "GRPC_VERBOSITY": "NONE", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield Fuzzers(processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
