"""``python -m tests.benchmarks.feedback_writes``: how long a durable write of feedback takes at a steady rate.

PostgreSQL on a real disk with fsync on, a real server, and a client that sends on a schedule that does not wait for
answers. Latency counts from the moment a write was due, not from the moment it was sent: a client or server that falls
behind shows. Then the server is killed with SIGKILL in the middle of writing, and every acknowledged id is looked for.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Before gRPC is loaded: what it does at a fork can crash the child that becomes a server of another user.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251

import grpc
import psycopg
from leadline.v1 import feedback_pb2, feedback_service_pb2_grpc, lead_pb2, lead_service_pb2_grpc
from leadline.v1 import feedback_service_pb2 as pb
from leadline.v1 import lead_service_pb2 as leads_pb

from core.adapters.sql.engine import open_database
from core.adapters.sql.walls import ALL_TENANTS
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.e2e.chaos.channels import open_channel
from tests.e2e.chaos.processes import serving
from tests.parts.postgres import PostgresServer, find_binaries, running_postgres

BAR_MILLISECONDS = 20.0
LEADS = 2_000
LEADS_AT_ONCE = 500
TIMEOUT_SECONDS = 5.0
WARM_UP_SECONDS = 3.0
_DATABASE = "writes"
_INTRODUCTION = (
    "`python -m tests.benchmarks.feedback_writes --write`: server, client and PostgreSQL on one machine; latency "
    "counts from when a write was due."
)
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "autovacuum": "on"}


@dataclass
class Sent:
    """What came of the writes of one stretch."""

    milliseconds: list[float] = field(default_factory=list)
    """From when each acknowledged write was due to its answer."""
    acknowledged: list[str] = field(default_factory=list)
    """Ids."""
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """Return the latency that ``share`` of the acknowledged writes kept below, milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class OpenLoop:
    """Sends writes at the moments they are due, whatever became of those before.

    Args:
        target: ``host:port``.
        channels: Connections; the kernel spreads them over the server's processes.
    """

    def __init__(self, target: str, channels: int) -> None:
        self._channels = [open_channel(target, retries=False) for _ in range(channels)]
        self._stubs = [feedback_service_pb2_grpc.FeedbackServiceStub(channel) for channel in self._channels]
        for channel in self._channels:
            grpc.channel_ready_future(channel).result(TIMEOUT_SECONDS)

    def run(self, rate: float, seconds: float, at: Sequence[tuple[float, Callable[[], None]]] = ()) -> Sent:
        """Send ``rate`` writes a second and return what came of them once all have ended.

        Args:
            rate: Writes a second.
            seconds: For how long.
            at: What else to do, in a thread of its own, so many seconds after the begin.
        """
        sent, prefix, total = Sent(), uuid.uuid4().hex[:12], int(rate * seconds)
        left = threading.Semaphore(0)
        timers = [threading.Timer(when, act) for when, act in at]
        for timer in timers:
            timer.start()
        begin = time.perf_counter()
        for number in range(total):
            due = begin + number / rate
            wait = due - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            self._send(f"{prefix}-{number}", number, due, sent, left)
        for _ in range(total):
            left.acquire()
        sent.seconds = time.perf_counter() - begin
        for timer in timers:
            timer.join()
        return sent

    def _send(self, name: str, number: int, due: float, sent: Sent, left: threading.Semaphore) -> None:
        stub = self._stubs[number % len(self._stubs)]
        future = stub.RecordFeedback.future(write_request(name, number), timeout=TIMEOUT_SECONDS)

        def done(call: grpc.Future) -> None:
            took = time.perf_counter() - due
            problem = call.exception()
            if problem is None:
                sent.milliseconds.append(took * 1_000)
                sent.acknowledged.append(name)
            else:
                sent.failures[getattr(call, "code", lambda: None)().name] += 1
            left.release()

        future.add_done_callback(done)

    def close(self) -> None:
        for channel in self._channels:
            channel.close()


@dataclass(frozen=True)
class Figures:
    """What was measured."""

    rate: float
    processes: int
    steady: Sent
    killed: Sent
    lost: int
    doubled: int
    settings: dict[str, str]
    wal_syncs: int
    server_cpu: float
    """Processor seconds of the server in a second."""


def write_request(name: str, number: int) -> pb.RecordFeedbackRequest:
    """Return one write: a contact that says how it went, by one of twenty agents."""
    told = feedback_pb2.Feedback(
        feedback_id=name,
        lead_id=f"lead-{number % LEADS}",
        action=feedback_pb2.FEEDBACK_ACTION_CONTACT,
        contact_successful=number % 3 == 0,
        user_rating=float(number % 101),
        session_id=f"session-{number // 50}",
        agent_id=f"agent-{number % 20}",
        user_agent="Mozilla/5.0 (X11; Linux x86_64)",
        ip_address=f"203.0.113.{number % 250}",
    )
    return pb.RecordFeedbackRequest(request_id=name, feedback=told)


