"""A log of events in memory: what readers of the log rest on, with ways to make it fail or change between two reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from core.behavior.event_log import LogHead
from core.errors import DependencyDown
from core.event import Event
from core.identifiers import LeadId, TenantId

START_US = 1_772_323_200_000_000
"""2026-03-01 00:00 UTC."""
SECOND_US = 1_000_000


def event(sequence: int, lead_id: str = "ann", kind: str = "item_viewed", **fields) -> Event:
    """Return an event that was recorded as many seconds after the start as its sequence says, and happened then."""
    recorded_us = START_US + sequence * SECOND_US
    return Event(
        **{
            "sequence": sequence,
            "event_id": f"e{sequence}",
            "lead_id": lead_id,
            "kind": kind,
            "occurred_us": recorded_us,
            "recorded_us": recorded_us,
            **fields,
        }
    )


class ListedLog:
    """Implements :class:`core.behavior.event_log.EventReader` for one tenant. Counts reads."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self.events = list(events)
        self.erasures = 0
        self.is_down = False
        self.reads: list[str] = []
        self.after_read: Callable[[], object] | None = None
        """Done once, right after the next read of a lead: what others do meanwhile."""
        self._sequence = len(self.events)

    def record(self, *leads: str, **fields) -> list[Event]:
        """Commit one event of each lead, in one transaction."""
        new = [event(self._sequence + place, lead, **fields) for place, lead in enumerate(leads, 1)]
        self._sequence += len(new)
        self.events += new
        return new

    def erase(self, lead_id: str) -> None:
        self.events = [one for one in self.events if one.lead_id != lead_id]
        self.erasures += 1

    def put_back(self) -> None:
        """Be the log of a backup made before the first event."""
        self.events, self._sequence = [], 0

    def heads(self) -> Mapping[TenantId, LogHead]:
        self._read("heads")
        return {TenantId("acme"): self._head()} if self._sequence else {}

    def head(self, tenant: TenantId) -> LogHead:
        self._read("head")
        return self._head()

    def since(self, tenant: TenantId, sequence: int, limit: int) -> Sequence[Event]:
        self._read("since")
        return [one for one in self.events if one.sequence > sequence][:limit]

    def of_lead(
        self,
        tenant: TenantId,
        lead_id: LeadId,
        *,
        after: int = 0,
        limit: int | None = None,
        newest: bool = False,
    ) -> Sequence[Event]:
        self._read("of_lead")
        found = [one for one in self.events if one.lead_id == lead_id and one.sequence > after]
        found = found[-limit:] if newest and limit else found[:limit]
        if self.after_read is not None:
            act, self.after_read = self.after_read, None
            act()
        return found

    def of_leads(self, tenant: TenantId, lead_ids: Sequence[LeadId], *, until_us: int) -> Iterator[Event]:
        for lead_id in sorted(lead_ids):
            yield from (one for one in self.of_lead(tenant, lead_id) if one.recorded_us < until_us)

    def all(self, tenant: TenantId, *, since_us: int = 0) -> Iterator[Event]:
        yield from (one for one in self.events if one.recorded_us >= since_us)

    def _head(self) -> LogHead:
        return LogHead(self._sequence, START_US + self._sequence * SECOND_US, self.erasures)

    def _read(self, what: str) -> None:
        if self.is_down:
            raise DependencyDown("store")
        self.reads.append(what)
