"""Reads a lead's events and says what changed."""

from __future__ import annotations

from core.access.ownership import check_own
from core.behavior.event_log import EventReader
from core.caller import Caller
from core.identifiers import LeadId, check_identifier
from core.ports import LeadLookup
from core.recommend.wishes.drift import MOST_EVENTS, PreferenceDrift, preference_drift


class DriftReports:
    """Says how the wishes of leads change.

    Args:
        events: The log.
        leads: Says whose a lead is.
    """

    def __init__(self, events: EventReader, leads: LeadLookup) -> None:
        self._events = events
        self._leads = leads

    def drift(self, caller: Caller, lead_id: str) -> PreferenceDrift:
        """Look at the newest events of a lead.

        Raises:
            InvalidInput: If ``lead_id`` is no id.
            NotFound: If the lead is another seller's.
        """
        name = LeadId(check_identifier(lead_id, "lead_id"))
        check_own(caller, self._leads, name)
        return preference_drift(name, self._events.of_lead(caller.tenant, name, limit=MOST_EVENTS, newest=True))
