"""What stays known of how leads ended when their feedback goes."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.adapters.sql import SqlLeadStore, feedback_pruning
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.tables import lead_outcomes
from core.caller import Caller
from core.feedback.feedback import FeedbackAction
from core.feedback.label import Provenance
from core.feedback.labelling import Labelling
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadOutcome, LeadWrite
from tests.parts.feedback import feedback_write, record
from tests.parts.feedback_rows import add_shown, shown

A, P = FeedbackAction, Provenance
ACME = Caller(tenant=TenantId("acme"), actor="alice")
DAY = timedelta(days=1)
KEEP = 60 * DAY


class Office:
    """Leads that were shown, and what is said of them day by day."""

    def __init__(self, database, clock, names) -> None:
        self.database, self.clock = database, clock
        self.leads, self.feedback = SqlLeadStore(database, clock), SqlFeedbackStore(database, clock)
        self.labelling = Labelling(SqlLabelSource(database))
        self.count = 0
        self.start = clock.now
        self.leads.upsert(ACME, "leads", [LeadWrite(lead=Lead(lead_id=LeadId(name))) for name in names])
        with database.write(ACME.tenant) as connection:
            add_shown(connection, [shown(name, clock.now) for name in names])

    def say(self, name, action, day, *, confidence=0.9, **fields):
        self.clock.now = max(self.clock.now, self.start + day * DAY)
        self.count += 1
        write = feedback_write(
            f"f{self.count:04}",
            name,
            action=action,
            occurred_time=self.start + day * DAY,
            confidence=confidence,
            **fields,
        )
        return record(self.feedback, ACME, f"r{self.count}", write)

    def write_outcome(self, name, converted, day):
        self.clock.now = max(self.clock.now, self.start + day * DAY)
        self.count += 1
        outcome = LeadOutcome(converted=converted, outcome_time=self.start + day * DAY)
        self.leads.upsert(ACME, f"o{self.count}", [LeadWrite(lead=Lead(lead_id=LeadId(name)), outcome=outcome)])

    def labels(self, day):
        found = self.labelling.label_set(ACME.tenant, self.start + day * DAY)
        return {label.lead_id: label for label in found.labels}

    def targets(self, day):
        return {name: (label.target, label.mature_time) for name, label in self.labels(day).items()}

    def prune(self, day, request_id="prune"):
        """Remove what happened more than two months before a day."""
        self.clock.now = self.start + day * DAY
        return self.feedback.prune(ACME, request_id, KEEP)

    def outcome(self, name):
        return self.leads.get(ACME.tenant, LeadId(name)).outcome

    def history(self, name):
        query = select(lead_outcomes).where(lead_outcomes.c.lead_id == name).order_by(lead_outcomes.c.revision)
        with self.database.read(ACME.tenant) as connection:
            return [(row.revision, row.converted) for row in connection.execute(query)]


@pytest.fixture
def office(database, clock):
    return Office(database, clock, "abcdefgh")


def test_an_end_stays_known_when_the_feedback_that_told_it_goes(office):
    office.say("a", A.CONVERT, 5)
    office.say("b", A.DISMISS, 6)
    office.say("c", A.SAVE, 7)
    before, then = office.targets(100), office.targets(10)
    revision = office.leads.outcome_revision(ACME.tenant)
    assert office.prune(100).pruned_count == 3
    assert office.targets(100) == before
    assert {name: office.targets(10).get(name) for name in "ab"} == {name: then[name] for name in "ab"}
    found = office.labels(100)
    assert [found[name].provenance for name in "abc"] == [(P.OUTCOME,), (P.OUTCOME,), (P.WINDOW_CLOSED,)]
    assert found["a"].known_time == office.start + 5 * DAY
    assert office.outcome("a") == LeadOutcome(converted=True, outcome_time=office.start + 5 * DAY)
    assert office.outcome("b") == LeadOutcome(converted=False, outcome_time=office.start + 6 * DAY)
    assert office.outcome("c") is None
    assert office.leads.outcome_revision(ACME.tenant) > revision


def test_the_newest_of_several_ends_stays(office):
    office.say("a", A.DISMISS, 4)
    office.say("a", A.CONVERT, 5)
    office.say("b", A.CONVERT, 4, agent_id="x")
    office.say("b", A.DISMISS, 5, agent_id="y")
    office.prune(100)
    assert (office.history("a"), office.history("b")) == ([(2, True)], [(2, False)])


def test_a_newer_outcome_of_the_lead_holds_and_an_older_one_does_not(office):
    office.say("a", A.CONVERT, 5)
    office.write_outcome("a", False, 8)
    office.write_outcome("b", False, 8)
    office.say("b", A.CONVERT, 9)
    before = office.targets(100)
    office.prune(100)
    assert office.targets(100) == before
    assert (office.history("a"), office.history("b")) == ([(2, False)], [(2, False), (3, True)])
    assert (office.outcome("a").converted, office.outcome("b").converted) == (False, True)


def test_newer_feedback_that_stays_holds_and_is_kept_in_its_turn(office):
    office.say("a", A.CONVERT, 5)
    office.say("a", A.DISMISS, 70)
    before = office.targets(150)
    for day in (100, 150):
        office.prune(day, f"p{day}")
        assert office.targets(150) == before
    assert office.outcome("a").converted is False
    assert office.feedback.prunable(ACME, timedelta()).pruned_count == 0


def test_what_was_corrected_or_is_not_believed_becomes_no_outcome(office):
    first = office.say("a", A.CONVERT, 5)
    corrected = feedback_write(
        first.feedback.feedback_id, "a", action=A.VIEW, occurred_time=first.feedback.occurred_time
    )
    record(office.feedback, ACME, "correction", corrected)
    office.say("b", A.CONVERT, 6, confidence=0.001)
    before = office.targets(100)
    office.prune(100)
    assert office.targets(100) == before == dict.fromkeys("abcdefgh", (0.0, office.start + 30 * DAY))
    assert (office.outcome("a"), office.outcome("b")) == (None, None)


def test_the_lead_itself_stays_as_it_was_and_its_history_goes_on(office):
    office.say("a", A.CONVERT, 5)
    office.prune(100)
    now, then = office.leads.get(ACME.tenant, LeadId("a")), office.leads.as_of(ACME.tenant, LeadId("a"), office.start)
    assert (now.lead, now.revision, then.revision, then.outcome) == (then.lead, 2, 1, None)
    office.write_outcome("a", False, 101)
    assert office.leads.get(ACME.tenant, LeadId("a")).revision == 3
    assert office.labels(102)["a"].target == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_said_no_target_of_an_end_changes(office, monkeypatch, seed):
    monkeypatch.setattr(feedback_pruning, "ROWS_AT_ONCE", 4)
    source = random.Random(seed)
    for day in sorted(source.uniform(1, 110) for _ in range(40)):
        name, action = source.choice("abcdefgh"), source.choice([A.CONVERT, A.DISMISS, A.SAVE, A.VIEW])
        if source.random() < 0.15:
            office.write_outcome(name, source.random() < 0.5, day)
        else:
            office.say(name, action, day, agent_id=source.choice("xyz"))
    before = office.targets(200)
    for day in (120, 150, 200):
        office.prune(day, f"p{day}")
        assert office.targets(200) == before
