"""How old feedback goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.adapters.sql import ALL_TENANTS, SqlAuditLog, SqlLeadStore, feedback_pruning
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.tables import lead_feedback, lead_feedback_history
from core.caller import Caller
from core.errors import AlreadyExists, DependencyDown
from core.feedback.feedback_store import FeedbackQuery
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from tests.parts.feedback import feedback_write, record

ACME = Caller(tenant=TenantId("acme"), actor="alice")
DAY = timedelta(days=1)


@pytest.fixture
def store(database, clock):
    SqlLeadStore(database, clock).upsert(ACME, "leads", [LeadWrite(lead=Lead(lead_id=LeadId("a")))])
    return SqlFeedbackStore(database, clock)


@pytest.fixture
def filled(store, clock):
    """Ten pieces, one a day, each corrected once; f0 happened now, f9 nine days ago."""
    for number in range(10):
        occurred = clock.now - number * DAY
        for revision in range(2):
            write = feedback_write(f"f{number}", occurred_time=occurred, user_rating=float(revision))
            record(store, ACME, f"r{number}-{revision}", write)
    return store


def kept(store):
    items = store.list(ACME, FeedbackQuery(), limit=1_000, after=None).items
    return [stored.feedback.feedback_id for stored in items]


def row_counts(database):
    with database.read(ALL_TENANTS) as connection:
        return [
            connection.scalar(select(func.count()).select_from(table))
            for table in (lead_feedback, lead_feedback_history)
        ]


def audited(database, clock):
    return SqlAuditLog(database, clock).list(ACME.tenant, limit=10, after=None, actor="", action="").items


def test_what_is_older_goes_with_its_history_and_is_audited(filled, database, clock):
    pruned = filled.prune(ACME, "p1", 5 * DAY)
    assert (pruned.pruned_count, pruned.kept_count, pruned.before_time) == (4, 6, clock.now - 5 * DAY)
    assert kept(filled) == [f"f{number}" for number in range(6)]
    assert row_counts(database) == [6, 6]
    (entry,) = audited(database, clock)
    assert (entry.action, entry.actor) == ("FeedbackService/PruneFeedback", "alice")
    assert "4 pieces" in entry.reason


def test_a_dry_run_says_the_same_and_changes_nothing(filled, database, clock):
    would = filled.prunable(ACME, 5 * DAY)
    assert row_counts(database) == [10, 10]
    assert audited(database, clock) == ()
    assert filled.prune(ACME, "p1", 5 * DAY) == would


def test_the_same_request_again_gives_the_first_answer_and_removes_nothing_newer(filled, clock, database):
    first = filled.prune(ACME, "p1", 5 * DAY)
    clock.advance(3 * 86_400)
    late = feedback_write("late", occurred_time=first.before_time - DAY)
    record(filled, ACME, "late", late)
    assert filled.prune(ACME, "p1", 5 * DAY) == first
    assert "late" in kept(filled)
    assert row_counts(database) == [7, 6]
    assert len(audited(database, clock)) == 1
    with pytest.raises(AlreadyExists):
        filled.prune(ACME, "p1", 6 * DAY)


def test_it_takes_as_many_transactions_as_it_needs(filled, database, monkeypatch):
    monkeypatch.setattr(feedback_pruning, "ROWS_AT_ONCE", 2)
    assert filled.prune(ACME, "p1", 4 * DAY).pruned_count == 5
    assert row_counts(database) == [5, 5]


def test_an_interrupted_removal_is_finished_by_the_same_request(filled, database, monkeypatch, clock):
    monkeypatch.setattr(feedback_pruning, "ROWS_AT_ONCE", 2)
    real, turns = feedback_pruning._remove_some, iter([True, False])

    def interrupted(*arguments):
        if not next(turns):
            raise DependencyDown("store")
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(feedback_pruning, "_remove_some", interrupted)
        with pytest.raises(DependencyDown):
            filled.prune(ACME, "p1", 4 * DAY)
    assert row_counts(database) == [8, 8]
    assert filled.prune(ACME, "p1", 4 * DAY).pruned_count == 5
    assert row_counts(database) == [5, 5]
    assert len(audited(database, clock)) == 1


def test_nothing_old_is_nothing_removed(store):
    pruned = store.prune(ACME, "p1", DAY)
    assert (pruned.pruned_count, pruned.kept_count) == (0, 0)
