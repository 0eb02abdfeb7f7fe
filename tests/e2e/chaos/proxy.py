"""A TCP proxy between a server and what it depends on, whose connections can be cut, frozen and refused."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

_CHUNK = 64 * 1024
_RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` of zero seconds: closing sends RST, as a machine that lost its power answers once it is back."""


def to_unix_socket(path: Path) -> Callable[[], socket.socket]:
    """Return how to connect to a Unix socket."""

    def connect() -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(str(path))
        except OSError:
            made.close()
            raise
        return made

    return connect


def to_port(port: int) -> Callable[[], socket.socket]:
    """Return how to connect to a port of this machine."""
    return lambda: socket.create_connection(("127.0.0.1", port))


class Proxy:
    """Forwards every connection of its port, until told otherwise."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._flowing.set()

    def freeze(self) -> None:
        """Forward nothing: connections stay open, new ones are accepted by the system, and nobody answers."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Forward again, what came meanwhile included."""
        self._flowing.set()

    def cut(self) -> int:
        """Reset every connection; returns how many ends that were."""
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            _reset(end)
        return len(ends)

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(near,), daemon=True).start()

    def _forward(self, near: socket.socket) -> None:
        self._flowing.wait()
        try:
            far = self._connect()
        except OSError:
            _reset(near)
            return
        with self._lock:
            self._open |= {near, far}
        back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
        back.start()
        self._pump(near, far)
        back.join()
        with self._lock:
            self._open -= {near, far}
        near.close()
        far.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(_CHUNK):
                self._flowing.wait()
                sink.sendall(data)
            if source in self._open:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(source)
            _reset(sink)


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Wakes whoever reads from it and says nothing to the other side, which is to see a reset and no proper end.
        end.shutdown(socket.SHUT_RD)
    end.close()
