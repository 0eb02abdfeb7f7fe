"""How many of a worker's processes may train at once: all but one, so that short tasks never wait for training."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def slot_count(concurrency: int) -> int:
    """Return how many processes of a worker may train."""
    return max(1, concurrency - 1)


@contextmanager
def training_slot(folder: Path, concurrency: int) -> Iterator[bool]:
    """Take one of the slots of this worker for the length of the block, if one is free.

    The slots are locks on files: the system lets go of one whose process is gone, however it went.

    Args:
        folder: Of the signs of life.
        concurrency: Processes of the worker.

    Yields:
        Whether there was a free one.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = _locked(folder, slot_count(concurrency))
    try:
        yield file is not None
    finally:
        if file is not None:
            os.close(file)


def _locked(folder: Path, slots: int) -> int | None:
    for number in range(slots):
        file = os.open(folder / f"slot.{os.getppid()}.{number}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return file
    return None
