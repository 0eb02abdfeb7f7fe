"""``python -m tests.benchmarks.event_writes``: how many events a second are durable, in batches of 500.

PostgreSQL on a real disk with fsync on, a real server, and clients that each send the next batch once the one before
is answered; all on one machine. At the end every acknowledged event is looked for.
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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

# Before gRPC is loaded: what it does at a fork can crash the child that becomes a server of another user.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251

import grpc
import psycopg
from leadline.v1 import event_pb2, event_service_pb2_grpc
from leadline.v1 import event_service_pb2 as pb
from sqlalchemy import insert

from core.adapters.sql.engine import open_database
from core.adapters.sql.tables import catalog_items
from core.caller import LOCAL_CALLER
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.e2e.chaos.channels import open_channel
from tests.e2e.chaos.processes import Server, cpu_seconds_of, serving
from tests.parts.postgres import PostgresServer, find_binaries, running_postgres

BAR_EVENTS = 10_000.0
BATCH = 500
ITEMS = 5_000
LEADS = 20_000
TIMEOUT_SECONDS = 10.0
WARM_UP_SECONDS = 3.0
_DATABASE = "events"
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "autovacuum": "on"}
_INTRODUCTION = (
    "`python -m tests.benchmarks.event_writes --write`: server, clients and PostgreSQL on one machine, one server "
    "process, fsync on."
)
_KINDS = (
    *(event_pb2.EVENT_KIND_ITEM_VIEWED,) * 6,
    *(event_pb2.EVENT_KIND_ITEM_SAVED, event_pb2.EVENT_KIND_ITEM_LIKED, event_pb2.EVENT_KIND_LINK_CLICKED),
    event_pb2.EVENT_KIND_SEARCH_PERFORMED,
)


@dataclass
class Sent:
    """What came of the batches of one stretch."""

    milliseconds: list[float] = field(default_factory=list)
    """Of each acknowledged batch."""
    acknowledged: list[str] = field(default_factory=list)
    """Prefixes of the ids of each acknowledged batch."""
    recorded: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """Return what ``share`` of the acknowledged batches kept below, milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


@dataclass(frozen=True)
class Figures:
    """What was measured."""

    clients: int
    sent: Sent
    cpu: dict[str, float]
    """Processor seconds a second, by who used them."""
    missing: int
    doubled: int
    wal_mib: float

    @property
    def rate(self) -> float:
        """Events a second that were acknowledged."""
        return self.sent.recorded / self.sent.seconds


def batch_request(prefix: str, random: Random, moment: int) -> pb.RecordEventsRequest:
    """Return a batch as a web site sends it: sessions of leads who look at items, search and save."""
    request = pb.RecordEventsRequest()
    add = request.events.add
    for number in range(BATCH):
        kind = _KINDS[number % len(_KINDS)]
        event = add(
            event_id=f"{prefix}-{number}",
            lead_id=f"lead-{random.randrange(LEADS)}",
            kind=kind,
            session_id=f"session-{prefix}-{number // 10}",
            page_type=event_pb2.PAGE_TYPE_DETAIL,
            device=event_pb2.DEVICE_TYPE_MOBILE,
            referrer=event_pb2.REFERRER_TYPE_SEARCH_ENGINE,
        )
        event.occurred_time.seconds = moment - number
        if kind == event_pb2.EVENT_KIND_SEARCH_PERFORMED:
            event.query = "two rooms near the park"
        else:
            event.item_id = f"item-{random.randrange(ITEMS)}"
            event.price = 1_250.5
            event.duration.seconds = number % 90
    return request


def send(target: str, clients: int, seconds: float) -> Sent:
    """Let every client send batch after batch, and return what came of it once all have ended."""
    sent, lock = Sent(), threading.Lock()
    until = time.perf_counter() + seconds

    def run(number: int) -> None:
        random, name, batches = Random(number), uuid.uuid4().hex[:12], 0
        with open_channel(target, retries=False) as channel:
            stub = event_service_pb2_grpc.EventServiceStub(channel)
            while time.perf_counter() < until:
                prefix = f"{name}-{batches}"
                batches += 1
                request = batch_request(prefix, random, int(time.time()) - 1)
                begin = time.perf_counter()
                try:
                    response = stub.RecordEvents(request, timeout=TIMEOUT_SECONDS)
                except grpc.RpcError as problem:
                    with lock:
                        sent.failures[problem.code().name] += 1  # type: ignore[attr-defined]
                    continue
                took = (time.perf_counter() - begin) * 1_000
                with lock:
                    sent.milliseconds.append(took)
                    sent.acknowledged.append(prefix)
                    sent.recorded += response.recorded_count

    begin = time.perf_counter()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.seconds = time.perf_counter() - begin
    return sent


