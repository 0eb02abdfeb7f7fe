"""Leads that are asked for by their id: from the store, or while it is down from a copy, and then marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.access.ownership import visible
from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown, NotFound
from core.identifiers import LeadId, TenantId
from core.lead import Lead, StoredLead
from core.ports import Clock, LeadLookup
from core.resilience.patience import tightened
from core.scoring.result import ScoreWarning

LONGEST_READ = timedelta(seconds=2)
"""Most time for a read that a copy could stand in for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLead:
    """A lead to score, with what the caller should know of it."""

    lead: Lead
    warnings: tuple[ScoreWarning, ...] = ()
    is_stored: bool = False
    """Whether it was read from the store, and so is one the caller may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCopy:
    """A stored lead as it was."""

    stored: StoredLead
    seen_time: datetime
    """When it was last known to be the newest revision."""


class LeadCopies(Protocol):
    """Keeps copies of stored leads for the time of an outage."""

    def remember(self, tenant: TenantId, stored: StoredLead) -> None:
        """Keep what was read just now; returns at once."""

    def recall(self, tenant: TenantId, lead_id: LeadId) -> LeadCopy | None:
        """Return the copy of a lead, None without one."""

    def forget(self, tenant: TenantId, lead_id: LeadId) -> None:
        """Let go of the copy of a lead that was changed or removed."""


class NoCopies:
    """Implements :class:`LeadCopies` by keeping nothing."""

    def remember(self, tenant: TenantId, stored: StoredLead) -> None:
        """See :class:`LeadCopies`."""

    def recall(self, tenant: TenantId, lead_id: LeadId) -> LeadCopy | None:  # noqa: ARG002  a port's names
        """See :class:`LeadCopies`."""
        return None

    def forget(self, tenant: TenantId, lead_id: LeadId) -> None:
        """See :class:`LeadCopies`."""


class LeadReader:
    """Reads the stored leads of one call. Where the store failed once, the rest of the call does not wait for it.

    Args:
        caller: Who asks.
        leads: The store; always asked first.
        copies: What stands in for it.
        clock: The present moment.
    """

    def __init__(self, caller: Caller, leads: LeadLookup, copies: LeadCopies, clock: Clock) -> None:
        self._caller = caller
        self._leads = leads
        self._copies = copies
        self._clock = clock
        self._failure: DependencyDown | DeadlineSpent | None = None

    def find(self, lead_id: LeadId) -> KnownLead:
        """Return a stored lead.

        Raises:
            NotFound: If the tenant has no such lead, or the caller may not see it.
            DependencyDown, DeadlineSpent: If the store cannot be read and there is no copy.
        """
        if self._failure is None:
            try:
                return KnownLead(lead=self._read(lead_id).lead, is_stored=True)
            except (DependencyDown, DeadlineSpent) as failure:
                self._failure = failure
        copy = self._copies.recall(self._caller.tenant, lead_id)
        if copy is None:
            raise self._failure
        lead = visible(self._caller, copy.stored).lead
        return KnownLead(lead=lead, warnings=(_stale(self._clock() - copy.seen_time),), is_stored=True)

    def _read(self, lead_id: LeadId) -> StoredLead:
        try:
            with tightened(LONGEST_READ):
                stored = self._leads.get(self._caller.tenant, lead_id)
        except NotFound:
            self._copies.forget(self._caller.tenant, lead_id)
            raise
        self._copies.remember(self._caller.tenant, stored)
        return visible(self._caller, stored)


def _stale(age: timedelta) -> ScoreWarning:
    seconds = max(0, round(age.total_seconds()))
    message = f"The store is down; the lead was scored as it was stored {seconds} s ago."
    return ScoreWarning(code="STALE_LEAD", message=message)
