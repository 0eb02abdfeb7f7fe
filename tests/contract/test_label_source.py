from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from core.adapters.sql import SqlLeadStore, open_database
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.lead_erasure import erase_lead, tables_with_leads
from core.adapters.sql.tables import lead_feedback_history, metadata
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.feedback.feedback import FeedbackAction
from core.feedback.label import Provenance
from core.feedback.label_source import RecordedOutcome
from core.feedback.labelling import Labelling
from core.feedback.told import FeedbackWrite
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadOutcome, LeadWrite
from tests.parts.feedback_rows import add_feedback, add_leads, add_outcome, add_shown, day, said, shown
from tests.parts.rows import make_row

A, P = FeedbackAction, Provenance
ACME, OTHER = TenantId("acme"), TenantId("other")


@pytest.fixture
def write(database):
    def act(function, *arguments, tenant=ACME, **fields):
        with database.write(tenant) as connection:
            function(connection, tenant, *arguments, **fields)

    return act


@pytest.fixture
def evidence(database):
    def read(as_of, tenant=ACME):
        return list(SqlLabelSource(database).evidence(tenant, as_of))

    return read


@pytest.fixture
def label_set(database):
    return Labelling(SqlLabelSource(database)).label_set


def add_predictions(connection, _tenant, rows):
    add_shown(connection, rows)


def test_what_the_lead_store_wrote_is_found(database, clock, evidence):
    store, caller = SqlLeadStore(database, clock), Caller(tenant=ACME, actor="x")
    first = clock.now
    store.upsert(caller, "r1", [LeadWrite(lead=Lead(lead_id=LeadId("a"))), LeadWrite(lead=Lead(lead_id=LeadId("b")))])
    for number, converted in ((1, True), (2, False)):
        clock.advance(3600)
        outcome = LeadOutcome(converted=converted, outcome_time=day(number))
        store.upsert(caller, f"o{number}", [LeadWrite(lead=Lead(lead_id=LeadId("a")), outcome=outcome)])
    [found] = evidence(clock.now)
    assert (found.lead_id, found.create_time) == ("a", first)
    assert found.outcome == RecordedOutcome(converted=False, outcome_time=day(2), record_time=clock.now)
    [before] = evidence(clock.now - timedelta(seconds=1))
    assert before.outcome.converted is True
    assert evidence(first) == []


def test_everything_of_a_lead_comes_together_in_the_order_of_ids(write, evidence):
    # Code points, as Python sorts: "Z" before "a" before "é".
    for lead_id in ("é", "a", "Z"):
        write(add_leads, [lead_id])
    pieces = [said(lead_id, A.VIEW, at=day(n)) for n in (1, 2) for lead_id in ("a", "é")]
    write(add_feedback, pieces)
    write(add_predictions, [shown("Z", day(3)), shown("a", day(5)), shown("a", day(4), source="rules")])
    found = evidence(day(10))
    assert [(one.lead_id, one.first_shown_time, len(one.feedback)) for one in found] == [
        ("Z", day(3), 0),
        ("a", day(4), 2),
        ("é", None, 2),
    ]
    assert set(found[1].feedback) == {piece for piece in pieces if piece.feedback.lead_id == "a"}


def test_only_what_was_recorded_by_then_counts(write, evidence):
    write(add_leads, ["a"], recorded=day(1))
    write(add_feedback, [said("a", A.VIEW, at=day(0), recorded=day(3))])
    write(add_outcome, "a", converted=True, at=day(0), recorded=day(5))
    write(add_predictions, [shown("a", day(7))])
    assert [evidence(day(n)) == [] for n in (0, 1, 2, 2.9)] == [True] * 4
    at = {n: evidence(day(n))[0] for n in (3, 4.9, 5, 6.9, 7)}
    assert [len(one.feedback) for one in at.values()] == [1] * 5
    assert [one.outcome is not None for one in at.values()] == [False, False, True, True, True]
    assert [one.first_shown_time for one in at.values()] == [None, None, None, None, day(7)]


def test_a_revision_holds_from_when_it_was_recorded_until_it_was_corrected(write, evidence):
    write(add_leads, ["a"])
    for revision, number in ((1, 1), (2, 5), (3, 9)):
        piece = said("a", A.VIEW, at=day(1), recorded=day(number), feedback_id="f", revision=revision)
        write(add_feedback, [piece])
    held = {n: [piece.revision for piece in evidence(day(n))[0].feedback] for n in (1, 4.9, 5, 8.9, 9, 100)}
    assert held == {1: [1], 4.9: [1], 5: [2], 8.9: [2], 9: [3], 100: [3]}


def test_a_lead_that_is_not_stored_is_left_out(write, evidence):
    write(add_predictions, [shown("inline", day(1))])
    assert evidence(day(100)) == []