def measure(folder: Path, *, seconds: float, clients: int) -> Figures:
    """Start everything, measure, end everything."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("no PostgreSQL here")
    with running_postgres(binaries, **_DURABLE) as postgres:
        url = postgres.create_database(_DATABASE)
        _write_items(url)
        with serving(folder, database_url=url, model_dir=folder / "models") as server:
            warm = send(server.target, clients, WARM_UP_SECONDS)
            with _watched(postgres, server) as used:
                sent = send(server.target, clients, seconds)
        missing, doubled = _check(postgres, [*warm.acknowledged, *sent.acknowledged])
    return Figures(
        clients=clients,
        sent=sent,
        cpu={name: value / sent.seconds for name, value in used.items() if name != "wal"},
        missing=missing,
        doubled=doubled,
        wal_mib=used["wal"] / 1024 / 1024,
    )


def table_of(figures: Figures) -> str:
    """Return the figures as Markdown."""
    sent = figures.sent
    verdict = "met" if figures.rate >= BAR_EVENTS else "missed"
    said = ", ".join(f"{name} {value:.2f}" for name, value in figures.cpu.items())
    rows = [
        ("events a second, acknowledged durable", f"{figures.rate:,.0f} (bar {BAR_EVENTS:,.0f}: {verdict})"),
        ("clients, each one batch of 500 at a time", f"{figures.clients}"),
        ("events acknowledged", f"{sent.recorded:,} in {sent.seconds:.0f} s"),
        ("a batch, p50", f"{sent.percentile(0.5):.1f} ms"),
        ("a batch, p99", f"{sent.percentile(0.99):.1f} ms"),
        ("refused or failed", ", ".join(f"{count} {code}" for code, count in sent.failures.items()) or "0"),
        ("processor time, seconds a second", said),
        ("write-ahead log", f"{figures.wal_mib * 1024 * 1024 / max(1, sent.recorded):,.0f} bytes an event"),
        ("of all that was acknowledged: missing, twice", f"{figures.missing}, {figures.doubled}"),
    ]
    return "\n".join(
        [
            _INTRODUCTION,
            "",
            "| what | figure |",
            "|---|---|",
            *(f"| {name} | {figure} |" for name, figure in rows),
            "",
            machine_facts(),
        ]
    )


@contextmanager
def _watched(postgres: PostgresServer, server: Server) -> Iterator[dict[str, float]]:
    """Measure what the block uses: processor seconds of each part, bytes of the write-ahead log."""
    used: dict[str, float] = {}
    before = _used(postgres, server)
    yield used
    used.update({name: value - before[name] for name, value in _used(postgres, server).items()})


def _used(postgres: PostgresServer, server: Server) -> dict[str, float]:
    with psycopg.connect(postgres.admin_url(_DATABASE), autocommit=True) as connection:
        others = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        pids = [row[0] for row in connection.execute(others)]
        wal = connection.execute("SELECT wal_bytes FROM pg_stat_wal").fetchone()
    return {
        "clients": time.process_time(),
        "server": server.cpu_seconds(),
        "PostgreSQL": sum(map(cpu_seconds_of, pids)),
        "wal": 0.0 if wal is None else float(wal[0]),
    }


def _check(postgres: PostgresServer, prefixes: list[str]) -> tuple[int, int]:
    """Return how many acknowledged events are not there, and how many are there, or counted, twice."""
    with psycopg.connect(postgres.admin_url(_DATABASE)) as connection:
        stored = Counter(row[0] for row in connection.execute("SELECT event_id FROM lead_events"))
        numbers = connection.execute("SELECT count(*) - count(DISTINCT sequence) FROM lead_events").fetchone()
    wanted = (f"{prefix}-{number}" for prefix in prefixes for number in range(BATCH))
    missing = sum(stored[name] == 0 for name in wanted)
    doubled = sum(count > 1 for count in stored.values()) + (0 if numbers is None else numbers[0])
    return missing, doubled


def _write_items(url: str) -> None:
    """Fill the catalogue, so that events find their items."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "tenant": LOCAL_CALLER.tenant,
            "item_id": f"item-{number}",
            "body": "{}",
            "item_type": ("loft", "house", "studio")[number % 3],
            "location_name": f"district {number % 50}",
            "price_e4": number * 1_000,
            "is_available": True,
            "revision": number + 1,
            "create_time": now,
            "update_time": now,
        }
        for number in range(ITEMS)
    ]
    database = open_database(url)
    try:
        database.migrate()
        with database.write(LOCAL_CALLER.tenant) as connection:
            connection.execute(insert(catalog_items), rows)
    finally:
        database.close()


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell; 0 if the bar is met and nothing acknowledged is missing or there twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the figures to docs/behavior.md")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="leadline-events-") as folder:
        figures = measure(Path(folder), seconds=chosen.seconds, clients=chosen.clients)
    text = table_of(figures)
    sys.stdout.write(f"{text}\n")
    if chosen.write:
        write_section("event_writes", text, PAGE)
    kept = figures.missing == 0 and figures.doubled == 0
    return 0 if kept and not figures.sent.failures and figures.rate >= BAR_EVENTS else 1


if __name__ == "__main__":
    sys.exit(main())
