"""Signs of life: a file per process that holds when it last did what it is there for."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path


class Mark:
    """The file of one process. Moments are of the clock since the machine's start, which nobody sets.

    Args:
        folder: Made if it is not there, for this user only.
        kind: ``worker`` or ``beat``.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / f"{kind}-{os.getpid()}"

    def leave(self) -> None:
        """Note that all is well at this moment. Any process may do so for the one whose file it is."""
        note = self.path.with_name(f"note.{os.getpid()}")
        note.write_text(f"{time.monotonic():.3f}")
        note.replace(self.path)

    def moment(self) -> float | None:
        """Return when it was last left, in seconds; None if it never was."""
        return _moment(self.path)

    def remove(self) -> None:
        """Forget it: the process ends."""
        self.path.unlink(missing_ok=True)


def ages(folder: Path) -> Sequence[tuple[str, timedelta]]:
    """Return (name, age) of the mark of each process that runs; marks of others are removed."""
    found = []
    for path in sorted(folder.glob("*-*")) if folder.is_dir() else ():
        moment = _moment(path)
        if not _runs(path):
            path.unlink(missing_ok=True)
        elif moment is not None:
            found.append((path.name, timedelta(seconds=max(0.0, time.monotonic() - moment))))
    return found


def _moment(path: Path) -> float | None:
    try:
        return float(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _runs(path: Path) -> bool:
    pid = path.name.partition("-")[2].partition(".")[0]
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