def test_another_tenants_rows_are_not_seen(write, evidence, label_set):
    write(add_leads, ["a"], tenant=OTHER)
    write(add_feedback, [said("a", A.CONVERT)], tenant=OTHER)
    write(add_leads, ["a"])
    assert evidence(day(10)) == []
    assert label_set(ACME, day(100)).labels == ()
    assert len(label_set(OTHER, day(100)).labels) == 1


def test_thousands_of_rows_are_streamed_whole(write, evidence):
    names = [f"{n:04}" for n in range(3_000)]
    write(add_leads, names)
    write(add_feedback, [said(name, A.VIEW, at=day(n)) for name in names for n in (0, 1)])
    write(add_predictions, [shown(name, day(2)) for name in names])
    found = evidence(day(10))
    assert [one.lead_id for one in found] == names
    assert {(len(one.feedback), one.first_shown_time) for one in found} == {(2, day(2))}


def test_both_databases_make_the_same_label_set(write, label_set):
    names = [f"{n:03}" for n in range(200)]
    write(add_leads, names)
    write(add_predictions, [shown(name, day(index % 40), token_id=name) for index, name in enumerate(names)])
    actions = [A.VIEW, A.CONTACT, A.CONVERT, A.DISMISS, A.SAVE]
    told = [
        said(
            name,
            actions[index % 5],
            at=day(index % 40 + index % 7),
            by=f"agent{index % 3}",
            confidence=0.3 + index % 6 / 10,
            feedback_id=f"f{index}",
            user_rating=None if index % 4 else index / 2,
        )
        for index, name in enumerate(names)
    ]
    write(add_feedback, told)
    found = label_set(ACME, day(60))
    assert {P.CONVERSION, P.DISMISSAL, P.WINDOW_CLOSED, P.RATING} <= {
        p for label in found.labels for p in label.provenance
    }
    assert found.fingerprint == "85723162bd7028376cac3263f4a87d0ec51331a967ebc4ed7a6d80b120a7c30d"


def test_erasing_reaches_every_table_that_knows_leads(database):
    assert {table.name for table in metadata.sorted_tables if "lead_id" in table.c} == {
        table.name for table in tables_with_leads()
    }
    with database.write(ALL_TENANTS) as connection:
        for tenant in (ACME, OTHER):
            for lead_id in ("gone", "kept"):
                for table in tables_with_leads():
                    connection.execute(insert(table).values(unlike(table, tenant, lead_id)))
    with database.write(ACME) as connection:
        assert erase_lead(connection, ACME, LeadId("gone")) == len(tables_with_leads())
        assert erase_lead(connection, ACME, LeadId("gone")) == 0
    with database.read(ALL_TENANTS) as connection:
        for table in tables_with_leads():
            left = connection.execute(table.select().order_by(table.c.tenant, table.c.lead_id)).all()
            assert [(row.tenant, row.lead_id) for row in left] == [
                (ACME, "kept"),
                (OTHER, "gone"),
                (OTHER, "kept"),
            ], table.name


def unlike(table, tenant, lead_id):
    """Return a row whose every key text names its lead, so that two leads do not meet in one key."""
    row = make_row(table, tenant) | {"lead_id": lead_id}
    keys = {c.name for c in table.primary_key.columns} | {
        c.name for found in table.constraints for c in getattr(found, "columns", ())
    }
    for name in keys - {"tenant", "lead_id"}:
        if isinstance(row.get(name), str):
            row[name] = f"{name} of {lead_id}"
    if "sequence" in row:
        row["sequence"] = len(lead_id) + (lead_id == "kept")
    return row


def test_an_erased_outcome_counts_as_a_change_of_outcomes(database, clock):
    store, caller = SqlLeadStore(database, clock), Caller(tenant=ACME, actor="x")
    outcome = LeadOutcome(converted=True)
    store.upsert(caller, "r", [LeadWrite(lead=Lead(lead_id=LeadId("a")), outcome=outcome)])
    before = store.outcome_revision(ACME)
    with database.write(ACME) as connection:
        erase_lead(connection, ACME, LeadId("a"))
    assert store.outcome_revision(ACME) == before + 1


def test_an_erased_lead_is_gone_from_every_label_set_and_the_others_stay(database, write, label_set):
    write(add_leads, ["a", "b", "c"])
    write(add_predictions, [shown(lead_id, day(0)) for lead_id in "abc"])
    write(add_feedback, [said("a", A.VIEW, user_rating=70.0, at=day(2), feedback_id="fa")])
    write(add_feedback, [said("a", A.CONVERT, at=day(4), feedback_id="fa", revision=2)])
    write(add_feedback, [said("b", A.DISMISS, at=day(3)), said("c", A.CONTACT, at=day(3))])
    moments = [day(n) for n in (1, 2, 3, 4, 30, 60)]
    before = [label_set(ACME, moment) for moment in moments]
    with database.write(ACME) as connection:
        erase_lead(connection, ACME, LeadId("a"))
    assert any(label.lead_id == "a" for found in before for label in found.labels)
    for moment, found in zip(moments, before, strict=True):
        now = label_set(ACME, moment)
        assert [label.label_key for label in now.labels] == [
            label.label_key for label in found.labels if label.lead_id != "a"
        ]
    with database.read(ACME) as connection:
        assert connection.execute(lead_feedback_history.select()).all() == []


