"""What a feedback store keeps, and for whom."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.adapters.sql import ALL_TENANTS, SqlLeadStore
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.tables import lead_feedback, lead_feedback_history
from core.caller import Caller, Role
from core.errors import AlreadyExists, InvalidInput, NotFound
from core.feedback.feedback import FeedbackAction, FeedbackSource
from core.feedback.feedback_store import FeedbackQuery, FeedbackStore
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from tests.parts.feedback import OCCURRED, feedback_write, record

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")
ANN, BEN = (
    Caller(tenant=ACME.tenant, actor=name, roles=frozenset({Role.SELLER}), owner_id=name) for name in ("ann", "ben")
)
ALL = FeedbackQuery()


@pytest.fixture
def leads(database, clock):
    store = SqlLeadStore(database, clock)
    store.upsert(ACME, "leads", [lead("a", "ann"), lead("b", "ben"), lead("c")])
    store.upsert(OTHER, "leads", [lead("a"), lead("z")])
    return store


@pytest.fixture
def store(database, clock, leads) -> FeedbackStore:
    return SqlFeedbackStore(database, clock)


def lead(lead_id: str, owner_id: str = "") -> LeadWrite:
    return LeadWrite(lead=Lead(lead_id=LeadId(lead_id), owner_id=owner_id))


def listed(store, caller=ACME, limit=100, **query):
    return store.list(caller, FeedbackQuery(**query), limit=limit, after=None).items


def ids(items):
    return [stored.feedback.feedback_id for stored in items]


def counted(database, *tables):
    with database.read(ALL_TENANTS) as connection:
        return [connection.scalar(select(func.count()).select_from(table)) for table in tables]


def whole_write(feedback_id="whole"):
    return feedback_write(
        feedback_id,
        confidence=0.123456789,
        action=FeedbackAction.CONTACT,
        user_rating=12.25,
        interaction_duration=timedelta(seconds=75, microseconds=1),
        contact_successful=False,
        contact_response_time=timedelta(days=365),
        session_id="session/1 é",
        source=FeedbackSource.INTEGRATION,
        model_version="v1",
        shown_score=33.5,
        token_id="ab" * 12,
        user_agent_pseudonym="1" * 32,
        address_pseudonym="2" * 32,
    )


def test_feedback_comes_back_as_it_was_recorded(store, clock):
    write = whole_write()
    stored = record(store, ACME, "r1", write)
    assert stored.feedback == write.feedback
    assert (stored.confidence, stored.revision, stored.actor) == (0.123456789, 1, "alice")
    assert stored.create_time == stored.record_time == clock.now
    assert stored.supersede_time is None
    assert listed(store) == (stored,)


def test_the_same_request_has_one_effect_and_the_first_answer(store, clock, database):
    first = record(store, ACME, "r1", whole_write(), feedback_write("f2", "c"))
    clock.advance(60)
    assert record(store, ACME, "r1", whole_write(), feedback_write("f2", "c")) == first
    assert counted(database, lead_feedback, lead_feedback_history) == [2, 0]


def test_a_time_left_open_is_the_moment_of_recording_and_the_same_request_later(store, clock):
    recorded = clock.now
    open_time = feedback_write("f1", says_when=False, occurred_time=clock.now)
    first = record(store, ACME, "r1", open_time)
    clock.advance(3_600)
    again = replace(open_time, feedback=replace(open_time.feedback, occurred_time=clock.now))
    assert record(store, ACME, "r1", again) == first
    assert first.feedback.occurred_time == recorded


def test_a_request_id_used_for_something_else_is_refused(store, database):
    record(store, ACME, "r1", feedback_write())
    with pytest.raises(AlreadyExists):
        record(store, ACME, "r1", feedback_write(user_rating=1.0))
    with pytest.raises(AlreadyExists):
        record(store, ACME, "r1", feedback_write(says_when=False))
    assert counted(database, lead_feedback, lead_feedback_history) == [1, 0]


def test_ids_of_different_methods_do_not_meet(store):
    record(store, ACME, "r1", feedback_write("f1"))
    record(store, ACME, "r1", feedback_write("f2"), method="RecordImplicitFeedback")
    assert sorted(ids(listed(store))) == ["f1", "f2"]


def test_one_unknown_lead_refuses_all_and_uses_up_no_request_id(store, database):
    with pytest.raises(NotFound) as caught:
        record(store, ACME, "r1", feedback_write("f1"), feedback_write("f2", "nowhere"))
    assert (caught.value.reason, caught.value.key) == ("LEAD_NOT_FOUND", "nowhere")
    assert counted(database, lead_feedback) == [0]
    record(store, ACME, "r1", feedback_write("f1"))


def test_an_id_occurs_once_in_a_request_and_a_request_holds_1_to_500(store):
    for writes in ([feedback_write(), feedback_write()], [], [feedback_write(f"f{n}") for n in range(501)]):
        with pytest.raises(InvalidInput):
            store.record(ACME, "r1", "RecordImplicitFeedback", writes)
    assert len(record(store, ACME, "r1", *(feedback_write(f"f{n}") for n in range(500)))) == 500


def test_a_correction_supersedes_and_what_was_said_before_is_history(store, clock):
    first = record(store, ACME, "r1", feedback_write(user_rating=20.0))
    corrected_at = clock.advance(60)
    second = record(store, ACME, "r2", feedback_write(user_rating=90.0, confidence=0.9))

    assert (second.revision, second.create_time, second.record_time) == (2, first.create_time, corrected_at)
    assert listed(store) == (second,)
    assert listed(store, lead_id=LeadId("a"), with_history=True) == (
        second,
        replace(first, supersede_time=corrected_at),
    )


def test_a_request_that_was_answered_before_a_correction_keeps_its_answer(store, clock):
    first = record(store, ACME, "r1", feedback_write(user_rating=20.0))
    clock.advance(60)
    second = record(store, ACME, "r2", feedback_write(user_rating=90.0))
    clock.advance(60)
    assert record(store, ACME, "r1", feedback_write(user_rating=20.0)) == first
    assert record(store, ACME, "r2", feedback_write(user_rating=90.0)) == second
    assert listed(store) == (second,)


def test_a_request_may_correct_and_add_at_once(store, clock):
    record(store, ACME, "r1", feedback_write("f1"))
    clock.advance(1)
    old, new = record(store, ACME, "r2", feedback_write("f1", user_rating=1.0), feedback_write("f2"))
    assert (old.revision, new.revision) == (2, 1)
    assert record(store, ACME, "r2", feedback_write("f1", user_rating=1.0), feedback_write("f2")) == [old, new]


def test_a_correction_is_about_the_same_lead(store, database):
    record(store, ACME, "r1", feedback_write("f1", "a"))
    with pytest.raises(InvalidInput) as caught:
        record(store, ACME, "r2", feedback_write("f1", "b"))
    assert caught.value.violations[0].field == "feedback.lead_id"
    assert counted(database, lead_feedback_history) == [0]


def test_recorded_times_never_go_back_when_the_clock_does(store, clock):
    first = record(store, ACME, "r1", feedback_write())
    clock.advance(-3_600)
    second = record(store, ACME, "r2", feedback_write(user_rating=5.0))
    history = listed(store, lead_id=LeadId("a"), with_history=True)[1]
    assert second.record_time == first.record_time
    assert history.supersede_time == first.record_time


def test_two_corrections_at_once_are_two_revisions(store, database):
    record(store, ACME, "r0", feedback_write())
    start = threading.Barrier(4)

    def correct(number):
        start.wait()
        return record(store, ACME, f"r-{number}", feedback_write(user_rating=float(number))).revision

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(correct, range(4))) == [2, 3, 4, 5]
    history = listed(store, lead_id=LeadId("a"), with_history=True)
    assert [stored.revision for stored in history] == [5, 4, 3, 2, 1]
    for newer, older in itertools.pairwise(history):
        assert older.supersede_time == newer.record_time


def test_the_same_request_from_many_threads_has_one_effect(store, database):
    start = threading.Barrier(4)

    def send(_):
        start.wait()
        return record(store, ACME, "r1", feedback_write(user_rating=7.0))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert answers == [answers[0]] * 4
    assert counted(database, lead_feedback, lead_feedback_history) == [1, 0]


def test_two_first_words_under_one_id_are_a_word_and_its_correction(store, database):
    start = threading.Barrier(2)

    def send(number):
        start.wait()
        return record(store, ACME, f"r{number}", feedback_write(user_rating=float(number))).revision

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == [1, 2]
    assert counted(database, lead_feedback, lead_feedback_history) == [1, 1]


def test_tenants_do_not_see_each_other(store):
    mine = record(store, ACME, "same", feedback_write("same", user_rating=1.0))
    theirs = record(store, OTHER, "same", feedback_write("same", user_rating=2.0))
    assert (mine.revision, theirs.revision) == (1, 1)
    assert listed(store) == (mine,)
    assert listed(store, OTHER) == (theirs,)
    assert listed(store, OTHER, lead_id=LeadId("a"), with_history=True) == (theirs,)
    with pytest.raises(NotFound):
        record(store, ACME, "r2", feedback_write("f2", "z"))
    assert store.counts(OTHER, OCCURRED, OCCURRED).lead_count == 1
    store.prune(OTHER, "prune", timedelta(days=1))
    assert listed(store) == (mine,)


def test_a_foreign_lead_is_as_unknown_to_a_seller_as_one_that_is_not_there(store):
    record(store, ACME, "r1", feedback_write("f1", "a"), feedback_write("f2", "b"), feedback_write("f3", "c"))
    assert ids(listed(store, ANN)) == ["f1"]
    assert ids(listed(store, ANN, lead_id=LeadId("a"))) == ["f1"]
    for foreign in ("b", "c", "nowhere"):
        with pytest.raises(NotFound) as caught:
            listed(store, ANN, lead_id=LeadId(foreign), with_history=True)
        assert caught.value.reason == "LEAD_NOT_FOUND"
        with pytest.raises(NotFound) as caught:
            record(store, ANN, "r2", feedback_write("f4", "a"), feedback_write("f5", foreign))
        assert caught.value.key == foreign
    assert store.counts(ANN, OCCURRED, OCCURRED).lead_count == 1
    assert sum(day.count for day in store.counts(ANN, OCCURRED, OCCURRED).days) == 1
    record(store, ANN, "r2", feedback_write("f4", "a"))


def test_a_seller_neither_corrects_nor_finds_out_about_foreign_feedback(store):
    before = record(store, ACME, "r1", feedback_write("f1", "b"))
    with pytest.raises(NotFound) as caught:
        record(store, ANN, "r2", feedback_write("f1", "a"))
    assert caught.value.reason == "FEEDBACK_NOT_FOUND"
    assert listed(store) == (before,)
    assert record(store, BEN, "r3", feedback_write("f1", "b", user_rating=1.0)).revision == 2


def test_lists_are_newest_first_and_narrow_to_lead_agent_and_time(store):
    hour = timedelta(hours=1)
    record(
        store,
        ACME,
        "r1",
        feedback_write("f1", "a", occurred_time=OCCURRED, agent_id="x"),
        feedback_write("f2", "b", occurred_time=OCCURRED + hour, agent_id="y"),
        feedback_write("f3", "a", occurred_time=OCCURRED + 2 * hour, agent_id="y"),
        feedback_write("f4", "a", occurred_time=OCCURRED + 2 * hour, agent_id="y"),
    )
    assert ids(listed(store)) == ["f4", "f3", "f2", "f1"]
    assert ids(listed(store, lead_id=LeadId("a"))) == ["f4", "f3", "f1"]
    assert ids(listed(store, agent_id="x")) == ["f1"]
    assert ids(listed(store, agent_id="nobody")) == []
    assert ids(listed(store, start_time=OCCURRED + hour, end_time=OCCURRED + 2 * hour)) == ["f2"]
    with pytest.raises(NotFound):
        listed(store, lead_id=LeadId("nowhere"))


@pytest.mark.parametrize("with_history", [False, True])
def test_pages_stay_put_while_feedback_is_added(store, clock, with_history):
    for number in range(5):
        moment = OCCURRED + timedelta(hours=number // 2)
        record(store, ACME, f"r{number}", feedback_write(f"f{number}", "a", occurred_time=moment))
        clock.advance(1)
        record(store, ACME, f"c{number}", feedback_write(f"f{number}", "a", occurred_time=moment, user_rating=1.0))
    query = FeedbackQuery(lead_id=LeadId("a"), with_history=with_history)
    whole = store.list(ACME, query, limit=100, after=None).items
    seen, after = [], None
    for number in range(20):
        page = store.list(ACME, query, limit=2, after=after)
        seen += page.items
        later = OCCURRED + timedelta(days=1, hours=number)
        record(store, ACME, f"later-{number}", feedback_write(f"later-{number}", "a", occurred_time=later))
        after = page.next_key
        if after is None:
            break
    assert tuple(seen) == whole
    assert len(whole) == (10 if with_history else 5)


@pytest.mark.parametrize(
    "key", ["", "x", "2026-01-01/1/f", "9999-12-31T23:59:59-23:59/1/f", "2026-01-01T00:00:00+00:00/x/f", "////"]
)
def test_a_page_key_nobody_made_is_refused(store, key):
    with pytest.raises(InvalidInput) as caught:
        store.list(ACME, ALL, limit=1, after=key)
    assert caught.value.violations[0].field == "page_token"


def test_counts_hold_every_newest_revision_once(store, clock):
    sunday = datetime(2026, 2, 22, 23, 59, 59, 999_999, tzinfo=UTC)
    monday = sunday + timedelta(microseconds=1)
    contact = {"action": FeedbackAction.CONTACT, "contact_successful": True}
    record(store, ACME, "r1", feedback_write("f1", "a", user_rating=99.0, occurred_time=sunday))
    record(
        store,
        ACME,
        "r2",
        feedback_write("f1", "a", user_rating=10.0, occurred_time=sunday, confidence=0.25),
        feedback_write("f2", "a", **contact, occurred_time=sunday),
        feedback_write("f3", "b", **contact, occurred_time=monday),
        feedback_write("f4", "b", action=FeedbackAction.CONTACT, occurred_time=monday),
        feedback_write("f5", "b", action=FeedbackAction.CONVERT, conversion_value=100.5, occurred_time=monday),
        feedback_write("f6", "b", action=FeedbackAction.CONVERT, occurred_time=monday),
        feedback_write("early", "c", occurred_time=sunday - timedelta(microseconds=1)),
        feedback_write("late", "c", occurred_time=monday + timedelta(microseconds=1)),
    )
    counts = store.counts(ACME, sunday, monday)
    assert (counts.lead_count, counts.converted_lead_count) == (2, 1)
    assert {(row.day.day, row.action.value, row.count) for row in counts.days} == {
        (22, "view", 1),
        (22, "contact", 1),
        (23, "contact", 2),
        (23, "convert", 2),
    }
    views = next(row for row in counts.days if row.action is FeedbackAction.VIEW)
    assert (views.confidence_sum, views.rating_count, views.rating_sum) == (0.25, 1, 10.0)
    converts = next(row for row in counts.days if row.action is FeedbackAction.CONVERT)
    assert (converts.value_count, converts.value_sum) == (1, 100.5)
    assert {(row.weekday, row.hour, row.was_successful, row.count) for row in counts.contacts} == {
        (6, 23, True, 1),
        (0, 0, True, 1),
    }


def test_nothing_counts_as_nothing(store, clock):
    counts = store.counts(ACME, OCCURRED, clock.now)
    assert (list(counts.days), list(counts.contacts), counts.lead_count) == ([], [], 0)


def test_values_at_the_limit_can_be_summed(store):
    record(
        store,
        ACME,
        "r1",
        *(feedback_write(f"f{n}", action=FeedbackAction.CONVERT, conversion_value=1e15) for n in range(3)),
    )
    (row,) = store.counts(ACME, OCCURRED, OCCURRED).days
    assert row.value_sum == pytest.approx(3e15)


def test_times_and_numbers_survive_every_database(store):
    moments = st.datetimes(datetime(1970, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001
    durations = st.timedeltas(timedelta(), timedelta(hours=24))
    numbers = iter(range(10_000))

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(moments, durations, st.floats(0, 100))
    def survives(moment, duration, rating):
        number = next(numbers)
        write = feedback_write(f"f{number}", occurred_time=moment, interaction_duration=duration, user_rating=rating)
        record(store, ACME, f"r{number}", write)
        found = listed(store, start_time=moment, end_time=moment + timedelta(microseconds=1))
        assert write.feedback in [stored.feedback for stored in found]

    survives()
