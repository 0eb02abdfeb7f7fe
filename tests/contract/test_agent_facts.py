from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.adapters.sql.agent_facts import SqlAgentFacts
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_store import SqlLeadStore
from core.behavior.recording import microseconds_of
from core.caller import Caller
from core.errors import InvalidInput
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from core.recommend.agents.insights import AgentReports
from tests.parts.events import event, record

ACME = Caller(tenant=TenantId("acme"), actor="x")
OTHER = Caller(tenant=TenantId("other"), actor="x")
START = datetime(2026, 2, 1, tzinfo=UTC)


def at(days: float) -> int:
    return microseconds_of(START + timedelta(days=days))


def test_only_what_tells_of_agents_within_the_days_is_read(database, clock):
    log, facts = SqlEventLog(database, clock), SqlAgentFacts(database)
    record(
        log,
        ACME,
        event("asked", "l", kind="inquiry_sent", occurred_us=at(1), item_id="i"),
        event("contact", "l", kind="agent_contacted", occurred_us=at(2), agent_id="ann", positive=True),
        event("end", "l", kind="outcome_recorded", occurred_us=at(3), positive=False),
        event("view", "l", occurred_us=at(2), item_id="i"),
        event("early", "l", kind="inquiry_sent", occurred_us=at(-1)),
    )
    record(log, OTHER, event("theirs", "l", kind="inquiry_sent", occurred_us=at(1)))
    found = sorted(facts.events(ACME.tenant, START, START + timedelta(days=3)), key=lambda one: one.occurred_us)
    assert [(one.event_id, one.kind, one.agent_id, one.positive) for one in found] == [
        ("asked", "inquiry_sent", "", None),
        ("contact", "agent_contacted", "ann", True),
    ]


def test_segments_are_the_categories_of_stored_leads(database, clock):
    leads, facts = SqlLeadStore(database, clock), SqlAgentFacts(database)
    writes = [LeadWrite(lead=Lead(lead_id=LeadId(name), category=kind)) for name, kind in (("a", "loft"), ("b", ""))]
    leads.upsert(ACME, "r", writes)
    leads.upsert(OTHER, "r", [LeadWrite(lead=Lead(lead_id=LeadId("c"), category="house"))])
    assert facts.segments(ACME.tenant, ["a", "b", "c"]) == {"a": "loft"}
    assert facts.segments(ACME.tenant, []) == {}


def test_an_agent_of_whom_nothing_is_known_has_no_figures_to_show(database, clock):
    reports = AgentReports(SqlAgentFacts(database), clock)
    # Whatever events may call an agent can be asked for.
    insights = reports.insights(ACME, "Ann Ö. <ann@acme.example>", 0)
    assert {figure.comparison.value for figure in insights.figures} == {"not_enough_data"}
    assert not insights.suggestions
    assert insights.end - insights.start == timedelta(days=90)
    for broken in ("", "a\x00", "x" * 129):
        with pytest.raises(InvalidInput):
            reports.insights(ACME, broken, 0)
