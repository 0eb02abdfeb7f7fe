"""What the log of events keeps, once each, and for whom."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import func, insert, select

from core.adapters.sql import ALL_TENANTS, SqlLeadStore
from core.adapters.sql import event_log as sql_event_log
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.tables import catalog_items, lead_events
from core.behavior.event_log import EventLog, LogHead
from core.behavior.recording import CLOCK_TOLERANCE_US, OLDEST_US, microseconds_of
from core.caller import Caller, Role
from core.errors import AlreadyExists, InvalidInput, NotFound
from core.event import EventKind
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from tests.parts.events import event, record, statuses

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")
ANN = Caller(tenant=ACME.tenant, actor="ann", roles=frozenset({Role.SELLER}), owner_id="ann")
ALWAYS = 1 << 62


@pytest.fixture
def log(database, clock) -> EventLog:
    return SqlEventLog(database, clock)


def all_of(log, caller=ACME):
    return list(log.all(caller.tenant))


def ids(events):
    return [one.event_id for one in events]


def count(database):
    with database.read(ALL_TENANTS) as connection:
        return connection.scalar(select(func.count()).select_from(lead_events))


def add_item(database, item_id, *, tenant="acme", price_e4=1_500_000, delete_time=None):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    row = {
        "tenant": tenant,
        "item_id": item_id,
        "body": "{}",
        "item_type": 'lo"ft\\',
        "location_name": "SoHo, {N}",
        "price_e4": price_e4,
        "is_available": True,
        "revision": 1,
        "create_time": now,
        "update_time": now,
        "delete_time": delete_time,
    }
    with database.write(TenantId(tenant)) as connection:
        connection.execute(insert(catalog_items).values(row))


def whole_event(event_id="whole"):
    return event(
        event_id,
        kind=EventKind.ITEM_SWIPED.value,
        item_id="i:1",
        session_id='session/1 é "\\{},NULL',
        agent_id="NULL",
        duration_ms=86_400_000,
        page_type="search",
        device="mobile",
        referrer="email",
        price_e4=0,
        value_e4=-(10**16),
        quantity=1_000_000,
        positive=False,
        query='lofts, "SoHo"\\\n\x1f None {} é 日本',
        token_id="ab" * 12,
    )


def test_an_event_comes_back_as_it_was_recorded(log, clock, database):
    add_item(database, "i:1")
    sent = whole_event()
    done = record(log, ACME, sent, event("bare"))
    now_us = microseconds_of(clock.now)
    kept = sent._replace(
        sequence=1, recorded_us=now_us, item_type='lo"ft\\', item_location="SoHo, {N}", item_price_e4=1_500_000
    )
    assert statuses(done) == ["recorded", "recorded"]
    assert done.recorded_us == now_us
    assert list(done.recorded) == all_of(log) == [kept, event("bare", sequence=2, recorded_us=now_us)]
    assert log.head(ACME.tenant) == LogHead(2, now_us, 0)


def test_items_are_described_as_they_were_even_deleted_or_unknown(log, database):
    add_item(database, "gone", delete_time=datetime(2026, 1, 2, tzinfo=UTC))
    add_item(database, "free", price_e4=None)
    add_item(database, "theirs", tenant="other")
    record(log, ACME, *(event(name, item_id=name) for name in ("gone", "free", "theirs", "unknown")))
    facts = {one.item_id: (one.item_type, one.item_location, one.item_price_e4) for one in all_of(log)}
    assert facts == {
        "gone": ('lo"ft\\', "SoHo, {N}", 1_500_000),
        "free": ('lo"ft\\', "SoHo, {N}", None),
        "theirs": ("", "", None),
        "unknown": ("", "", None),
    }


def test_an_event_sent_again_counts_once_and_its_clock_is_not_asked_twice(log, clock, database):
    record(log, ACME, event("e1"), event("open", occurred_us=0))
    first = all_of(log)
    clock.advance(60)
    again = record(log, ACME, event("open", occurred_us=0), event("new"), event("e1"))
    assert statuses(again) == ["duplicate", "recorded", "duplicate"]
    assert ids(again.recorded) == ["new"]
    assert all_of(log)[:2] == first
    assert count(database) == 3


def test_of_equal_ids_in_one_request_the_first_counts(log):
    done = record(log, ACME, event("x"), event("x"), event("x", lead_id="b"), event("y"))
    assert statuses(done) == ["recorded", "duplicate", "refused", "recorded"]
    error = done.results[2].error
    assert isinstance(error, AlreadyExists)
    assert (error.key, "events[2].event_id" in error.message) == ("x", True)
    assert [(one.event_id, one.lead_id) for one in all_of(log)] == [("x", "a"), ("y", "a")]


@pytest.mark.parametrize(
    "change",
    [{"kind": EventKind.ITEM_LIKED.value}, {"occurred_us": 0}, {"value_e4": 0}, {"query": "x"}, {"token_id": "t"}],
    ids=lambda change: next(iter(change)),
)
def test_another_body_under_a_known_id_is_refused_and_the_rest_recorded(log, change):
    record(log, ACME, event("e1"))
    done = record(log, ACME, event("e1", **change), event("e2"))
    assert statuses(done) == ["refused", "recorded"]
    assert isinstance(done.results[0].error, AlreadyExists)
    assert ids(all_of(log)) == ["e1", "e2"]


def test_the_same_request_has_one_effect_and_the_first_answer(log, clock, database):
    problem = InvalidInput.of("events[1].kind", "must be one")
    future = microseconds_of(clock.now) + 2 * CLOCK_TOLERANCE_US
    sent = [event("a"), problem, event("b", occurred_us=future), event("a", lead_id="z"), event("c", occurred_us=0)]
    first = record(log, ACME, *sent, request_id="r1")
    clock.advance(7_200)
    again = record(log, ACME, *sent, request_id="r1")
    assert statuses(again) == statuses(first) == ["recorded", "refused", "refused", "refused", "recorded"]
    assert [str(one.error) for one in again.results] == [str(one.error) for one in first.results]
    assert again.recorded_us == first.recorded_us
    assert list(again.recorded) == []
    assert count(database) == 2
    # Without the request's id it is another request: the late one is not ahead of the clock any more.
    assert statuses(record(log, ACME, *sent)) == ["duplicate", "refused", "recorded", "refused", "duplicate"]


def test_a_request_id_used_for_something_else_is_refused(log, database):
    record(log, ACME, event("a"), request_id="r1")
    for sent in ([event("a", value_e4=1)], [event("a"), event("b")], [InvalidInput.of("events[0]", "must")]):
        with pytest.raises(AlreadyExists):
            record(log, ACME, *sent, request_id="r1")
    assert count(database) == 1
    assert statuses(record(log, OTHER, event("a"), request_id="r1")) == ["recorded"]


def test_the_clock_decides_what_counts_and_when(log, clock):
    now = microseconds_of(clock.now)
    moments = {
        "unsaid": 0,
        "late": now - 3_600_000_000,
        "now": now,
        "ahead": now + CLOCK_TOLERANCE_US,
        "too-far": now + CLOCK_TOLERANCE_US + 1,
        "oldest": now - OLDEST_US,
        "too-old": now - OLDEST_US - 1,
    }
    done = record(log, ACME, *(event(name, occurred_us=moment) for name, moment in moments.items()))
    assert dict(zip(moments, statuses(done), strict=True)) == {
        "unsaid": "recorded",
        "late": "recorded",
        "now": "recorded",
        "ahead": "clock_adjusted",
        "too-far": "refused",
        "oldest": "recorded",
        "too-old": "refused",
    }
    assert {one.event_id: one.occurred_us for one in all_of(log)} == {
        "unsaid": now,
        "late": moments["late"],
        "now": now,
        "ahead": now,
        "oldest": moments["oldest"],
    }
    fields = [result.error.violations[0].field for result in done.results if result.error]
    assert fields == ["events[4].occurred_time", "events[6].occurred_time"]


def test_a_clock_that_is_set_back_does_not_set_the_log_back(log, clock):
    before = record(log, ACME, event("a")).recorded_us
    clock.now -= timedelta(hours=1)
    assert record(log, ACME, event("b", occurred_us=0)).recorded_us == before
    assert [one.recorded_us for one in all_of(log)] == [before, before]
    # Clocks of different tenants have nothing to do with each other.
    assert record(log, OTHER, event("b")).recorded_us == microseconds_of(clock.now)


@pytest.mark.parametrize("amount", [0, 501])
def test_none_or_too_many_are_refused(log, amount):
    with pytest.raises(InvalidInput) as caught:
        record(log, ACME, *(event(f"e{number}") for number in range(amount)))
    assert caught.value.violations[0].field == "events"


def test_a_request_of_errors_writes_nothing(log, database):
    problem = NotFound("x", "y")
    done = record(log, ACME, problem, problem)
    assert [result.error for result in done.results] == [problem, problem]
    assert log.head(ACME.tenant) == LogHead(0, 0, 0)
    assert (count(database), dict(log.heads())) == (0, {})


def test_tenants_know_nothing_of_each_other(log):
    record(log, ACME, event("same"), event("mine"))
    assert statuses(record(log, OTHER, event("same", lead_id="z"))) == ["recorded"]
    assert ids(all_of(log, OTHER)) == ["same"]
    assert ids(log.of_lead(OTHER.tenant, LeadId("a"))) == []
    assert list(log.of_leads(OTHER.tenant, [LeadId("a")], until_us=ALWAYS)) == []
    assert log.page(OTHER, LeadId("a"), limit=5, after=None).items == ()
    heads = log.heads()
    assert {tenant: head.sequence for tenant, head in heads.items()} == {"acme": 2, "other": 1}


def test_a_seller_speaks_of_own_leads_only(log, database, clock):
    owners = {"a": "ann", "b": "ben", "c": ""}
    writes = [LeadWrite(lead=Lead(lead_id=LeadId(name), owner_id=owner)) for name, owner in owners.items()]
    SqlLeadStore(database, clock).upsert(ACME, "leads", writes)
    sent = [event(f"e-{name}", name) for name in ("a", "b", "c", "nowhere")]
    done = record(log, ANN, *sent, request_id="r")
    assert statuses(done) == ["recorded", "refused", "refused", "refused"]
    assert [(one.error.reason, one.error.key) for one in done.results[1:]] == [
        ("LEAD_NOT_FOUND", name) for name in ("b", "c", "nowhere")
    ]
    assert statuses(record(log, ACME, *sent)) == ["duplicate", "recorded", "recorded", "recorded"]
    assert ids(log.page(ANN, LeadId("a"), limit=5, after=None).items) == ["e-a"]
    for name in ("b", "c", "nowhere"):
        with pytest.raises(NotFound):
            log.page(ANN, LeadId(name), limit=5, after=None)


def test_a_lead_is_read_from_either_end(log):
    record(log, ACME, *(event(f"e{number}", "ab"[number % 2]) for number in range(10)))
    lead = (ACME.tenant, LeadId("a"))
    assert ids(log.of_lead(*lead)) == ["e0", "e2", "e4", "e6", "e8"]
    assert ids(log.of_lead(*lead, limit=2)) == ["e0", "e2"]
    assert ids(log.of_lead(*lead, after=3, limit=2)) == ["e4", "e6"]
    assert ids(log.of_lead(*lead, after=3, limit=2, newest=True)) == ["e6", "e8"]
    assert ids(log.since(ACME.tenant, 7, 2)) == ["e7", "e8"]


def test_pages_go_from_the_newest_to_the_oldest(log):
    record(log, ACME, *(event(f"e{number}") for number in range(5)))
    pages, after = [], None
    while True:
        page = log.page(ACME, LeadId("a"), limit=2, after=after)
        pages.append(ids(page.items))
        if page.next_key is None:
            break
        after = page.next_key
    assert pages == [["e4", "e3"], ["e2", "e1"], ["e0"]]
    for made_up in ("x", "9" * 19, "9" * 5_000):
        with pytest.raises(InvalidInput):
            log.page(ACME, LeadId("a"), limit=2, after=made_up)


def test_many_are_read_in_parts_as_of_a_moment(log, clock, monkeypatch):
    monkeypatch.setattr(sql_event_log, "PAGE", 7)
    random = Random(1)
    leads = [f"lead-{number}" for number in range(12)]
    for batch in range(10):
        names = (random.choice(leads) for _ in range(10))
        record(log, ACME, *(event(f"{batch}-{number}", name) for number, name in enumerate(names)))
        clock.advance(1)
    everything = all_of(log)
    assert [one.sequence for one in everything] == list(range(1, 101))
    for batch in (0, 1, 5, 9, 10):
        moment = microseconds_of(clock.now - timedelta(seconds=10 - batch))
        assert list(log.all(ACME.tenant, since_us=moment)) == everything[10 * batch :]
        asked = [LeadId(name) for name in [*leads[::2], leads[0], "nowhere"]]
        wanted = [one for one in everything[: 10 * batch] if one.lead_id in asked]
        found = list(log.of_leads(ACME.tenant, asked, until_us=moment))
        assert found == sorted(wanted, key=lambda one: (one.lead_id, one.sequence))


def test_erasing_a_lead_removes_its_events_and_tells_whoever_follows(log, database):
    record(log, ACME, event("x", "a"), event("y", "b"))
    with database.write(ACME.tenant) as connection:
        erase_lead(connection, ACME.tenant, LeadId("a"))
    assert ids(all_of(log)) == ["y"]
    head = log.head(ACME.tenant)
    assert (head.sequence, head.erasures) == (2, 1)
    record(log, ACME, event("z", "b"))
    assert [(one.event_id, one.sequence) for one in all_of(log)] == [("y", 2), ("z", 3)]
    assert log.head(ACME.tenant).erasures == 1


def test_an_erasure_before_the_first_event_is_told_and_holds_the_log(log, database):
    """Otherwise the first events could come in between, be erased, and nobody who follows would hear of it."""
    with database.write(ACME.tenant) as connection:
        erase_lead(connection, ACME.tenant, LeadId("a"))
    assert log.head(ACME.tenant) == LogHead(0, 0, 1)
    record(log, ACME, event("x", "a"))
    assert (log.head(ACME.tenant).sequence, log.head(ACME.tenant).erasures) == (1, 1)


def test_whoever_follows_the_log_misses_nothing_of_several_writers(log):
    """Sequences become visible in their order: what a reader has passed stays as it was read."""
    writers, batches, done = 4, 12, threading.Event()

    def write(writer):
        random = Random(writer)
        for batch in range(batches):
            size = random.choice((1, 3, 40))
            names = [f"{writer}-{batch}-{number}" for number in range(size)]
            # One of them everybody sends.
            record(log, ACME, *(event(name) for name in names), event(f"shared-{batch}"))

    def follow():
        seen, sequence = [], 0
        while True:
            last = done.is_set()
            found = log.since(ACME.tenant, sequence, 25)
            seen.extend(found)
            if found:
                sequence = found[-1].sequence
            elif last:
                return seen

    with ThreadPoolExecutor(writers + 1) as pool:
        reader = pool.submit(follow)
        for future in [pool.submit(write, writer) for writer in range(writers)]:
            future.result()
        done.set()
        seen = reader.result()
    kept = all_of(log)
    assert seen == kept
    assert len({one.event_id for one in kept}) == len(kept)
    assert sum(one.event_id.startswith("shared") for one in kept) == batches
    assert all(one.recorded_us <= after.recorded_us for one, after in pairwise(kept))


def test_equal_requests_at_the_same_moment_have_one_effect(log, database):
    sent = [event(f"e{number}") for number in range(20)]
    start = threading.Barrier(4)

    def send(_):
        start.wait()
        return statuses(record(log, ACME, *sent, request_id="r"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert answers == [["recorded"] * 20] * 4
    assert count(database) == 20


def test_one_lead_with_many_events_is_read_in_pages(log, clock, monkeypatch):
    monkeypatch.setattr(sql_event_log, "PAGE", 7)
    record(log, ACME, *(event(f"a{number}", "a") for number in range(3)))
    for batch in range(4):
        clock.advance(1)
        record(log, ACME, *(event(f"b{batch}-{number}", "b") for number in range(9)), event(f"c{batch}", "c"))
    until = microseconds_of(clock.now)
    found = list(log.of_leads(ACME.tenant, [LeadId(name) for name in "abc"], until_us=until))
    counts = {name: sum(one.lead_id == name for one in found) for name in "abc"}
    assert counts == {"a": 3, "b": 27, "c": 3}
    assert found == sorted(found, key=lambda one: (one.lead_id, one.sequence))


def test_a_lead_can_be_erased_while_events_about_it_come_in(log, database):
    """Neither waits for the other for ever, and whoever follows hears of every erasure."""
    rounds = 15

    def erase():
        for _ in range(rounds):
            with database.write(ACME.tenant) as connection:
                erase_lead(connection, ACME.tenant, LeadId("a"))

    record(log, ACME, event("kept", "b"))
    with ThreadPoolExecutor(2) as pool:
        erasing = pool.submit(erase)
        for number in range(rounds):
            # The same ids again and again: the rows that are being removed.
            sent = [event(f"e{place}", "a") for place in range(30)]
            done = record(log, ACME, *sent, event(f"n{number}", "a"))
            assert set(statuses(done)) <= {"recorded", "duplicate"}
        erasing.result()
    assert log.head(ACME.tenant).erasures == rounds
    assert "kept" in ids(all_of(log))
