"""What the server tells of agents, and of how the wishes of leads change."""

from __future__ import annotations

from dataclasses import dataclass

from core.adapters.sql.agent_facts import SqlAgentFacts
from core.adapters.sql.database import Database
from core.behavior.event_log import EventReader
from core.ports import Clock, LeadLookup
from core.recommend.agents.insights import AgentReports
from core.recommend.wishes.reports import DriftReports


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """The use cases."""

    agents: AgentReports
    wishes: DriftReports


def build_insights(database: Database, events: EventReader, leads: LeadLookup, clock: Clock) -> Insights:
    """Put it together. Nothing connects yet."""
    return Insights(agents=AgentReports(SqlAgentFacts(database), clock), wishes=DriftReports(events, leads))
