from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.adapters.sql import SqlLeadStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import AlreadyExists, DependencyDown, InvalidInput, NotFound
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadOutcome, LeadWrite
from core.paging import decode_page_token, encode_page_token
from core.ports import LeadStore, UpsertCounts

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")
OUTCOME_TIME = datetime(2026, 2, 1, 8, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def store(database, clock) -> LeadStore:
    return SqlLeadStore(database, clock)


def write(lead_id: str, *, converted: bool | None = None, outcome_time=OUTCOME_TIME, **fields) -> LeadWrite:
    outcome = None if converted is None else LeadOutcome(converted=converted, outcome_time=outcome_time)
    return LeadWrite(lead=Lead(lead_id=LeadId(lead_id), **fields), outcome=outcome)


def ids(leads) -> list[str]:
    return [stored.lead.lead_id for stored in leads]


def test_a_lead_comes_back_as_it_was_written(store, clock):
    lead = Lead(
        lead_id=LeadId("lead:1.a_b-C"),
        title="Zürich 🏠 \x00 and a lone \ud800",
        description="two\nlines",
        category="software/qa",
        location_name="東京",
        price=120_000.1,
        email="a@example.com",
        phone="+41 44",
        posted_time=datetime(2026, 1, 1, 5, 30, 0, 999999, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        owner_id="owner-1",
        attributes={"text": "x", "number": 0.1, "flag": True, "zero": 0.0, "no": False},
    )

    counts = store.upsert(ACME, "r1", [LeadWrite(lead=lead)])

    stored = store.get(ACME.tenant, lead.lead_id)
    assert counts == UpsertCounts(created=1, updated=0)
    assert stored.lead == lead
    assert stored.lead.attributes["flag"] is True
    assert (stored.create_time, stored.update_time) == (clock.now, clock.now)
    assert stored.create_time.tzinfo is UTC
    assert (stored.revision, stored.outcome) == (1, None)


def test_an_unknown_lead_is_not_found(store):
    with pytest.raises(NotFound) as caught:
        store.get(ACME.tenant, LeadId("nobody"))
    assert caught.value.reason == "LEAD_NOT_FOUND"


def test_tenants_do_not_see_each_other(store):
    store.upsert(ACME, "same-id", [write("a", title="acme's", converted=True)])
    store.upsert(OTHER, "same-id", [write("a", title="other's"), write("b")])

    assert store.get(ACME.tenant, LeadId("a")).lead.title == "acme's"
    with pytest.raises(NotFound):
        store.get(ACME.tenant, LeadId("b"))
    assert ids(store.list(ACME.tenant, limit=10, after=None, owner_id=None).items) == ["a"]
    assert ids(store.labelled(OTHER.tenant)) == []
    assert store.outcome_revision(OTHER.tenant) == 0


def test_each_write_is_a_revision_and_replaces_the_whole_lead(store, clock):
    first = clock.now
    store.upsert(ACME, "r1", [write("a", title="old", description="gone with the next write")])
    clock.advance(60)

    counts = store.upsert(ACME, "r2", [write("a", title="new"), write("b")])

    stored = store.get(ACME.tenant, LeadId("a"))
    assert counts == UpsertCounts(created=1, updated=1)
    assert (stored.lead.title, stored.lead.description) == ("new", "")
    assert (stored.revision, stored.create_time, stored.update_time) == (2, first, clock.now)


def test_an_outcome_stays_until_another_is_written(store):
    store.upsert(ACME, "r1", [write("a", converted=False)])
    store.upsert(ACME, "r2", [write("a", title="new")])
    assert store.get(ACME.tenant, LeadId("a")).outcome == LeadOutcome(converted=False, outcome_time=OUTCOME_TIME)

    later = OUTCOME_TIME + timedelta(days=1)
    store.upsert(ACME, "r3", [write("a", converted=True, outcome_time=later)])
    assert store.get(ACME.tenant, LeadId("a")).outcome == LeadOutcome(converted=True, outcome_time=later)


def test_an_outcome_without_a_time_is_of_the_moment_it_is_recorded(store, clock):
    recorded = clock.now
    writes = [write("a", converted=True, outcome_time=None)]
    first = store.upsert(ACME, "r1", writes)
    clock.advance(3_600)
    assert store.upsert(ACME, "r1", writes) == first
    outcome = LeadOutcome(converted=True, outcome_time=recorded)
    assert store.get(ACME.tenant, LeadId("a")).outcome == outcome
    assert store.as_of(ACME.tenant, LeadId("a"), recorded).outcome == outcome


def test_the_outcome_revision_rises_with_outcomes_only(store):
    seen = [store.outcome_revision(ACME.tenant)]
    for number, converted in enumerate([None, True, None, True, False]):
        store.upsert(ACME, f"r{number}", [write("a", converted=converted), write("b", converted=converted)])
        seen.append(store.outcome_revision(ACME.tenant))
    assert seen == [0, 0, 1, 1, 2, 3]


def test_a_lead_as_of_a_moment_holds_what_was_recorded_by_then(store, clock):
    moments = []
    for number, change in enumerate([write("a", title="one"), write("a", title="two", converted=False), write("a")]):
        moments.append(clock.advance(60))
        store.upsert(ACME, f"r{number}", [change])

    known = [store.as_of(ACME.tenant, LeadId("a"), moment) for moment in moments]

    assert [stored.lead.title for stored in known] == ["one", "two", ""]
    assert [stored.revision for stored in known] == [1, 2, 3]
    assert [stored.outcome is None for stored in known] == [True, False, False]
    assert {stored.create_time for stored in known} == {moments[0]}
    assert known[2] == store.get(ACME.tenant, LeadId("a"))
    assert store.as_of(ACME.tenant, LeadId("a"), moments[1] - timedelta(microseconds=1)) == known[0]
    with pytest.raises(NotFound):
        store.as_of(ACME.tenant, LeadId("a"), moments[0] - timedelta(microseconds=1))


def test_recorded_times_never_go_back_when_the_clock_does(store, clock):
    start = clock.now
    store.upsert(ACME, "r1", [write("a", title="one")])
    clock.advance(-3600)
    store.upsert(ACME, "r2", [write("a", title="two")])

    assert store.get(ACME.tenant, LeadId("a")).update_time == start
    assert store.as_of(ACME.tenant, LeadId("a"), start).lead.title == "two"


def test_lists_are_ordered_by_code_point_and_paged(store):
    wanted = sorted(["a", "B", "_", "-1", "a.b", "a-b", "aB", "10", "9"])
    store.upsert(ACME, "r1", [write(lead_id) for lead_id in reversed(wanted)])

    first = store.list(ACME.tenant, limit=4, after=None, owner_id=None)
    second = store.list(ACME.tenant, limit=4, after=first.next_key, owner_id=None)
    third = store.list(ACME.tenant, limit=4, after=second.next_key, owner_id=None)

    assert [ids(page.items) for page in (first, second, third)] == [wanted[:4], wanted[4:8], wanted[8:]]
    assert third.next_key is None


def test_a_page_that_ends_the_list_exactly_is_the_last(store):
    store.upsert(ACME, "r1", [write("a"), write("b")])
    assert store.list(ACME.tenant, limit=2, after=None, owner_id=None).next_key is None


def test_lists_narrow_to_an_owner(store):
    store.upsert(ACME, "r1", [write("a", owner_id="x"), write("b", owner_id="y"), write("c", owner_id="x")])
    store.upsert(ACME, "r2", [write("c", owner_id="y")])
    assert ids(store.list(ACME.tenant, limit=9, after=None, owner_id="x").items) == ["a"]
    assert ids(store.list(ACME.tenant, limit=9, after=None, owner_id="y").items) == ["b", "c"]


def test_page_tokens_cover_a_list_exactly_once(store):
    identifier = st.text("AZaz09_.:-", min_size=1, max_size=5)
    counter = iter(range(10_000))

    @settings(max_examples=30, deadline=None, database=None)
    @given(st.sets(identifier, max_size=25), st.integers(1, 8))
    def covers(lead_ids, limit):
        tenant = TenantId(f"tenant-{next(counter)}")
        writes = [write(lead_id) for lead_id in lead_ids]
        store.upsert(Caller(tenant=tenant, actor="a"), "r", writes)
        seen, token = [], ""
        while True:
            after = decode_page_token(token, tenant, "leads", {})
            page = store.list(tenant, limit=limit, after=after, owner_id=None)
            seen += ids(page.items)
            token = encode_page_token(tenant, "leads", {}, page.next_key)
            if not token:
                break
        assert seen == sorted(lead_ids)

    covers()


def test_labelled_leads_come_by_outcome_time_then_id(store):
    early, late = OUTCOME_TIME, OUTCOME_TIME + timedelta(microseconds=1)
    store.upsert(
        ACME,
        "r1",
        [
            write("c", converted=True, outcome_time=early),
            write("a", converted=False, outcome_time=late),
            write("none"),
            write("b", converted=True, outcome_time=early),
        ],
    )
    labelled = list(store.labelled(ACME.tenant))
    assert ids(labelled) == ["b", "c", "a"]
    assert [stored.outcome.converted for stored in labelled] == [True, True, False]


def test_labelled_leads_are_of_one_moment_while_others_write(store):
    for start in range(0, 1_500, 500):
        batch = [write(f"{number:05}", converted=True) for number in range(start, start + 500)]
        store.upsert(ACME, f"r{start}", batch)
    stream = store.labelled(ACME.tenant)
    first = next(stream)
    later = OUTCOME_TIME + timedelta(days=1)
    store.upsert(
        ACME, "change", [write(first.lead.lead_id, converted=False, outcome_time=later), write("new", converted=True)]
    )
    rest = list(stream)
    assert ids([first, *rest]) == [f"{number:05}" for number in range(1_500)]


def test_a_stream_that_is_not_read_to_its_end_gives_its_connection_back(store):
    store.upsert(ACME, "r1", [write(str(number), converted=True) for number in range(500)])
    for _ in range(40):
        stream = store.labelled(ACME.tenant)
        next(stream)
        stream.close()
    assert store.upsert(ACME, "r2", [write("0")]).updated == 1


def test_a_request_that_comes_twice_has_one_effect_and_one_answer(store, clock):
    writes = [write("a", converted=True), write("b")]
    first = store.upsert(ACME, "r1", writes)
    clock.advance(60)
    store.upsert(ACME, "r2", [write("b", title="later")])

    assert store.upsert(ACME, "r1", writes) == first == UpsertCounts(created=2, updated=0)
    assert store.get(ACME.tenant, LeadId("a")).revision == 1
    assert store.get(ACME.tenant, LeadId("b")).lead.title == "later"
    assert store.outcome_revision(ACME.tenant) == 1


@pytest.mark.parametrize(
    "other",
    [
        [],
        [write("a", title="other")],
        [write("a", converted=True)],
        [write("a"), write("b")],
    ],
)
def test_a_request_id_is_good_for_one_body(store, other):
    store.upsert(ACME, "r1", [write("a")])
    with pytest.raises(AlreadyExists) as caught:
        store.upsert(ACME, "r1", other)
    assert caught.value.reason == "REQUEST_ALREADY_EXISTS"
    assert store.get(ACME.tenant, LeadId("a")).revision == 1


@pytest.mark.parametrize("request_id", ["x", "\x00", "\ud800", "🏠" * 128, "' OR 1=1 --", "%s", " "])
def test_any_text_may_be_a_request_id(store, request_id):
    first = store.upsert(ACME, request_id, [write("a")])
    assert store.upsert(ACME, request_id, [write("a")]) == first
    with pytest.raises(AlreadyExists):
        store.upsert(ACME, request_id, [write("b")])


def test_a_failed_request_leaves_nothing_and_may_be_repeated(store):
    with pytest.raises(InvalidInput) as caught:
        store.upsert(ACME, "r1", [write("a"), write("b"), write("a")])
    assert caught.value.violations[0].field == "leads[2].lead_id"
    assert store.list(ACME.tenant, limit=9, after=None, owner_id=None).items == ()
    assert store.upsert(ACME, "r1", [write("a")]) == UpsertCounts(created=1, updated=0)


def test_equal_requests_at_the_same_moment_have_one_effect(store):
    writes = [write(f"{number:03}", converted=True) for number in range(50)]
    barrier = threading.Barrier(8)

    def send(_: int) -> UpsertCounts:
        barrier.wait()
        return store.upsert(ACME, "same", writes)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert answers == [UpsertCounts(created=50, updated=0)] * 8
    assert store.get(ACME.tenant, LeadId("000")).revision == 1
    assert store.outcome_revision(ACME.tenant) == 1


def test_requests_for_the_same_leads_in_other_orders_do_not_block_each_other(store):
    numbers = range(40)
    orders = [list(numbers), list(reversed(numbers))] * 4
    barrier = threading.Barrier(len(orders))

    def send(task: tuple[int, list[int]]) -> UpsertCounts:
        barrier.wait()
        return store.upsert(ACME, f"r{task[0]}", [write(str(number), converted=True) for number in task[1]])

    with ThreadPoolExecutor(len(orders)) as threads:
        answers = list(threads.map(send, enumerate(orders)))
    assert sum(answer.created for answer in answers) == len(numbers)
    revisions = {stored.revision for stored in store.list(ACME.tenant, limit=99, after=None, owner_id=None).items}
    assert revisions == {len(orders)}
    assert store.outcome_revision(ACME.tenant) == len(orders)


def test_a_key_no_database_can_hold_is_refused_by_both(store):
    with pytest.raises(InvalidInput):
        store.get(ACME.tenant, LeadId("a\x00b"))
    with pytest.raises(InvalidInput):
        store.list(ACME.tenant, limit=5, after="\ud800", owner_id=None)


def test_nobody_waits_long_for_a_connection(database, clock):
    store = SqlLeadStore(database, clock)
    barrier = threading.Barrier(17)

    def hold() -> None:
        with database.read(ALL_TENANTS) as connection:
            connection.exec_driver_sql("SELECT 1")
            barrier.wait(10)
            barrier.wait(10)

    threads = [threading.Thread(target=hold) for _ in range(16)]
    for thread in threads:
        thread.start()
    barrier.wait(10)
    try:
        started = datetime.now(UTC)
        with pytest.raises(DependencyDown):
            store.get(ACME.tenant, LeadId("a"))
        assert datetime.now(UTC) - started < timedelta(seconds=1)
    finally:
        barrier.wait(10)
        for thread in threads:
            thread.join()
