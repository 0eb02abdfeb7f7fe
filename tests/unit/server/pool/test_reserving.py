"""A port reserved by a parent: for its children, and for nobody else."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from core.errors import InvalidInput
from server.pool.reserving import reserve

HOSTS = ["127.0.0.1", "localhost", "0.0.0.0", "[::]", "[::1]"]  # noqa: S104


def joined(host: str, port: int) -> socket.socket:
    """Listen as grpc does in a child."""
    child = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    child.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    child.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    child.bind((host, port))
    child.listen()
    return child


@pytest.mark.parametrize("host", HOSTS)
def test_children_may_share_it_and_another_parent_may_not(host):
    with closing(socket.socket(socket.AF_INET6)) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    reserved = reserve(host, 0)
    try:
        with pytest.raises(InvalidInput, match=f"LEADLINE_PORT must be free: {reserved.number} is in use"):
            reserve(host, reserved.number)
        address = "::1" if ":" in host else "127.0.0.1"
        with joined(address, reserved.number), joined(address, reserved.number):
            socket.create_connection((address, reserved.number)).close()
            with pytest.raises(InvalidInput):
                reserve(host, reserved.number)
    finally:
        reserved.release()
    reserve(host, reserved.number).release()


def test_a_server_that_does_not_share_is_not_joined():
    with closing(socket.socket()) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104
            with pytest.raises(InvalidInput):
                reserve(host, server.getsockname()[1])


def test_connections_that_linger_from_a_server_before_it_do_not_matter():
    first = reserve("127.0.0.1", 0)
    with joined("127.0.0.1", first.number) as child, socket.create_connection(("127.0.0.1", first.number)) as caller:
        accepted, _ = child.accept()
        accepted.close()  # the side that closes first keeps the connection for a minute
        assert caller.recv(1) == b""
    first.release()
    second = reserve("127.0.0.1", first.number)
    with pytest.raises(InvalidInput):
        reserve("127.0.0.1", first.number)
    with joined("127.0.0.1", first.number):
        second.release()


def test_a_host_of_another_machine_is_named():
    with pytest.raises(InvalidInput, match="LEADLINE_HOST must be an address of this machine"):
        reserve("192.0.2.1", 0)
