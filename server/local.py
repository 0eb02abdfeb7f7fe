"""``make run``: from nothing to a served, explained score, on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from core.errors import InvalidInput
from server.environment import whole_environment
from server.settings import read_settings

READY_SECONDS = 30.0
_POLL_SECONDS = 0.05
_ONE_THREAD = {"OMP_NUM_THREADS": "1"}


def main() -> int:
    """Train a starter version if there is none, start the server, score a sample lead, and keep serving."""
    environ = os.environ  # noqa: TID251  handed on to the processes started here
    try:
        whole = whole_environment(environ)
        settings = read_settings(whole)
    except InvalidInput as problem:
        _say(problem.message)
        return 2
    if not _is_free(settings.host, settings.port):
        _say(f"Something listens on {settings.host}:{settings.port} already: stop it, or set LEADLINE_PORT.")
        return 2
    Path(".leadline").mkdir(exist_ok=True)
    trained = subprocess.run([sys.executable, "-m", "training", "starter"], env={**whole, **_ONE_THREAD}, check=False)
    if trained.returncode:
        return trained.returncode
    # In a group of its own: a Ctrl-C comes once, from here, and a second one would end the server at once.
    server = subprocess.Popen([sys.executable, "-m", "server"], env=environ, process_group=0)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda caught, _frame: server.send_signal(caught))
    address = f"{settings.host}:{settings.port}"
    if not _wait_until_serving(server, address):
        server.terminate()
        return server.wait() or 1
    _show_sample(address, environ)
    _say(f"Leadline serves on {address}. Try: .venv/bin/leadline status   (Ctrl-C stops)")
    return server.wait()


def _is_free(host: str, port: int) -> bool:
    """Return whether nobody answers at a port: an old server there would answer in the new one's place."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return probe.connect_ex((host.strip("[]"), port)) != 0


def _wait_until_serving(server: subprocess.Popen[bytes], address: str) -> bool:
    give_up = time.monotonic() + READY_SECONDS
    with grpc.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        while time.monotonic() < give_up and server.poll() is None:
            try:
                answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1.0)
            except grpc.RpcError:
                time.sleep(_POLL_SECONDS)
                continue
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return server.poll() is None
            time.sleep(_POLL_SECONDS)
    return False


def _show_sample(address: str, environ: Mapping[str, str]) -> None:
    """Score the sample lead through gRPC, as a caller would, with the client's own command."""
    with as_file(files("server") / "sample_lead.json") as path:
        command = [str(Path(sys.executable).with_name("leadline")), "--target", address, "score", "--file", str(path)]
        subprocess.run(command, env=environ, check=False)  # noqa: S603  our own command


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201  this is a command for people


if __name__ == "__main__":
    sys.exit(main())
