"""Running servers for tests: in a process of their own, or in this one; always over a real channel."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2_grpc
from leadline.v1 import (
    access_service_pb2_grpc,
    action_catalog_service_pb2_grpc,
    audit_service_pb2_grpc,
    catalog_service_pb2_grpc,
    event_service_pb2_grpc,
    experiment_service_pb2_grpc,
    feature_service_pb2_grpc,
    feedback_service_pb2_grpc,
    intelligence_service_pb2_grpc,
    lead_service_pb2_grpc,
    model_service_pb2_grpc,
    monitoring_service_pb2_grpc,
    recommendation_service_pb2_grpc,
    scoring_service_pb2_grpc,
    system_service_pb2_grpc,
)

from server.app import build_server
from server.running import LeadlineServer
from server.settings import read_settings
from tests.parts.fitted import database_url, model_dir

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
WIDE = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # Each test its own connection, and no waiting after a server of the same address went away.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
]


class Stubs:
    """A channel to a server with a stub for each service."""

    def __init__(self, target: str, credentials: grpc.ChannelCredentials | None = None) -> None:
        plain = grpc.insecure_channel(target, options=WIDE) if credentials is None else None
        self.channel = plain or grpc.secure_channel(target, credentials, options=WIDE)
        self.scoring = scoring_service_pb2_grpc.ScoringServiceStub(self.channel)
        self.leads = lead_service_pb2_grpc.LeadServiceStub(self.channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)
        self.feedback = feedback_service_pb2_grpc.FeedbackServiceStub(self.channel)
        self.events = event_service_pb2_grpc.EventServiceStub(self.channel)
        self.features = feature_service_pb2_grpc.FeatureServiceStub(self.channel)
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(self.channel)
        self.recommendations = recommendation_service_pb2_grpc.RecommendationServiceStub(self.channel)
        self.experiments = experiment_service_pb2_grpc.ExperimentServiceStub(self.channel)
        self.monitoring = monitoring_service_pb2_grpc.MonitoringServiceStub(self.channel)
        self.intelligence = intelligence_service_pb2_grpc.IntelligenceServiceStub(self.channel)
        self.action_catalogs = action_catalog_service_pb2_grpc.ActionCatalogServiceStub(self.channel)
        self.access = access_service_pb2_grpc.AccessServiceStub(self.channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(self.channel)
        self.system = system_service_pb2_grpc.SystemServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()


def environment(home: Path, **settings: object) -> dict[str, str]:
    """Return the settings of a server on a home; a keyword ``port=1`` sets LEADLINE_PORT."""
    chosen: Mapping[str, object] = {
        "database_url": database_url(home),
        "model_dir": model_dir(home),
        "port": 0,
        "poll_seconds": 0.1,
        **settings,
    }
    return {f"LEADLINE_{name.upper()}": str(value) for name, value in chosen.items()}


@contextmanager
def served_here(home: Path, **settings: object) -> Iterator[tuple[LeadlineServer, Stubs]]:
    """Run a server in this process until the block ends."""
    quick = {"drain_notice_seconds": 0, "drain_grace_seconds": 2, **settings}
    server = build_server(read_settings(environment(home, **quick)))
    server.start()
    try:
        with Stubs(f"127.0.0.1:{server.port}") as stubs:
            yield server, stubs
    finally:
        server.stop()


class ServerProcess:
    """A ``python -m server`` of its own. Its standard error is read to the end, line by line."""

    def __init__(self, home: Path, *, module: str = "server", **settings: object) -> None:
        self.spawned = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", **environment(home, **settings)},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.address = ""
        self._serving = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stderr:
            self.lines.append(line)
            entry = _entry(line)
            if entry.get("message") == "serving":
                self.address = entry["address"]
                self._serving.set()
        self._serving.set()

    def wait_until_serving(self) -> str:
        """Return the address once it serves."""
        assert self._serving.wait(START_SECONDS), self.lines
        assert self.address, self.lines
        return self.address

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Return the exit code."""
        code = self._process.wait(seconds)
        self._reader.join()
        return code

    def entries(self) -> list[dict[str, Any]]:
        """Return what it logged so far."""
        return [entry for entry in map(_entry, self.lines) if entry]

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stderr.close()


@contextmanager
def served_apart(home: Path, **settings: object) -> Iterator[ServerProcess]:
    """Run a server process until the block ends."""
    process = ServerProcess(home, **settings)
    try:
        yield process
    finally:
        process.close()


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
