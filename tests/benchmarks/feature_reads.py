"""How long reading a lead's features takes: ``python -m tests.benchmarks.feature_reads [--write]``.

Reads the features of leads with 10 and with 100,000 past events, from the memory of a process and through
GetLeadFeatures of a server, one caller at a time. In between new events come, so that no value could be an old one.
Also what a lead takes in memory, and how long the first read takes, which is from a stored copy if the lead is large.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from leadline.v1 import event_pb2, event_service_pb2, feature_service_pb2
from sqlalchemy import insert

from core.adapters.sql import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.state_store import SqlStateStore
from core.adapters.sql.tables import event_heads, lead_events
from core.behavior.lead_features import moment_us_of
from core.behavior.lead_history import LeadKeeping
from core.behavior.lead_loading import LeadLoader
from core.behavior.live import LiveLeads
from core.behavior.plan import LEAD_PLAN
from core.behavior.snapshotting import SnapshotLeads
from core.caller import LOCAL_CALLER
from core.event import Device, Event, EventKind, PageType
from core.identifiers import LeadId
from core.recommend.lead_fold import InteractionFolds
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.parts.fitted import database_url
from tests.parts.serving import Stubs, served_here

HISTORIES = (10, 100_000)
READS = 3_000
EVENTS_BETWEEN = 10
"""Reads between two new events."""
TENANT = LOCAL_CALLER.tenant
_METHOD = (
    f"{READS:,} reads each of all {len(LEAD_PLAN.features)} features, one caller, a new event of the lead after every "
    f"{EVENTS_BETWEEN}; milliseconds."
)
_KINDS = (EventKind.ITEM_VIEWED,) * 6 + (EventKind.ITEM_LIKED, EventKind.ITEM_SAVED, EventKind.SEARCH_PERFORMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Times of one kind of read over one history, seconds."""

    name: str
    events: int
    times: Sequence[float]

    def row(self) -> str:
        """Return a row of the table."""
        ordered = sorted(self.times)
        p99 = ordered[int(0.99 * len(ordered))]
        return f"| {self.name} | {self.events:,} | {statistics.median(ordered) * 1e3:.3f} | {p99 * 1e3:.3f} |"


def main() -> int:
    """Measure, and print or write the section."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with _home() as home:
        text = _measure(home)
    if arguments.write:
        write_section("feature_reads", text, PAGE)
    sys.stdout.write(text + "\n")
    return 0


def _measure(home: Path) -> str:
    first, in_process, size = _in_process(home)
    through = _through_server(home)
    rows = [reads.row() for reads in (*in_process, *through)]
    return "\n".join(
        [
            _METHOD,
            "",
            "| read | past events | median | p99 |",
            "|---|---:|---:|---:|",
            *rows,
            "",
            *(
                f"The first read of a lead with {count:,} events takes {took * 1e3:.1f} ms" + why
                for count, took, why in first
            ),
            "",
            f"In memory these leads take about {size:,} bytes each, on average.",
            "",
            machine_facts(),
        ]
    )


def _in_process(home: Path) -> tuple[list[tuple[int, float, str]], list[Reads], int]:
    database = open_database(database_url(home))
    log, states = SqlEventLog(database, _now), SqlStateStore(database, _now)
    loader = LeadLoader(log, states, LeadKeeping(plan=LEAD_PLAN, folds=InteractionFolds()))
    began = time.perf_counter()
    SnapshotLeads(log, states, loader).run(TENANT)
    made = time.perf_counter() - began
    live = LiveLeads(loader, log, states)
    first, reads = [], []
    try:
        for count in HISTORIES:
            lead_id = LeadId(f"with-{count}")

            def read(lead_id: LeadId = lead_id) -> object:
                return live.get(TENANT, lead_id, moment_us_of(_now()))

            why = (
                ", from its copy, which the worker made in " + f"{made:.1f} s."
                if count > 1_000
                else ", from its events."
            )
            first.append((count, _timed(read), why))

            def tell(number: int, lead_id: LeadId = lead_id) -> None:
                sent = _events(lead_id, 1, number, ahead=timedelta())
                live.recorded(
                    TENANT, log.append(LOCAL_CALLER, "", [one._replace(occurred_us=0) for one in sent]).recorded
                )

            reads.append(Reads(name="in process", events=count, times=_times(read, tell)))
        live.store(live.memory.entries())
        return first, reads, live.memory.size // len(HISTORIES)
    finally:
        database.close()


def _through_server(home: Path) -> list[Reads]:
    found = []
    with served_here(home) as (_, stubs):
        for count in HISTORIES:
            request = feature_service_pb2.GetLeadFeaturesRequest(lead_id=f"with-{count}")

            def read(stubs: Stubs = stubs, request: feature_service_pb2.GetLeadFeaturesRequest = request) -> object:
                return stubs.features.GetLeadFeatures(request)

            def tell(number: int, stubs: Stubs = stubs, lead_id: str = request.lead_id) -> None:
                one = event_pb2.Event(
                    event_id=f"s{number}-{lead_id}",
                    lead_id=lead_id,
                    kind=event_pb2.EVENT_KIND_ITEM_VIEWED,
                    item_id="i1",
                )
                stubs.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=[one]))

            read()
            found.append(Reads(name="GetLeadFeatures", events=count, times=_times(read, tell)))
    return found


def _times(read: Callable[[], object], tell: Callable[[int], None]) -> list[float]:
    times = []
    for number in range(READS):
        if number % EVENTS_BETWEEN == 0:
            tell(number)
        times.append(_timed(read))
    return times


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


@contextmanager
def _home() -> Iterator[Path]:
    """Give a home whose database holds the histories."""
    logging.disable(logging.WARNING)
    home = Path(tempfile.mkdtemp())
    try:
        database = open_database(database_url(home))
        database.migrate()
        sequence = 0
        with database.write(TENANT) as connection:
            for count in HISTORIES:
                events = _events(LeadId(f"with-{count}"), count, sequence, ahead=timedelta(days=400))
                rows = [{"tenant": TENANT, "body_digest": b"0" * 16, **one._asdict()} for one in events]
                connection.execute(insert(lead_events), rows)
                sequence += count
            head = {"sequence": sequence, "recorded_us": moment_us_of(_now()), "erasures": 0}
            connection.execute(insert(event_heads).values(tenant=TENANT, **head))
        database.close()
        yield home
    finally:
        shutil.rmtree(home)


def _events(lead_id: LeadId, count: int, sequence: int, *, ahead: timedelta) -> list[Event]:
    """Return events spread evenly over the time up to now."""
    chance = Random(f"{lead_id}-{sequence}")
    end_us, span_us = moment_us_of(_now()), ahead // timedelta(microseconds=1)
    events = []
    for number in range(1, count + 1):
        occurred_us = end_us - span_us + span_us * number // count
        item = chance.randrange(5_000)
        events.append(
            Event(
                sequence=sequence + number,
                event_id=f"{lead_id}-{sequence}-{number}",
                lead_id=lead_id,
                kind=chance.choice(_KINDS).value,
                occurred_us=occurred_us,
                recorded_us=occurred_us,
                item_id=f"i{item}",
                session_id=f"s{number // 12}",
                duration_ms=chance.randrange(100_000),
                page_type=chance.choice(list(PageType)).value,
                device=chance.choice(list(Device)).value,
                item_type=f"t{item % 12}",
                item_location=f"l{item % 40}",
                item_price_e4=1_000_000 + item * 10_000,
            )
        )
    return events


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
