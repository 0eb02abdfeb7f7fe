"""The real Redis and PostgreSQL of the driver die, freeze and come back as they are told."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests.e2e.chaos.postgres_processes import PostgresProcesses
from tests.parts.postgres import find_binaries, running_postgres
from tests.parts.redis_server import running_redis


def test_redis_is_frozen_emptied_killed_and_started_anew():
    with running_redis() as server, redis.Redis.from_url(server.url, socket_timeout=0.3) as client:
        client.set("a", "1")
        server.stop()
        with pytest.raises(redis.TimeoutError):
            client.get("a")
        server.cont()
        assert client.get("a") == b"1"
        server.flush()
        assert client.get("a") is None
        first = server.pid
        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("a")
        server.start()
        assert client.get("a") is None
        assert server.pid != first
        server.stop()
        last = server.pid
    assert not Path(f"/proc/{last}").exists(), "a frozen one is ended too"


def test_postgres_keeps_what_was_committed_before_a_kill():
    with running_postgres(find_binaries()) as server, PostgresProcesses(server) as processes:
        url = server.create_database("kept")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t (n int)")
            connection.execute("INSERT INTO t VALUES (7)")
        processes.kill()
        with pytest.raises(psycopg.OperationalError):
            connect_until_it_fails(url)
        processes.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM t").fetchone() == (7,)


def test_a_frozen_postgres_takes_up_where_it_stopped():
    with (
        running_postgres(find_binaries()) as server,
        PostgresProcesses(server) as processes,
        psycopg.connect(server.admin_url("postgres")) as connection,
    ):
        processes.freeze()
        assert all(is_stopped(pid) for pid in processes.pids())
        processes.thaw()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def is_stopped(pid: int, seconds: float = 5.0) -> bool:
    """A signal is taken when the process is next to run."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return True
        time.sleep(0.01)
    return False


def connect_until_it_fails(url: str) -> None:
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        psycopg.connect(url).close()
