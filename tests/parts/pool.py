"""A pool of server processes for tests: ``python -m server --processes N``, seen from outside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
from leadline.v1 import system_service_pb2

from tests.parts.memory import children_of
from tests.parts.serving import ServerProcess, Stubs

READY_SECONDS = 40.0


class PoolProcess(ServerProcess):
    """The parent, and what it started."""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> str:
        return self.address.rpartition(":")[2]

    def children(self) -> list[int]:
        return children_of(self.pid)

    def times(self, message: str) -> int:
        """Return how often a message was logged, by whichever process."""
        return sum(entry["message"] == message for entry in self.entries())

    def wait_until_complete(self) -> str:
        """Return the address once every process serves."""
        wait_for(lambda: self.times("all processes serve") or not self.runs, READY_SECONDS)
        return self.wait_until_serving()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None


@contextmanager
def pool_of(home: Path, processes: int = 2, **settings: object) -> Iterator[PoolProcess]:
    """Run a pool until the block ends."""
    quick = {"drain_notice_seconds": 0.2, "drain_grace_seconds": 3, **settings}
    process = PoolProcess(home, processes=processes, **quick)
    try:
        yield process
    finally:
        left = process.children()
        process.close()
        wait_for(lambda: not any(map(exists, left)), READY_SECONDS)


def processes_seen(address: str, *, connections: int = 30) -> set[int]:
    """Return the indices of the processes that answered, each time over a connection of its own."""
    seen = set()
    for _ in range(connections):
        with Stubs(address) as stubs:
            try:
                answer = stubs.system.GetStatus(system_service_pb2.GetStatusRequest(), wait_for_ready=True, timeout=10)
            except grpc.RpcError:
                continue
        seen.add(answer.process_index)
    return seen


def exists(pid: int) -> bool:
    """Return whether a process runs; one that has ended and was not asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(holds: Callable[[], object], seconds: float = 20.0) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)
