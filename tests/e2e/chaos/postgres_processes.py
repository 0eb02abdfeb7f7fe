"""Kills, freezes and restarts a PostgreSQL server, all of its processes."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.e2e.chaos.processes import children_of, signal_to
from tests.parts.postgres import PostgresServer

_SOCKET = ".s.PGSQL.5432"


class PostgresProcesses:
    """The processes of a running server. Its data stays through every kill."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._again = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.thaw()
        self._again.close()

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.server.socket / _SOCKET

    def pids(self) -> list[int]:
        """Return the first process and those it started."""
        lock = self.server.socket / "data" / "postmaster.pid"
        if not lock.exists():
            return []
        first = int(lock.read_text().split(maxsplit=1)[0])
        return [first, *children_of(first)]

    def freeze(self) -> None:
        """Stop every process where it stands: connections stay open and nothing answers."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """End every process at once, without a word."""
        self._send(signal.SIGKILL)

    def start(self) -> None:
        """Start it again on the same data and wait until it has recovered."""
        self._again.close()
        self._again.enter_context(self.server.serve())

    def _send(self, number: signal.Signals) -> None:
        for pid in self.pids():
            signal_to(pid, number)
