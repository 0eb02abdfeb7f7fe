"""The TCP connections of a port, as the kernel knows them.

grpcio can only stop a server as a whole, and then it cancels calls that came in meanwhile. What ends a connection
without that is closing its socket: a caller sees UNAVAILABLE, the code that clients try again.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from termios import FIONREAD
from urllib.parse import unquote

_OPEN_FILES = Path("/proc/self/fd")
"""Not there on systems other than Linux: then nothing is found and nothing is closed."""
_ESTABLISHED = 1
_Peer = tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]


class Connections:
    """The sockets of this process that are bound to ``port``."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._known: dict[_Peer, int] = {}

    def stop_listening(self) -> None:
        """Take no further connections. Where other processes listen on the port, those get them from now on."""
        for each in self._sockets():
            if _listens(each):
                _shut(each)

    def any_open(self) -> bool:
        """Return whether a caller is connected."""
        return any(_is_open(each) for each in self._sockets())

    def remember(self) -> None:
        """Note who is connected now, for :meth:`close`."""
        for number, each in self._numbered():
            peer = _peer_of(each)
            if peer is not None:
                self._known[peer] = number

    def close(self, peer: str) -> None:
        """Close the connection to a caller that was noted, unless the caller has sent something more meanwhile.

        Args:
            peer: As grpc names it, for example ``ipv4:127.0.0.1:50000``.
        """
        wanted = _parsed(peer)
        number = self._known.get(wanted) if wanted else None
        if number is None:
            return
        with _borrowed(number) as found:
            # The number may be another's by now.
            if found is not None and _is_open(found) and _peer_of(found) == wanted and not _has_unread(found):
                _shut(found)

    def close_all(self) -> None:
        """Close every connection."""
        for each in self._sockets():
            if _is_open(each):
                _shut(each)

    def _sockets(self) -> Iterator[socket.socket]:
        return (found for _, found in self._numbered())

    def _numbered(self) -> Iterator[tuple[int, socket.socket]]:
        for number in _socket_numbers():
            with _borrowed(number) as found:
                if found is not None and _port_of(found) == self._port:
                    yield number, found


def _socket_numbers() -> list[int]:
    try:
        entries = list(_OPEN_FILES.iterdir())
    except FileNotFoundError:
        return []
    return [int(entry.name) for entry in entries if _target_of(entry).startswith("socket:")]


def _target_of(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:  # closed meanwhile
        return ""


@contextmanager
def _borrowed(number: int) -> Iterator[socket.socket | None]:
    """Give a socket that somebody else owns, by a file number of our own; None if it is gone."""
    found = None
    try:
        own = os.dup(number)
    except OSError:
        yield None
        return
    try:
        found = socket.socket(fileno=own)
    except OSError:  # no socket any more
        os.close(own)
    try:
        yield found
    finally:
        if found is not None:
            found.close()


def _port_of(found: socket.socket) -> int | None:
    if found.type is not socket.SOCK_STREAM or found.family not in {socket.AF_INET, socket.AF_INET6}:
        return None
    try:
        return int(found.getsockname()[1])
    except OSError:
        return None


def _listens(found: socket.socket) -> bool:
    return bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _is_open(found: socket.socket) -> bool:
    return found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED


def _has_unread(found: socket.socket) -> bool:
    return ioctl(found.fileno(), FIONREAD, b"\0" * 4) != b"\0" * 4


def _peer_of(found: socket.socket) -> _Peer | None:
    try:
        host, port = found.getpeername()[:2]
    except OSError:
        return None
    return _plain(host), port


def _parsed(peer: str) -> _Peer | None:
    host, _, port = unquote(peer).partition(":")[2].rpartition(":")
    try:
        return _plain(host.strip("[]")), int(port)
    except ValueError:  # a Unix socket
        return None


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _shut(found: socket.socket) -> None:
    try:
        found.shutdown(socket.SHUT_RDWR)
    except OSError:  # the other side was quicker
        return
