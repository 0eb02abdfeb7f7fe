"""One server process of a pool, as its parent knows it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.pool.link import Word

_ALL = 64


@dataclass(eq=False, slots=True)
class Member:
    """A child process and the line to it."""

    index: int
    process: subprocess.Popen[bytes]
    link: socket.socket
    """Does not block."""
    started: float = field(default_factory=time.monotonic)
    serving: bool = False

    @property
    def pid(self) -> int:
        """Return the operating system's id."""
        return self.process.pid

    @property
    def age_seconds(self) -> float:
        """Return the time since the start."""
        return time.monotonic() - self.started

    def hear(self) -> list[Word] | None:
        """Return what it said since the last time, None once it hung up."""
        try:
            said = self.link.recv(_ALL)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return [Word(bytes([letter])) for letter in said] if said else None

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.process.kill()


def spawn(index: int, port: int, environ: Mapping[str, str]) -> Member:
    """Start a server process: a new interpreter, because nothing of gRPC or ONNX Runtime survives a fork.

    Args:
        index: Of the process in the pool, from 0.
        port: That the parent reserved.
        environ: Its whole environment.

    Raises:
        OSError: If the system is short of processes, memory or files.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    number = theirs.fileno()
    command = [sys.executable, "-m", "server", "child", f"--index={index}", f"--port={port}", f"--link={number}"]
    try:
        with theirs:
            # In a group of its own, a Ctrl-C reaches the parent only, which then stops its children in order.
            process = subprocess.Popen(  # noqa: S603  our own command
                command, env=environ, pass_fds=[number], stdin=subprocess.DEVNULL, process_group=0
            )
    except OSError:
        ours.close()
        raise
    return Member(index=index, process=process, link=ours)
