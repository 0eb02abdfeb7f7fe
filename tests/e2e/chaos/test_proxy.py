"""The proxy forwards, freezes, and cuts."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.e2e.chaos.proxy import Proxy, to_port


@pytest.fixture
def echo_port() -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(end: socket.socket) -> None:
        with end, contextlib.suppress(ConnectionResetError):
            while data := end.recv(1024):
                end.sendall(data)

    def accept() -> None:
        while True:
            try:
                end, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(end,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def ask(connection: socket.socket, text: bytes, seconds: float = 5.0) -> bytes:
    connection.settimeout(seconds)
    connection.sendall(text)
    return connection.recv(1024)


def test_what_is_frozen_arrives_later(echo_port):
    with Proxy(to_port(echo_port)) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as connection:
        assert ask(connection, b"one") == b"one"
        proxy.freeze()
        with pytest.raises(TimeoutError):
            ask(connection, b"two", 0.2)
        proxy.thaw()
        connection.settimeout(5)
        assert connection.recv(1024) == b"two"


def test_a_cut_resets_what_is_open_and_lets_in_what_comes(echo_port):
    with Proxy(to_port(echo_port)) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port)) as connection:
            assert ask(connection, b"one") == b"one"
            assert proxy.cut() == 2
            connection.settimeout(5)
            with pytest.raises(ConnectionResetError):
                connection.recv(1024)
        with socket.create_connection(("127.0.0.1", proxy.port)) as connection:
            assert ask(connection, b"two") == b"two"


def test_where_nobody_listens_the_connection_ends():
    with Proxy(to_port(1)) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as connection:
        connection.settimeout(5)
        with pytest.raises(ConnectionResetError):
            connection.recv(1024)
