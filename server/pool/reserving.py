"""One port, reserved by the parent of a pool before any of its children listens on it.

Whoever listens with SO_REUSEPORT shares a port with everybody of the same user who does, also with a forgotten old
server. So the parent binds the port as a socket that shares it with nobody, which fails if anybody is there, and lets
it be shared afterwards: then only processes that come later and ask for sharing get in. Another pool does not, because
its parent asks for the port alone first; a server without a pool neither, because it never shares.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from core.errors import InvalidInput

_ANY = {"0.0.0.0", "::", ""}  # noqa: S104  compared with
_TRIES = 20
_NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
Address = tuple[socket.AddressFamily, str]


@dataclass(frozen=True, slots=True)
class ReservedPort:
    """A port of which other processes may take a share as long as this object lives."""

    number: int
    sockets: tuple[socket.socket, ...]
    """Bound and never listening: no connection ever comes to them."""

    def release(self) -> None:
        """Give it up."""
        for each in self.sockets:
            each.close()


def reserve(host: str, port: int) -> ReservedPort:
    """Reserve a port on every address of a host.

    Args:
        host: Address or name, an IPv6 address with or without brackets; ``0.0.0.0`` and ``::`` mean every address.
        port: 0 picks a free one.

    Raises:
        InvalidInput: If somebody has the port, or the host is not of this machine.
    """
    addresses = _addresses(host.strip("[]"))
    for _ in range(_TRIES if not port else 1):
        reserved = _reserve(addresses, port)
        if reserved is not None:
            return reserved
    raise InvalidInput.of("LEADLINE_PORT", f"must be free: {port} is in use")


def _addresses(host: str) -> list[Address]:
    if host in _ANY:
        # One socket for both families, as the children's.
        return [(socket.AF_INET6, "::")] if _has_ipv6() else [(socket.AF_INET, "0.0.0.0")]  # noqa: S104  was asked for
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as problem:
        raise InvalidInput.of("LEADLINE_HOST", "must be an address of this machine") from problem
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _has_ipv6() -> bool:
    try:
        _bound((socket.AF_INET6, "::"), 0, again=False).close()
    except OSError:
        return False
    return True


def _reserve(addresses: list[Address], port: int) -> ReservedPort | None:
    """Return the port on all addresses that this machine has, None if one of them is taken."""
    sockets: list[socket.socket] = []
    number = port
    for address in addresses:
        try:
            taken = _alone(address, number)
        except OSError as problem:
            if problem.errno in _NOT_HERE:
                continue  # localhost has an IPv6 address on paper only
            _close(sockets)
            if problem.errno == errno.EADDRINUSE:
                return None
            raise InvalidInput.of("LEADLINE_PORT", f"must be a port that this user may use: {port}") from problem
        sockets.append(taken)
        number = int(taken.getsockname()[1])
    if not sockets:
        raise InvalidInput.of("LEADLINE_HOST", "must be an address of this machine")
    for each in sockets:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return ReservedPort(number, tuple(sockets))


def _alone(address: Address, port: int) -> socket.socket:
    """Return a socket that has the port for itself."""
    try:
        return _bound(address, port, again=False)
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE or not port:
            raise
    # It may be only closed connections of a server before this one, which linger for a minute: those are passed over
    # with SO_REUSEADDR, but nobody who listens is, and no other parent, which has that option off.
    return _bound(address, port, again=True)


def _bound(address: Address, port: int, *, again: bool) -> socket.socket:
    family, host = address
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family is socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(again))
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()
