"""Whether a port is free, and whether a server answers behind it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

READY_SECONDS = 30.0
_POLL_SECONDS = 0.05


def is_free(host: str, port: int) -> bool:
    """Return whether nobody answers at a port: an old server there would answer in the new one's place."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return probe.connect_ex((host.strip("[]"), port)) != 0


def wait_until_serving(server: subprocess.Popen[bytes], address: str, is_stopping: Callable[[], bool]) -> bool:
    """Return whether a server process took calls at ``address`` before it ended, or somebody had enough of waiting."""
    give_up = time.monotonic() + READY_SECONDS
    with grpc.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        while time.monotonic() < give_up and server.poll() is None and not is_stopping():
            try:
                answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1.0)
            except grpc.RpcError:
                time.sleep(_POLL_SECONDS)
                continue
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return server.poll() is None
            time.sleep(_POLL_SECONDS)
    return False
