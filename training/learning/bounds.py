"""Keeps a training process within bounds: it ends with whoever started it, and takes no endless memory."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_BESIDES_BYTES = 4 * 2**30
"""Of address space, which counts what is only reserved. The parent watches what is really used."""


def die_with_parent() -> None:
    """End this process, and those it started, as soon as the one that started it is gone.

    Standard input is a pipe whose other end only the parent has: it ends with the parent, however that ends. On Linux
    the kernel is asked besides, for a parent that forked: its children hold the pipe open after its death.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, name="watch-parent", daemon=True).start()


def _watch() -> None:
    # Straight from the descriptor: a buffered reader would be locked by this thread when the interpreter ends.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def limit_memory(limit_bytes: int) -> None:
    """Let an allocation fail that goes far beyond the limit before anybody could notice."""
    if sys.platform == "linux":
        most = 2 * limit_bytes + _BESIDES_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