def measure(folder: Path, *, rate: float, seconds: float, processes: int, channels: int) -> Figures:
    """Start everything, measure, end everything."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("no PostgreSQL here")
    with running_postgres(binaries, **_DURABLE) as postgres:
        url = postgres.create_database(_DATABASE)
        settings = _settings_of(url)
        with serving(folder, processes=processes, database_url=url, model_dir=folder / "models") as server:
            _write_leads(server.target)
            loop = OpenLoop(server.target, channels)
            loop.run(rate, WARM_UP_SECONDS)
            syncs, used = _wal_syncs(postgres), server.cpu_seconds()
            steady = loop.run(rate, seconds)
            syncs, used = _wal_syncs(postgres) - syncs, server.cpu_seconds() - used
            killed = loop.run(rate, 4.0, at=[(2.0, server.kill)])
            loop.close()
        stored = _stored(postgres)
    acknowledged = [*steady.acknowledged, *killed.acknowledged]
    return Figures(
        rate=rate,
        processes=processes,
        steady=steady,
        killed=killed,
        lost=sum(stored[name] == 0 for name in acknowledged),
        doubled=sum(count > 1 for count in stored.values()),
        settings=settings,
        wal_syncs=syncs,
        server_cpu=used / steady.seconds,
    )


def table_of(figures: Figures) -> str:
    """Return the figures as Markdown."""
    steady, killed = figures.steady, figures.killed
    due = int(figures.rate * round(steady.seconds))
    said = ", ".join(f"`{name} = {value}`" for name, value in figures.settings.items())
    p99 = steady.percentile(0.99)
    verdict = "met" if p99 < BAR_MILLISECONDS and not steady.failures else "missed"
    rows = [
        ("writes due a second, open loop", f"{figures.rate:,.0f}"),
        ("acknowledged", f"{len(steady.acknowledged):,} of {due:,}"),
        ("p50", f"{steady.percentile(0.5):.1f} ms"),
        ("p95", f"{steady.percentile(0.95):.1f} ms"),
        ("p99", f"{p99:.1f} ms (bar {BAR_MILLISECONDS:.0f} ms: {verdict})"),
        ("slowest", f"{max(steady.milliseconds, default=float('nan')):.1f} ms"),
        ("refused or failed", ", ".join(f"{n} {code}" for code, n in steady.failures.items()) or "0"),
        ("server processes, their processor time", f"{figures.processes or 1}, {figures.server_cpu:.2f} s a second"),
        ("syncs of the write-ahead log", f"{figures.wal_syncs:,}"),
        ("acknowledged up to a SIGKILL of the server in the middle", f"{len(killed.acknowledged):,}"),
        ("of all that was acknowledged: missing, twice", f"{figures.lost}, {figures.doubled}"),
    ]
    lines = ["| what | figure |", "|---|---|", *(f"| {name} | {figure} |" for name, figure in rows)]
    return "\n".join(
        [
            _INTRODUCTION,
            "",
            *lines,
            "",
            f"The server's own connections say {said}: an OK is sent after the commit is on disk.",
            "",
            machine_facts(),
        ]
    )


def _settings_of(url: str) -> dict[str, str]:
    """Return what a connection of the server works with."""
    database = open_database(url)
    try:
        database.migrate()
        with database.read(ALL_TENANTS) as connection:
            return {
                name: str(connection.exec_driver_sql(f"SHOW {name}").scalar())
                for name in ("synchronous_commit", "fsync", "wal_sync_method")
            }
    finally:
        database.close()


def _wal_syncs(postgres: PostgresServer) -> int:
    with psycopg.connect(postgres.admin_url(_DATABASE), autocommit=True) as connection:
        row = connection.execute("SELECT wal_sync FROM pg_stat_wal").fetchone()
    return 0 if row is None else int(row[0])


def _stored(postgres: PostgresServer) -> Counter[str]:
    with psycopg.connect(postgres.admin_url(_DATABASE)) as connection:
        rows = connection.execute(
            "SELECT feedback_id FROM lead_feedback UNION ALL SELECT feedback_id FROM lead_feedback_history"
        )
        return Counter(row[0] for row in rows)


def _write_leads(target: str) -> None:
    with open_channel(target, retries=False) as channel:
        stub = lead_service_pb2_grpc.LeadServiceStub(channel)
        for start in range(0, LEADS, LEADS_AT_ONCE):
            writes = [
                leads_pb.LeadWrite(lead=lead_pb2.Lead(lead_id=f"lead-{number}", title="a lead"))
                for number in range(start, start + LEADS_AT_ONCE)
            ]
            stub.UpsertLeads(leads_pb.UpsertLeadsRequest(request_id=f"leads-{start}", leads=writes), timeout=30)


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell; 0 if the bar is met and nothing acknowledged is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=500.0, help="writes a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--processes", type=int, default=0, help="0: one server process by itself")
    parser.add_argument("--channels", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="write the figures to docs/learning.md")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="leadline-writes-") as folder:
        figures = measure(
            Path(folder),
            rate=chosen.rate,
            seconds=chosen.seconds,
            processes=chosen.processes,
            channels=chosen.channels,
        )
    text = table_of(figures)
    sys.stdout.write(f"{text}\n")
    if chosen.write:
        write_section("writes", text)
    kept = figures.lost == 0 and figures.doubled == 0
    return 0 if kept and not figures.steady.failures and figures.steady.percentile(0.99) < BAR_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
