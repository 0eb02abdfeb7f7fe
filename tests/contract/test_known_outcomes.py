from __future__ import annotations

import pytest

from core.adapters.sql.known_outcomes import SqlKnownOutcomes
from core.adapters.sql.lead_store import SqlLeadStore
from core.caller import Caller
from core.feedback.feedback import FeedbackAction
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadOutcome, LeadWrite
from tests.parts.feedback_rows import add_feedback, add_leads, day, said

ACME, OTHER = TenantId("acme"), TenantId("other")


@pytest.fixture
def outcomes(database) -> SqlKnownOutcomes:
    with database.write(ACME) as connection:
        add_leads(connection, ACME, ["a", "b", "c", "d"])
    return SqlKnownOutcomes(database)


def tell(database, *pieces, tenant=ACME):
    with database.write(tenant) as connection:
        add_feedback(connection, tenant, pieces)


def known(outcomes, tenant=ACME):
    return [(stored.lead.lead_id, stored.outcome.converted) for stored in outcomes.labelled(tenant)]


def test_feedback_that_closes_a_lead_is_an_outcome_and_nothing_else_is(database, outcomes):
    tell(
        database,
        said("b", FeedbackAction.CONVERT, at=day(2)),
        said("a", FeedbackAction.DISMISS, at=day(1)),
        said("c", FeedbackAction.ARCHIVE, at=day(1)),
    )
    assert known(outcomes) == [("a", False), ("b", True)]
    assert known(outcomes, OTHER) == []


def test_the_newer_of_two_outcomes_counts_whoever_told_it(database, outcomes, clock):
    lost = LeadOutcome(converted=False, outcome_time=day(5))
    writes = [LeadWrite(lead=Lead(lead_id=LeadId(name)), outcome=lost) for name in ("a", "b")]
    SqlLeadStore(database, clock).upsert(Caller(tenant=ACME, actor="x"), "r", writes)
    tell(
        database,
        said("a", FeedbackAction.CONVERT, at=day(9)),
        said("b", FeedbackAction.CONVERT, at=day(1)),
        said("d", FeedbackAction.CONVERT, at=day(3)),
        said("d", FeedbackAction.DISMISS, at=day(4)),
    )
    assert known(outcomes) == [("d", False), ("b", False), ("a", True)]
    assert next(outcomes.labelled(ACME)).lead.lead_id == LeadId("d")


def test_what_feedback_closed_is_noticed_once(database, outcomes):
    assert not outcomes.notice(ACME)
    before = outcomes.outcome_revision(ACME)
    tell(database, said("a", FeedbackAction.CONVERT))
    assert outcomes.notice(ACME)
    assert not outcomes.notice(ACME)
    assert outcomes.outcome_revision(ACME) == before + 1
    tell(database, said("b", FeedbackAction.VIEW))
    assert not outcomes.notice(ACME)
    assert SqlKnownOutcomes(database).notice(ACME)
