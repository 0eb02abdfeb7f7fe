"""The line between a parent and a child: the child says how it is, and its end tells either that the other is gone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from enum import Enum


class Word(Enum):
    """What a child says, one byte each."""

    SERVING = b"S"
    DRAINING = b"D"


class ParentLink:
    """The child's end.

    Args:
        number: Of the open file that was handed down.
    """

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(fileno=number)
        self._socket.set_inheritable(False)

    def say(self, word: Word) -> None:
        """Tell the parent; it may be gone."""
        try:
            self._socket.send(word.value)
        except OSError:
            return

    def watch(self, when_gone: Callable[[], None]) -> None:
        """Call ``when_gone`` from a thread of its own once the parent is gone, however it ended."""
        threading.Thread(target=self._wait, args=(when_gone,), name="parent", daemon=True).start()

    def _wait(self, when_gone: Callable[[], None]) -> None:
        try:
            while self._socket.recv(1):
                pass
        except OSError:
            pass
        when_gone()
