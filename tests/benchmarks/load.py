"""The parent's side of the load client."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.children import Child, child_environment
from tests.benchmarks.rounds import Round


class LoadClient:
    """A process that makes load on demand."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def round(self, server: Child, path: Path, *, concurrency: int, seconds: float) -> Round:
        """Make load on a server.

        Raises:
            RuntimeError: If a call failed: a refused call is quick, and would make the server look good.
        """
        command = {"target": server.target, "path": str(path), "concurrency": concurrency, "seconds": seconds}
        used = server.cpu_seconds()
        print(json.dumps(command), file=self._process.stdin, flush=True)
        done = json.loads(self._process.stdout.readline())
        if done["failures"]:
            message = f"{len(done['failures'])} calls failed: {sorted(set(done['failures']))}"
            raise RuntimeError(message)
        return Round(seconds=done["seconds"], latencies=done["latencies"], cpu_seconds=server.cpu_seconds() - used)


@contextmanager
def load_client(folder: Path) -> Iterator[LoadClient]:
    """Start a load client and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.load_client"],
        env=child_environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield LoadClient(process)
    finally:
        process.communicate(timeout=30)
