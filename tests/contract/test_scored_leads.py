from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.adapters.sql import SqlLeadStore
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.adapters.sql.scored_leads import STREAM_ROWS, SqlScoredLeads
from core.caller import Caller
from core.feedback.scored_leads import ScoringHint
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from core.ports import Prediction

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")
LATE = datetime(2099, 1, 1, tzinfo=UTC)
POSTED = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)


@pytest.fixture
def write(database, clock):
    store = SqlLeadStore(database, clock)
    numbers = iter(range(10**6))

    def act(lead_id, caller=ACME, **fields):
        store.upsert(caller, f"r{next(numbers)}", [LeadWrite(lead=Lead(lead_id=LeadId(lead_id), **fields))])
        return clock.advance(60) - timedelta(seconds=60)

    return act


@pytest.fixture
def score(database, clock):
    store = SqlPredictionStore(database)

    def act(lead_id, token_id="t", caller=ACME):  # noqa: S107  an id
        store.append(
            [
                Prediction(
                    tenant=caller.tenant,
                    lead_id=LeadId(lead_id),
                    version="v",
                    source="MODEL",
                    score=50.0,
                    probability=0.5,
                    score_time=clock.now,
                    token_id=token_id,
                    features=b"",
                )
            ]
        )
        return clock.advance(60) - timedelta(seconds=60)

    return act


@pytest.fixture
def read(database):
    def act(*lead_ids, until=LATE, token_id="", caller=ACME):
        hints = {LeadId(lead_id): ScoringHint(until=until, token_id=token_id) for lead_id in lead_ids}
        return list(SqlScoredLeads(database).scored_leads(caller.tenant, hints))

    return act


def test_a_lead_is_as_it_was_when_it_was_last_scored(write, score, read):
    write("a", title="first")
    write("a", title="second")
    scored = score("a")
    write("a", title="too late")
    (found,) = read("a")
    assert (found.lead.title, found.revision, found.moment, found.was_scored) == ("second", 2, scored, True)


def test_a_revision_of_the_very_moment_was_known(write, score, read, clock):
    write("a", title="first")
    clock.advance(-60)
    score("a")
    assert read("a")[0].lead.title == "first"


def test_scores_after_the_label_do_not_count(write, score, read):
    write("a", title="first")
    early = score("a", "t1")
    write("a", title="called, and won")
    score("a", "t2")
    (found,) = read("a", until=early)
    assert (found.lead.title, found.moment) == ("first", early)


def test_the_score_that_was_shown_with_the_label_counts_before_a_later_one(write, score, read):
    write("a", title="first")
    shown = score("a", "shown")
    write("a", title="second")
    score("a", "newer")
    (found,) = read("a", token_id="shown")  # noqa: S106  an id
    assert (found.lead.title, found.moment) == ("first", shown)
    assert read("a", token_id="unknown")[0].lead.title == "second"  # noqa: S106  an id


def test_a_lead_scored_before_it_was_recorded_is_its_first_revision(write, score, read):
    scored = score("a")
    write("a", title="first")
    write("a", title="second")
    (found,) = read("a")
    assert (found.lead.title, found.moment) == ("first", scored)


def test_a_lead_that_was_never_scored_is_its_first_revision_when_it_was_posted_or_recorded(write, read):
    write("dated", title="first", posted_time=POSTED)
    write("dated", title="second", posted_time=POSTED + timedelta(days=1))
    recorded = write("undated", title="first")
    dated, undated = read("dated", "undated")
    assert (dated.lead.title, dated.moment, dated.was_scored) == ("first", POSTED, False)
    assert (undated.lead.title, undated.moment) == ("first", recorded)


def test_leads_come_by_id_and_only_those_asked_for(write, score, read):
    for lead_id in ("b", "A", "a", "c", "_", "B", "0"):
        write(lead_id, title=lead_id)
        score(lead_id)
    found = read("c", "A", "0", "a", "_", "nobody")
    assert [row.lead.lead_id for row in found] == ["0", "A", "_", "a", "c"]
    assert all(row.lead.title == row.lead.lead_id and row.was_scored for row in found)
    assert read() == []


def test_an_erased_lead_is_not_there(database, write, score, read):
    for lead_id in ("a", "b", "c"):
        write(lead_id)
        score(lead_id)
    with database.write(ACME.tenant) as connection:
        erase_lead(connection, ACME.tenant, LeadId("b"))
    assert [row.lead.lead_id for row in read("a", "b", "c")] == ["a", "c"]


def test_tenants_do_not_see_each_other(write, score, read):
    write("a", title="acme's")
    write("a", OTHER, title="other's")
    score("a", caller=OTHER)
    (found,) = read("a")
    assert (found.lead.title, found.was_scored) == ("acme's", False)


def test_more_leads_than_are_fetched_at_a_time(database, clock, score, read):
    count = STREAM_ROWS + 7
    ids = [f"l{number:05}" for number in range(count)]
    writes = [LeadWrite(lead=Lead(lead_id=LeadId(lead_id), title=lead_id)) for lead_id in ids]
    SqlLeadStore(database, clock).upsert(ACME, "r", writes)
    clock.advance(60)
    scored = {lead_id: score(lead_id) for lead_id in ids[:: count // 5]}
    found = read(*ids)
    assert [row.lead.title for row in found] == ids
    assert {row.lead.lead_id: row.moment for row in found if row.was_scored} == scored


def test_a_stream_that_is_not_read_to_its_end_gives_its_connection_back(database, write, score):
    for lead_id in ("a", "b"):
        write(lead_id)
        score(lead_id)
    hints = {LeadId(lead_id): ScoringHint(until=LATE) for lead_id in ("a", "b")}
    for _ in range(40):
        stream = SqlScoredLeads(database).scored_leads(ACME.tenant, hints)
        next(stream)
        stream.close()
    write("c")
