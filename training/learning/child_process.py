"""A training process as the one that starts it sees it: how it is started, ended, and what it said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from training.learning.environment import for_training
from training.learning.exits import ERROR_MARK

_TAIL_BYTES = 4_096
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Several threads on few busy cores make a small fit many times slower."""


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a training process gets to know of an environment; see :func:`for_training`."""
    return {**for_training(environ), **_ONE_THREAD}


def start(words: Sequence[str], environ: Mapping[str, str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start ``python -m`` with some words; standard input is a pipe that nobody writes to.

    Args:
        words: Module and arguments.
        environ: All that it gets to know.
        errors: Takes its standard error.
    """
    return subprocess.Popen(  # noqa: S603  our own interpreter and module
        [sys.executable, "-m", *words],
        env=dict(environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        # In a group of its own: a Ctrl-C in a terminal is the worker's to handle, and one signal ends all of it.
        process_group=0,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it started, and take back what they held. Does nothing to those that have ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def error_line(errors: IO[bytes]) -> str:
    """Return what the process said of its error: a class and a line of code, never a message, which may hold data."""
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - _TAIL_BYTES))
    lines = errors.read().decode("utf-8", "replace").splitlines()
    return next((line.removeprefix(ERROR_MARK) for line in reversed(lines) if line.startswith(ERROR_MARK)), "")


def signal_name(number: int) -> str:
    """Return what a signal is called."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
