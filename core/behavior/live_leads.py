"""The leads in memory: found by tenant and lead, bounded in number, let go when nobody asks for them."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.behavior.event_log import LogHead
from core.behavior.live_entry import LiveEntry
from core.behavior.live_tenant import LiveTenant
from core.identifiers import LeadId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLimits:
    """How much is kept in memory.

    Attributes:
        leads: Most leads, over all tenants.
        size: About how many bytes they may take.
        idle: A lead nobody asked for in this time is let go.
    """

    leads: int = 20_000
    size: int = 1_000_000_000
    idle: timedelta = timedelta(hours=1)


class LeadsInMemory:
    """Leads by tenant, those asked for last kept longest.

    Args:
        head: Reads how far a tenant's log has come.
        limits: How much is kept.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        head: Callable[[TenantId], LogHead],
        limits: LiveLimits,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._head = head
        self._limits = limits
        self._timer = timer
        self._lock = threading.Lock()
        self._tenants: dict[TenantId, LiveTenant] = {}
        self._size = 0
        self._by_use: OrderedDict[tuple[TenantId, LeadId], LiveEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_use)

    @property
    def size(self) -> int:
        """About how many bytes the leads take."""
        return self._size

    def tenant(self, tenant: TenantId) -> LiveTenant | None:
        """Return the leads of a tenant, None if none was asked for."""
        return self._tenants.get(tenant)

    def tenants(self) -> list[tuple[TenantId, LiveTenant]]:
        """Return the tenants that have leads in memory."""
        with self._lock:
            return list(self._tenants.items())

    def entries(self) -> list[LiveEntry]:
        """Return all leads, those asked for last at the end."""
        with self._lock:
            return list(self._by_use.values())

    def entry(self, tenant: TenantId, lead_id: LeadId) -> LiveEntry:
        """Return a lead, a new entry if it is not in memory.

        Raises:
            DependencyDown: If it is the tenant's first and the store cannot be read.
        """
        # Its head is read before the entry is made, and without the lock: whoever waits for the store holds up nobody.
        fresh = self._tenants.get(tenant) or LiveTenant(self._head(tenant))
        with self._lock:
            mine = self._tenants.setdefault(tenant, fresh)
            entry = mine.entries.get(lead_id)
            if entry is None:
                entry = LiveEntry(tenant, lead_id, mine.erasures, self._timer())
                mine.entries[lead_id] = self._by_use[tenant, lead_id] = entry
                self._size += entry.size
                self._let_go_of_most()
            else:
                entry.used = self._timer()
                self._by_use.move_to_end((tenant, lead_id))
            return entry

    def resize(self, entry: LiveEntry, size: int) -> None:
        """Note how many bytes a lead takes now; others are let go if that is too much."""
        with self._lock:
            if self._by_use.get((entry.tenant, entry.lead_id)) is not entry:
                return
            self._size += size - entry.size
            entry.size = size
            self._let_go_of_most()

    def forget(self, tenant: TenantId) -> None:
        """Let go of every lead of a tenant, and of how far its log was followed."""
        with self._lock:
            mine = self._tenants.pop(tenant, None)
            if mine is None:
                return
            for lead_id in mine.entries:
                self._size -= self._by_use.pop((tenant, lead_id)).size
            mine.entries = {}

    def forget_idle(self) -> None:
        """Let go of what nobody has asked for in a while."""
        eldest = self._timer() - self._limits.idle.total_seconds()
        with self._lock:
            while self._by_use and next(iter(self._by_use.values())).used < eldest:
                self._let_go_of_one()

    def _let_go_of_most(self) -> None:
        """The lead asked for last stays, however large it is."""
        limits = self._limits
        while len(self._by_use) > 1 and (len(self._by_use) > limits.leads or self._size > limits.size):
            self._let_go_of_one()

    def _let_go_of_one(self) -> None:
        (tenant, lead_id), entry = self._by_use.popitem(last=False)
        self._size -= entry.size
        mine = self._tenants[tenant]
        del mine.entries[lead_id]
        if not mine.entries:
            del self._tenants[tenant]