# ---- whatever happens later, the past stays as it was known

step = st.one_of(
    st.tuples(st.just("lead"), st.integers(0, 4)),
    st.tuples(st.just("score"), st.integers(0, 4), st.integers(0, 40)),
    st.tuples(st.just("outcome"), st.integers(0, 4), st.booleans(), st.integers(0, 40)),
    st.tuples(
        st.just("say"),
        st.integers(0, 4),
        st.sampled_from(A),
        st.integers(0, 40),
        st.sampled_from("xy"),
        st.none() | st.integers(0, 100),
    ),
    st.tuples(st.just("correct"), st.integers(0, 30), st.sampled_from(A), st.integers(0, 40)),
)


class History:
    """Records one step a day, as the stores would."""

    def __init__(self, connection):
        self.connection = connection
        self.known = set()
        self.outcomes = 0
        self.pieces = []

    def record(self, now, kind, *rest):
        getattr(self, f"record_{kind}")(now, *rest)

    def record_lead(self, now, number):
        if number not in self.known:
            self.known.add(number)
            add_leads(self.connection, ACME, [str(number)], recorded=now)

    def record_score(self, now, number, _ago):
        # The log has the moment of the answer, which is the moment of recording but for a second.
        add_shown(self.connection, [shown(str(number), now)])

    def record_outcome(self, now, number, converted, ago):
        self.record_lead(now, number)
        self.outcomes += 1
        at = now - timedelta(days=ago)
        add_outcome(
            self.connection, ACME, str(number), converted=converted, at=at, recorded=now, revision=self.outcomes
        )

    def record_say(self, now, number, action, ago, *who_and_rating):
        by, rating = who_and_rating
        self.record_lead(now, number)
        rated = None if rating is None else float(rating)
        piece = said(
            str(number), action, at=now - timedelta(days=ago), recorded=now, by=by, user_rating=rated, confidence=0.8
        )
        self.pieces.append(piece)
        add_feedback(self.connection, ACME, [piece])

    def record_correct(self, now, index, action, ago):
        if not self.pieces:
            return
        old = self.pieces[index % len(self.pieces)]
        new = said(
            old.feedback.lead_id,
            action,
            at=now - timedelta(days=ago),
            recorded=now,
            feedback_id=old.feedback.feedback_id,
            revision=old.revision + 1,
        )
        self.pieces[index % len(self.pieces)] = new
        add_feedback(self.connection, ACME, [new])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(step, min_size=2, max_size=30), every=st.integers(1, 7))
def test_a_label_set_of_the_past_stays_as_it_was_known(migrated_file, steps, every):
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(migrated_file, Path(folder) / "leadline.db")
        database = open_database(f"sqlite:///{path}")
        labelling = Labelling(SqlLabelSource(database))
        seen = {}
        history = History(None)
        for number, one in enumerate(steps):
            now = day(50 + number * every)
            with database.write(ACME) as history.connection:
                history.record(now, *one)
            seen[now] = labelling.label_set(ACME, now)
        for moment, known in seen.items():
            assert labelling.label_set(ACME, moment) == known
        with database.write(ACME) as connection:
            erase_lead(connection, ACME, LeadId("0"))
        for moment, known in seen.items():
            now = labelling.label_set(ACME, moment)
            assert [label.label_key for label in now.labels] == [
                label.label_key for label in known.labels if label.lead_id != "0"
            ]
        database.close()


def test_what_the_feedback_store_wrote_and_corrected_is_found_as_of_each_moment(database, clock, label_set):
    caller = Caller(tenant=ACME, actor="key:crm")
    SqlLeadStore(database, clock).upsert(caller, "lead", [LeadWrite(lead=Lead(lead_id=LeadId("a")))])
    store = SqlFeedbackStore(database, clock)
    moments = []
    for number, action in enumerate((A.SAVE, A.CONVERT, A.DISMISS)):
        moments.append(clock.advance(60))
        feedback = replace(said("a", action, at=clock.now, by="").feedback, feedback_id="f")
        write = FeedbackWrite(feedback=feedback, says_when=True, confidence=0.75)
        store.record(caller, f"r{number}", "RecordFeedback", [write])
    clock.advance(60)
    found = [label_set(ACME, moment).labels[0] for moment in moments]
    assert [(label.target, label.weight, label.mature_time) for label in found] == [
        (0.6, 0.375, moments[0]),
        (1.0, 0.75, moments[1]),
        (0.0, 0.75, moments[2]),
    ]
    assert label_set(ACME, moments[0] - timedelta(seconds=1)).labels == ()
