"""Several server processes behind one port: all answer, the dead are replaced, and nobody is left behind."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from subprocess import run

import grpc
import pytest
from leadline.transport import open_channel
from leadline.v1 import scoring_service_pb2 as pb
from leadline.v1 import scoring_service_pb2_grpc

from tests.parts.messages import lead_message
from tests.parts.pool import PoolProcess, exists, pool_of, processes_seen, wait_for
from tests.parts.serving import ROOT, ServerProcess, served_apart

END_SECONDS = 10.0
"""Notice and grace of the pools here, and as much again."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def asked(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Caller(threading.Thread):
    """Scores without end with the published client settings, until it is stopped."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._stopping = threading.Event()
        self.answered = 0
        self.failures: list[str] = []
        self.start()

    def run(self) -> None:
        request = pb.ScoreRequest(lead=lead_message(1))
        with open_channel(self._address, None) as channel:
            stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
            while not self._stopping.wait(0.005):
                try:
                    stub.Score(request, timeout=20)
                except grpc.RpcError as error:
                    self.failures.append(f"{error.code().name}: {error.details()}")
                else:
                    self.answered += 1

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def test_a_life_under_load(home):
    """Both answer; a killed one is replaced; SIGHUP replaces all; SIGTERM ends all; no caller sees any of it fail."""
    metrics = free_port()
    with pool_of(home, metrics_port=metrics) as pool:
        address = pool.wait_until_complete()
        assert processes_seen(address) == {0, 1}
        assert asked(metrics, "/readyz") == (200, "ready\n")
        first = set(pool.children())
        callers = [Caller(address) for _ in range(3)]

        pool.send(signal.SIGHUP)
        wait_for(lambda: pool.times("process ended") == 2)
        rolled = set(pool.children())
        assert len(rolled) == 2
        assert not rolled & first
        served = sum(caller.answered for caller in callers)

        os.kill(min(rolled), signal.SIGTERM)
        wait_for(lambda: pool.times("serving") == 5 and pool.times("process ended") == 3)
        wait_for(lambda: sum(caller.answered for caller in callers) > served + 50)
        for caller in callers:
            caller.stop()
        assert [caller.failures for caller in callers] == [[], [], []]
        counted = asked(metrics, "/metrics")[1]
        assert sum(caller.answered for caller in callers) <= calls_counted(counted), "those of ended processes too"

        os.kill(max(pool.children()), signal.SIGKILL)
        wait_for(lambda: pool.times("serving") == 6)
        assert processes_seen(address) == {0, 1}
        assert 'leadline_pool_restarts_total{cause="SIGKILL"} 1.0' in asked(metrics, "/metrics")[1]

        last = pool.children()
        pool.send(signal.SIGTERM)
        wait_for(lambda: asked_or_gone(metrics) != 200)
        assert pool.wait(END_SECONDS) == 0
        assert not any(map(exists, last))
        assert pool.entries()[-1]["message"] == "parent stopped"


def calls_counted(text: str) -> float:
    lines = [line for line in text.splitlines() if line.startswith("leadline_server_calls_total")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if 'method="ScoringService/Score"' in line)


def asked_or_gone(port: int) -> int:
    try:
        return asked(port, "/readyz")[0]
    except OSError:
        return 0


@pytest.mark.parametrize("first", ["pool", "single"])
def test_a_port_in_use_is_refused_loudly(home, tmp_path, first):
    """A pool against a pool, a single server against a pool, a pool against a single server."""
    with pool_of(home, 1) if first == "pool" else served_apart(home) as running:
        address = running.wait_until_serving()
        port = address.rpartition(":")[2]
        for processes in (1, 0) if first == "pool" else (1,):
            other = ServerProcess(tmp_path / "other", port=port, processes=processes)
            try:
                assert other.wait(20) == 2
            finally:
                other.close()
            assert f"LEADLINE_PORT must be free: {port} is in use\n" in other.lines


def test_a_killed_parent_takes_its_children_along_and_leaves_the_port_free(home):
    with pool_of(home) as pool:
        pool.wait_until_complete()
        children = pool.children()
        port = pool.port
        pool.send(signal.SIGKILL)
        wait_for(lambda: not any(map(exists, children)), END_SECONDS)
    with pool_of(home, 1, port=port) as again:
        assert again.wait_until_complete().endswith(f":{port}")


def test_a_roll_brings_the_settings_of_the_file_and_wrong_ones_change_nothing(home, tmp_path):
    file = tmp_path / "settings.env"
    keywords = tmp_path / "keywords.toml"
    keywords.write_text("no keywords")
    file.write_text("# how loud\nLEADLINE_LOG_LEVEL=info\n")
    with pool_of(home, 1, env_file=file) as pool:
        pool.wait_until_complete()
        before = pool.children()
        file.write_text("LEADLINE_MAX_WORKERS=many\n")
        pool.send(signal.SIGHUP)
        wait_for(lambda: pool.times("settings refused: the processes serve on as they are"))
        assert pool.children() == before
        file.write_text(f"LEADLINE_KEYWORDS_FILE={keywords}\n")
        pool.send(signal.SIGHUP)
        wait_for(lambda: pool.times("a new process does not serve: the roll is given up, the others serve on"))
        assert pool.children() == before
        file.write_text("LEADLINE_LOG_LEVEL=error\n")
        pool.send(signal.SIGHUP)
        wait_for(lambda: pool.times("process ended") == 1)
        wait_for(lambda: len(pool.children()) == 1)
        (child,) = pool.children()
        assert b"LEADLINE_LOG_LEVEL=error" in Path(f"/proc/{child}/environ").read_bytes()


def test_a_second_signal_ends_all_at_once(home):
    with pool_of(home, drain_notice_seconds=30) as pool:
        pool.wait_until_complete()
        children = pool.children()
        pool.send(signal.SIGTERM)
        wait_for(lambda: pool.times("draining") == 2)
        pool.send(signal.SIGTERM)
        assert pool.wait(END_SECONDS) == -signal.SIGTERM
        wait_for(lambda: not any(map(exists, children)))


def test_settings_that_no_process_can_start_with_end_the_pool(home, tmp_path):
    keywords = tmp_path / "keywords.toml"
    keywords.write_text("no keywords")
    pool = PoolProcess(home, processes=2, keywords_file=keywords)
    try:
        assert pool.wait(20) == 2
    finally:
        pool.close()


def test_the_parent_loads_none_of_what_its_children_need():
    heavy = ("grpc", "google", "onnxruntime", "numpy", "sqlalchemy", "core.adapters")
    code = f"import sys; import server.__main__, server.pool.parent; print([n for n in {heavy} if n in sys.modules])"
    answer = run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
