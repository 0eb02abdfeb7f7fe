"""A disk that is full when told: a small tmpfs, or where nobody may mount one, a limit on the size of files."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

SIZE_MIB = 48
_MIB = 1024 * 1024


class Disk(Protocol):
    """Somewhere to write, for as long as it is not full."""

    how: str

    def fill(self) -> None: ...

    def free(self) -> None: ...


class SmallTmpfs:
    """A file system of its own."""

    how = f"a tmpfs of {SIZE_MIB} MiB"

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Write until nothing more goes in, down to the last bytes."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (_MIB, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        filler.write(bytes(size))

    def free(self) -> None:
        self._filler.unlink()


class SizeLimit:
    """No file of the processes may grow: every write at an end fails, as on a full disk, with another error number."""

    how = "RLIMIT_FSIZE of the server processes, as nobody may mount a file system here"

    def __init__(self, pids: Callable[[], list[int]]) -> None:
        self._pids = pids

    def fill(self) -> None:
        self._limit(4096)

    def free(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, most: int) -> None:
        for pid in self._pids():
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))


@contextmanager
def small_tmpfs(folder: Path) -> Iterator[SmallTmpfs | None]:
    """Mount a small file system on a folder until the block ends; None where that is not allowed."""
    if os.geteuid() != 0 or not _mounted(folder):
        yield None
        return
    try:
        yield SmallTmpfs(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def _mounted(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
