"""Connections of a port, found and closed through the kernel."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.connections import Connections


@contextmanager
def connected(family: socket.AddressFamily = socket.AF_INET6) -> Iterator[tuple[socket.socket, socket.socket, int]]:
    """Give a listening socket, a caller and the port; IPv4 calls come to IPv6 sockets, as in grpc."""
    with socket.socket(family) as server:
        if family is socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::ffff:127.0.0.1" if family is socket.AF_INET6 else "127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
            yield server, caller, port


def peer_of(caller: socket.socket) -> str:
    return f"ipv4:127.0.0.1:{caller.getsockname()[1]}"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_one_connection_is_closed_and_the_others_stay(family):
    with (
        connected(family) as (server, caller, port),
        server.accept()[0],
        socket.create_connection(("127.0.0.1", port), timeout=5) as other,
        server.accept()[0] as stays,
    ):
        connections = Connections(port)
        connections.remember()
        connections.close(peer_of(caller))
        assert caller.recv(1) == b""
        stays.send(b"x")
        assert other.recv(1) == b"x"
        assert connections.any_open()
        connections.close_all()
        assert other.recv(1) == b""
        assert not connections.any_open()


def test_a_caller_that_has_sent_something_more_is_not_cut():
    with connected() as (server, caller, port), server.accept()[0] as accepted:
        connections = Connections(port)
        connections.remember()
        caller.send(b"?")
        accepted.recv(1, socket.MSG_PEEK)
        connections.close(peer_of(caller))
        accepted.send(b"!")
        assert caller.recv(1) == b"!"


@pytest.mark.parametrize("peer", ["unix:/tmp/socket", "ipv4:127.0.0.1:1", "ipv6:%5B::1%5D:1", ""])
def test_a_peer_that_is_not_known_is_left_alone(peer):
    with connected() as (server, _, port), server.accept()[0]:
        connections = Connections(port)
        connections.remember()
        connections.close(peer)
        assert connections.any_open()


def test_nobody_connects_once_it_stops_listening_and_who_is_there_stays():
    with connected() as (server, caller, port), server.accept()[0] as accepted:
        Connections(port).stop_listening()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        accepted.send(b"x")
        assert caller.recv(1) == b"x"


def test_other_ports_are_not_touched():
    with connected() as (server, caller, _), connected() as (_, _, other_port), server.accept()[0] as accepted:
        Connections(other_port).close_all()
        Connections(other_port).stop_listening()
        accepted.send(b"x")
        assert caller.recv(1) == b"x"
