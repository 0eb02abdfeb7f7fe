"""``python -m tests.benchmarks.recommend_speed``: how long Recommend takes over 50,000 items, and how fresh it is.

A server process of its own on SQLite, a model of random numbers of the size and the parts that a fit over so many
items gives, and real calls over gRPC.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

# Before gRPC is loaded: what it does at a fork can crash the child that becomes a server of another user.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251

import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc
from leadline.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    event_pb2,
    event_service_pb2,
    event_service_pb2_grpc,
    item_pb2,
    recommendation_service_pb2_grpc,
)
from leadline.v1 import recommendation_service_pb2 as pb

from core.adapters.sql.engine import open_database
from core.caller import LOCAL_CALLER
from core.recommend.artifact import model_files
from core.recommend.golden import golden_content
from core.recommend.model import RecommendationModel
from core.registry.manifest import content_digest, manifest_to_json, version_name
from core.version import GOLDEN_FILE, MANIFEST_FILE, RECOMMENDATION, FileDigest, Manifest
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.benchmarks.recommendation import MANY, made_up_model
from tests.parts.fitted import database_url, open_registry
from tests.parts.serving import served_apart

SEED = 42
CALLS = 2_000
LEADS = 1_000
EVENTS_EACH = 30
PERIOD_SECONDS, PERIODS = 10.0, 2
"""Every lead asks once in each period, when chance says: the answers before it have no say."""
FRESH_TRIES = 50
CHANNELS = 8
ITEM_COUNTS = (MANY, 2_000)
"""The many of the bar, and those of an agency or a shop of medium size."""
TIMEOUT_SECONDS = 10.0
SERIAL_BAR_MS, CONCURRENT_BAR_MS, FRESH_BAR_MS = 5.0, 100.0, 1_000.0
_HEADER = ("items", "what", "calls", "p50, ms", "p99, ms", "the longest, ms", "errors", "bar for the p99, ms")
_TYPES = ("loft", "house", "studio", "villa", "barn", "cottage", "penthouse", "bungalow")
_INTRODUCTION = (
    "`python -m tests.benchmarks.recommend_speed --write`: catalogues with a model of their size, one server process "
    "and its callers on one machine; answers of 10 items with reasons. A call's time counts from when it was due, and "
    "no call is tried again: a refused one is an error. {facts}"
)


@dataclass
class Taken:
    """What calls took."""

    name: str
    bar: float | None
    """For the 99th percentile; None: told, not judged."""
    milliseconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def p99(self) -> float:
        """Of the calls that were answered."""
        return float(np.percentile(self.milliseconds, 99)) if self.milliseconds else float("inf")

    @property
    def holds(self) -> bool:
        """Whether the bar does."""
        return self.bar is None or (self.p99 < self.bar and not self.errors)

    def cells(self) -> list[str]:
        """Return a row of the table."""
        half = float(np.median(self.milliseconds)) if self.milliseconds else float("inf")
        failed = sum(self.errors.values())
        calls = len(self.milliseconds) + failed
        longest = max(self.milliseconds, default=float("inf"))
        bar = "" if self.bar is None else f"{self.bar:,.0f}"
        return [self.name, f"{calls:,}", f"{half:.2f}", f"{self.p99:.2f}", f"{longest:.2f}", str(failed), bar]


class Callers:
    """Channels to one server."""

    def __init__(self, target: str) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channels = [grpc.insecure_channel(target, options=options) for _ in range(CHANNELS)]
        self.recommend = [recommendation_service_pb2_grpc.RecommendationServiceStub(one) for one in self.channels]
        self.events = event_service_pb2_grpc.EventServiceStub(self.channels[0])
        self.health = health_pb2_grpc.HealthStub(self.channels[0])
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(self.channels[0])

    def close(self) -> None:
        """Close them."""
        for channel in self.channels:
            channel.close()

    def ask(self, taken: Taken, number: int) -> pb.RecommendResponse | None:
        """Ask for one lead and wait for the answer."""
        since = time.perf_counter()
        request = pb.RecommendRequest(lead_id=_lead(number))
        try:
            answer = self.recommend[number % CHANNELS].Recommend(request, timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as failed:
            taken.errors[failed.code().name] += 1
            return None
        taken.milliseconds.append((time.perf_counter() - since) * 1e3)
        return answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a bar does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recommend_speed", description=__doc__)
    parser.add_argument("--write", action="store_true", help="Write the figures to docs/behavior.md.")
    parsed = parser.parse_args(arguments)
    found = [(count, taken) for count in ITEM_COUNTS for taken in _served(made_up_model(count))]
    rows = [(f"{count:,}", *taken.cells()) for count, taken in found]
    sys.stdout.write(f"{plain_table(_HEADER, rows)}\n")
    if parsed.write:
        text = _INTRODUCTION.format(facts=machine_facts())
        write_section("recommend_speed", f"{text}\n\n{markdown_table(_HEADER, rows)}", PAGE)
    return int(not all(taken.holds for _, taken in found))


def _served(model: RecommendationModel) -> list[Taken]:
    """Return what calls took of a server of its own."""
    with tempfile.TemporaryDirectory(prefix="leadline-recommend-") as folder:
        home = Path(folder)
        _prepare(home, model)
        with served_apart(home, poll_seconds=0.25, max_workers=16, queue_calls=2_000) as server:
            callers = Callers(server.wait_until_serving())
            try:
                return _measure(callers, model)
            finally:
                callers.close()


def _prepare(home: Path, model: RecommendationModel) -> None:
    database = open_database(database_url(home))
    database.migrate()
    database.close()
    files = model_files(model.parts)
    files[GOLDEN_FILE] = golden_content(model, [])
    digests = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in sorted(files.items())
    )
    now = datetime.now(UTC)
    manifest = Manifest(
        kind=RECOMMENDATION,
        version=version_name(now, content_digest(digests)),
        feature_set_hash="0" * 64,
        feature_count=1,
        training_sample_count=1,
        base_rate=0.5,
        training_start_time=None,
        training_end_time=None,
        data_fingerprint="0" * 64,
        code_version="benchmark",
        threshold=0.5,
        metrics=(),
        parameters={},
        parents=(),
        create_time=now,
        files=digests,
    )
    files[MANIFEST_FILE] = manifest_to_json(manifest)
    with open_registry(home) as registry:
        registry.register(LOCAL_CALLER, "register", files, "a benchmark")
        registry.activate(LOCAL_CALLER, "activate", RECOMMENDATION, manifest.version, expected="", reason="a benchmark")


def _measure(callers: Callers, model: RecommendationModel) -> list[Taken]:
    _fill(callers, model)
    ready = time.monotonic() + 120.0
    while time.monotonic() < ready:
        answer = callers.ask(Taken(name="", bar=0.0), 0)
        if answer is not None and answer.model_version and len(answer.recommendations) == 10:
            break
        time.sleep(0.2)
    for number in range(LEADS):
        callers.ask(Taken(name="", bar=0.0), number)
    serial = Taken(name="one after the other", bar=SERIAL_BAR_MS)
    for number in range(CALLS):
        callers.ask(serial, number % LEADS)
    return [_nothing(callers), serial, _over_time(callers), _at_once(callers), _fresh(callers, model)]


def _nothing(callers: Callers) -> Taken:
    """Return what a call takes that does nothing: what is left for the server is the difference."""
    taken = Taken(name="a health check, for comparison", bar=None)
    for _ in range(CALLS):
        since = time.perf_counter()
        callers.health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_SECONDS)
        taken.milliseconds.append((time.perf_counter() - since) * 1e3)
    return taken


def _fill(callers: Callers, model: RecommendationModel) -> None:
    random = Random(SEED)
    items = [
        item_pb2.Item(
            item_id=item_id,
            title=f"{_TYPES[n % len(_TYPES)]} {n}",
            item_type=_TYPES[n % len(_TYPES)],
            location_name=f"place {n % 40}",
            price=float(random.randrange(500, 9_000)),
        )
        for n, item_id in enumerate(model.item_ids)
    ]
    for start in range(0, len(items), 500):
        request = catalog_service_pb2.UpsertItemsRequest(request_id=f"items-{start}", items=items[start : start + 500])
        callers.catalog.UpsertItems(request, timeout=TIMEOUT_SECONDS)
    events = [_event(random, number, f"{number}-{n}", model) for number in range(LEADS) for n in range(EVENTS_EACH)]
    for start in range(0, len(events), 500):
        request = event_service_pb2.RecordEventsRequest(events=events[start : start + 500])
        callers.events.RecordEvents(request, timeout=TIMEOUT_SECONDS)


def _event(random: Random, number: int, event_id: str, model: RecommendationModel) -> event_pb2.Event:
    kind = random.choice((event_pb2.EVENT_KIND_ITEM_VIEWED, event_pb2.EVENT_KIND_ITEM_SAVED))
    item_id = model.item_ids[random.randrange(len(model.item_ids))]
    return event_pb2.Event(event_id=event_id, lead_id=_lead(number), kind=kind, item_id=item_id)


def _lead(number: int) -> str:
    return f"lead-{number}"


def _over_time(callers: Callers) -> Taken:
    """Let every lead ask once in each period."""
    random = Random(SEED)
    name = f"{LEADS:,} leads, each once in {PERIOD_SECONDS:.0f} s, for {PERIODS * PERIOD_SECONDS:.0f} s"
    due = [
        (PERIOD_SECONDS * (period + random.random()), number) for period in range(PERIODS) for number in range(LEADS)
    ]
    return _all_of(callers, Taken(name=name, bar=CONCURRENT_BAR_MS), due)


def _at_once(callers: Callers) -> Taken:
    """Let all leads ask at one moment. How long the last waits is how long the server takes for all of them."""
    due = [(0.0, number) for number in range(LEADS)]
    return _all_of(callers, Taken(name=f"{LEADS:,} leads at one moment", bar=None), due)


def _all_of(callers: Callers, taken: Taken, due: Sequence[tuple[float, int]]) -> Taken:
    """Ask for leads, each when it is due, whatever became of those before."""
    ended: list[tuple[float, grpc.Future]] = []
    calls = []
    begun = time.perf_counter() + 0.5
    for seconds, number in sorted(due):
        moment = begun + seconds
        time.sleep(max(0.0, moment - time.perf_counter()))
        request = pb.RecommendRequest(lead_id=_lead(number))
        call = callers.recommend[number % CHANNELS].Recommend.future(request, timeout=TIMEOUT_SECONDS)
        call.add_done_callback(lambda done, moment=moment: ended.append((time.perf_counter() - moment, done)))
        calls.append(call)
    while len(ended) < len(calls):
        time.sleep(0.01)
    for seconds, call in ended:
        if call.code() is grpc.StatusCode.OK:
            taken.milliseconds.append(seconds * 1e3)
        else:
            taken.errors[call.code().name] += 1
    return taken


def _fresh(callers: Callers, model: RecommendationModel) -> Taken:
    """Return how long it takes until an event changes the answer, from when the call that recorded it was sent."""
    random = Random(SEED + 1)
    taken = Taken(name="until an event changes the answer", bar=FRESH_BAR_MS)
    ignored = Taken(name="", bar=0.0)
    for number in range(FRESH_TRIES):
        before = callers.ask(ignored, number)
        event = _event(random, number, f"fresh-{number}", model)
        began = time.perf_counter()
        callers.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=[event]), timeout=TIMEOUT_SECONDS)
        while True:
            after = callers.ask(ignored, number)
            if after is not None and before is not None and after.up_to_sequence > before.up_to_sequence:
                break
        taken.milliseconds.append((time.perf_counter() - began) * 1e3)
    taken.errors = ignored.errors
    return taken


if __name__ == "__main__":
    raise SystemExit(main())
