from __future__ import annotations

from collections import Counter
from random import Random

from core.behavior.recording import EventIntake
from core.caller import LOCAL_CALLER
from core.event import Event
from server.convert.event import events_from_wire
from tests.benchmarks.event_writes import BATCH, Figures, Sent, batch_request, table_of


def test_a_batch_is_one_the_server_takes_whole():
    request = batch_request("p", Random(1), 1_772_000_000)
    read = events_from_wire(request, LOCAL_CALLER, EventIntake(lambda _: None))
    assert len(read) == BATCH
    assert all(isinstance(one, Event) for one in read)
    assert len({one.event_id for one in read}) == BATCH
    assert len({one.kind for one in read}) > 3


def test_the_table_says_what_was_measured():
    sent = Sent(milliseconds=[10.0] * 98 + [50.0, 70.0], recorded=50_000, seconds=4.0)
    figures = Figures(clients=3, sent=sent, cpu={"server": 0.5}, missing=0, doubled=0, wal_mib=10.0)
    text = table_of(figures)
    assert "12,500 (bar 10,000: met)" in text
    assert "| a batch, p50 | 10.0 ms |" in text
    assert "| a batch, p99 | 70.0 ms |" in text
    sent.failures = Counter({"UNAVAILABLE": 2})
    sent.recorded = 30_000
    assert "7,500 (bar 10,000: missed)" in table_of(figures)
    assert "2 UNAVAILABLE" in table_of(figures)


def test_nothing_acknowledged_is_told_as_such():
    figures = Figures(clients=1, sent=Sent(seconds=1.0), cpu={}, missing=0, doubled=0, wal_mib=0.0)
    assert "nan ms" in table_of(figures)
