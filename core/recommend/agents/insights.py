"""Insights on one agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.behavior.recording import check_agent_id
from core.caller import Caller
from core.errors import InvalidInput
from core.ports import Clock
from core.recommend.agents.coaching import Suggestion, suggestions_of
from core.recommend.agents.facts import AgentFacts, lead_facts
from core.recommend.agents.figure import Figure

DEFAULT_DAYS = 90
MOST_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentInsights:
    """How an agent does."""

    agent_id: str
    start: datetime
    end: datetime
    figures: Sequence[Figure]
    suggestions: Sequence[Suggestion]


class AgentReports:
    """Says what agents do well and where coaching would help.

    Args:
        facts: What happened with leads.
        clock: The present moment.
    """

    def __init__(self, facts: AgentFacts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock

    def insights(self, caller: Caller, agent_id: str, days: int) -> AgentInsights:
        """Return the figures of the last days, 0 for 90.

        Raises:
            InvalidInput: If ``days`` or ``agent_id`` cannot be used.
        """
        from core.recommend.agents.figures import figures_of  # noqa: PLC0415 - it loads scipy

        check_agent_id(agent_id)
        if not 0 <= days <= MOST_DAYS:
            raise InvalidInput.of("days", f"must be 1 to {MOST_DAYS}, or 0 for {DEFAULT_DAYS}")
        end = self._clock()
        start = end - timedelta(days=days or DEFAULT_DAYS)
        events = list(self._facts.events(caller.tenant, start, end))
        segments = self._facts.segments(caller.tenant, sorted({event.lead_id for event in events}))
        leads = lead_facts(events, segments)
        figures = figures_of(agent_id, leads)
        suggestions = suggestions_of(agent_id, figures, leads)
        return AgentInsights(agent_id=agent_id, start=start, end=end, figures=figures, suggestions=suggestions)
