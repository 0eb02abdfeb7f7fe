"""The encoder of a process: loaded when heads need it, by a thread of its own, so that nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from core.conversation.encoder import Encoder
from core.errors import LeadlineError

RETRY_SECONDS = 60.0
"""After a failure, until it is tried again."""


class EncoderSlot:
    """Holds the encoder once it is there.

    Args:
        load: Loads it; returns None if there is none to be had, which is no problem: somebody chose that.
        retry_seconds: After a failure, until it is tried again.
    """

    def __init__(self, load: Callable[[], Encoder | None], retry_seconds: float = RETRY_SECONDS) -> None:
        self._load = load
        self._retry_seconds = retry_seconds
        self._encoder: Encoder | None = None
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)
        self.problem = ""
        """Why there is none although heads need it; empty when all is well."""

    def get(self) -> Encoder | None:
        """Return the encoder; None while there is none. Whoever asks wants it: it is loaded from then on."""
        self._wanted.set()
        return self._encoder

    def wait(self, timeout: timedelta) -> Encoder | None:
        """Return the encoder, or None if there is none to be had or it takes longer than ``timeout`` to load."""
        self._wanted.set()
        self._settled.wait(timeout.total_seconds())
        return self._encoder

    def start(self) -> None:
        """Begin to wait for somebody who wants it."""
        self._thread.start()

    def stop(self, timeout: timedelta) -> None:
        """End."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join(timeout.total_seconds())

    def _run(self) -> None:
        self._wanted.wait()
        while not self._stopping.is_set():
            self.problem = self._try()
            self._settled.set()
            if not self.problem:
                return
            self._stopping.wait(self._retry_seconds)

    def _try(self) -> str:
        try:
            self._encoder = self._load()
        except LeadlineError as failed:
            return failed.message
        except Exception as failed:  # noqa: BLE001  told by its type
            return f"unexpected {type(failed).__name__}"
        return ""
