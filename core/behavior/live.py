"""What leads have done up to this moment, kept in the memory of this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from core.behavior.event_log import EventReader, LogHead
from core.behavior.footprint import footprint
from core.behavior.lead_history import LeadHistory, LeadSnapshot
from core.behavior.lead_loading import FEW_EVENTS, LeadLoader
from core.behavior.live_entry import EMPTY_SIZE, LiveEntry
from core.behavior.live_leads import LeadsInMemory, LiveLimits
from core.behavior.live_tenant import LiveTenant
from core.behavior.state_store import StateStore
from core.deadline import time_left
from core.errors import DeadlineSpent, DependencyDown, LeadlineError
from core.event import Event
from core.features.streams.declaration import StreamPlan, Value
from core.features.streams.live import StreamState
from core.identifiers import LeadId, TenantId
from core.resilience.patience import tightened

FOLLOW_PAGE = 2_000
FOLLOW_MOST = 5_000
"""Events that are read to keep up; a process that is further behind forgets, and reads lead by lead."""
LONGEST_WAIT_SECONDS = 30.0
"""For another thread that reads the same lead, where no deadline says less."""
LONGEST_CATCH_UP = timedelta(seconds=1)
"""For reading events of a lead that is in memory without them."""
QUICK_READ = timedelta(milliseconds=20)
QUICK_EVENTS = 5_000
"""What an answer that goes without features if need be may spend on a lead that is not in memory."""

FIRST_EVENT_SIZE, EVENT_SIZE = 20_000, 2_000
"""Bytes of a lead with few events, as measured of the plan of leads; large ones are measured themselves."""

_NO_EVENTS = LogHead(0, 0, 0)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadBehavior:
    """The features of a lead at a moment."""

    values: Mapping[str, Value]
    event_count: int
    last_event_us: int | None
    """When the newest event happened; None without events."""
    up_to_sequence: int
    """Of the newest event that went into it; 0 without events."""
    moment_us: int


class LiveLeads:
    """Keeps what was worked out of leads, adds each new event to it, and reads features from it.

    A value is of every event that this process recorded, and of those that others recorded up to the last
    :meth:`refresh`. Leads come into memory when they are first asked for. Safe for threads.

    Args:
        loader: Reads a lead from the store.
        events: The log.
        states: Where copies of large leads go.
        offer: Told which lead is due to be stored, or has events that wait to be added; hands it to :meth:`store`
            later, from another thread.
        limits: How much is kept.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        loader: LeadLoader,
        events: EventReader,
        states: StateStore,
        *,
        offer: Callable[[LiveEntry], object] = lambda _: None,
        limits: LiveLimits | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan: StreamPlan = loader.keeping.plan
        self._loader = loader
        self._events = events
        self._states = states
        self._offer = offer
        self.memory = LeadsInMemory(events.head, limits or LiveLimits(), timer)
        self._nothing = StreamState(self.plan).values(0)
        """Every feature of a lead without events: the same at any moment."""

    def get(self, tenant: TenantId, lead_id: LeadId, moment_us: int) -> LeadBehavior:
        """Return the features of a lead.

        Args:
            tenant: Whose lead it is.
            lead_id: The lead; one that nobody has heard of has no events.
            moment_us: The present, microseconds since 1970 UTC. Where another machine's clock is ahead, the values
                are of the moment its newest event was recorded.

        Raises:
            DependencyDown: If it is not in memory and the store cannot be read.
            DeadlineSpent: If the call has too little time to read it.
        """
        return self.read(tenant, lead_id, lambda history: self._behavior(history, moment_us))

    def try_get(
        self, tenant: TenantId, lead_id: LeadId, moment_us: int, *, within: timedelta = QUICK_READ
    ) -> LeadBehavior | None:
        """Return the features of a lead; None if they cannot be had within a moment, whatever the cause."""
        try:
            with tightened(within):
                return self.read(tenant, lead_id, lambda history: self._behavior(history, moment_us), most=QUICK_EVENTS)
        except (DependencyDown, DeadlineSpent):
            return None

    def read(
        self, tenant: TenantId, lead_id: LeadId, use: Callable[[LeadHistory | None], _T], *, most: int | None = None
    ) -> _T:
        """Return what ``use`` makes of a lead's history, which it must not change or keep.

        Args:
            tenant: Whose lead it is.
            lead_id: The lead.
            use: Called with None for a lead without events. Nobody else reads or changes the lead meanwhile.
            most: Events to read from the store before giving up; None: as long as there is time.

        Raises:
            DependencyDown: If it is not in memory and the store cannot be read.
            DeadlineSpent: If there is too little time to read it.
        """
        entry = self.memory.entry(tenant, lead_id)
        try:
            with _held(entry):
                try:
                    self._bring_up(entry, most)
                except (DependencyDown, DeadlineSpent):
                    if not entry.is_loaded:
                        raise
                return use(entry.history)
        finally:
            self._tend(entry)

    def recorded(self, tenant: TenantId, events: Sequence[Event]) -> None:
        """Take in events that this process has just committed, of one transaction, by sequence. Never waits."""
        known = self.memory.tenant(tenant)
        if known is not None and events:
            self._offer_all(known.recorded(events))

    def refresh(self) -> str | None:
        """Take in what other processes recorded, and let go of what is not needed. Call it a few times a second.

        Raises:
            DependencyDown: If the store cannot be read; the next call catches up.
        """
        self.memory.forget_idle()
        followed = self.memory.tenants()
        heads = self._events.heads() if followed else {}
        for tenant, known in followed:
            self._follow(tenant, known, heads.get(tenant, _NO_EVENTS))
        return None

    def store(self, entries: Sequence[LiveEntry]) -> None:
        """Add what waits, and store copies of the leads that changed much since the last one.

        Raises:
            DependencyDown: If the store cannot be written.
        """
        due: dict[tuple[TenantId, int], list[LiveEntry]] = {}
        for entry in dict.fromkeys(entries):
            due.setdefault((entry.tenant, entry.erasures), []).append(entry)
        for (tenant, erasures), some in due.items():
            snapshots = {entry: found for entry in some if (found := self._snapshot(entry)) is not None}
            if snapshots:
                self._states.save(tenant, list(snapshots.values()), erasures=erasures)
            for entry in snapshots:
                if entry.history is not None:
                    # What was added meanwhile is forgotten with it: the next copy comes a little later.
                    entry.history.unsaved = 0

    def _snapshot(self, entry: LiveEntry) -> LeadSnapshot | None:
        """Add what waits, and return the form to store if that is due."""
        with _held(entry):
            entry.is_queued = False
            if entry.is_loaded:
                self._bring_up(entry, None)
            history = entry.history
            if history is None:
                return None
            snapshot = history.snapshot(entry.lead_id) if history.unsaved >= FEW_EVENTS else None
            if history.added >= 2 * entry.measured:
                self._measure(entry)
                entry.measured = max(FEW_EVENTS, history.added)
            return snapshot

    def _measure(self, entry: LiveEntry) -> None:
        """Measure a large lead, which takes longer than a read may."""
        # What all leads share counts with the first, which is none of them.
        nobody, seen = self._loader.keeping.new(), set[int]()
        footprint(nobody, seen)
        self.memory.resize(entry, footprint(entry, seen))

    def _follow(self, tenant: TenantId, known: LiveTenant, head: LogHead) -> None:
        behind = head.sequence - known.followed
        # A lead was erased, this process slept, or the log is another one, as from a backup.
        if (
            head.erasures != known.erasures
            or behind > FOLLOW_MOST
            or (behind < 0 and self._has_gone_back(tenant, known))
        ):
            self.memory.forget(tenant)
            return
        while known.followed < head.sequence:
            page = self._events.since(tenant, known.followed, FOLLOW_PAGE)
            # The head was read before: up to it there is nothing beyond a page that is not full.
            end = head.sequence if len(page) < FOLLOW_PAGE else None
            self._offer_all(known.follow(page, end=end))

    def _has_gone_back(self, tenant: TenantId, known: LiveTenant) -> bool:
        """Return whether the log ends before what was handed over. Heads that were read before that may."""
        return self._events.head(tenant).sequence < known.followed

    def _bring_up(self, entry: LiveEntry, most: int | None) -> None:
        waiting = entry.take()
        if waiting is None or not entry.is_loaded:
            try:
                # What is in memory can stand in for a store that does not answer, if there is time left to say it.
                with tightened(LONGEST_CATCH_UP) if entry.is_loaded else nullcontext():
                    self._read(entry, most)
            except LeadlineError:
                entry.fall_behind()
                raise
            return
        if waiting and entry.history is None:
            entry.history = self._loader.keeping.new()
        for event in waiting:
            entry.history.add(event)  # type: ignore[union-attr]  # made above, if there is any event

    def _read(self, entry: LiveEntry, most: int | None) -> None:
        is_all = False
        if entry.history is None:
            entry.history, is_all = self._loader.begin(entry.tenant, entry.lead_id)
        if not is_all and entry.history is not None:
            is_all = self._loader.bring_up(entry.tenant, entry.lead_id, entry.history, most=most)
        if not is_all:
            raise DeadlineSpent("the lead has more events than there is time to read")
        entry.is_loaded = True

    def _behavior(self, history: LeadHistory | None, moment_us: int) -> LeadBehavior:
        if history is None:
            return LeadBehavior(
                values=dict(self._nothing), event_count=0, last_event_us=None, up_to_sequence=0, moment_us=moment_us
            )
        reading = history.state.reading(max(moment_us, history.recorded_us))
        return LeadBehavior(
            values=self.plan.values(reading),
            event_count=reading[self.plan.count_name],
            last_event_us=reading[self.plan.last_name],
            up_to_sequence=history.head,
            moment_us=reading.moment_us,
        )

    def _tend(self, entry: LiveEntry) -> None:
        """Have a large lead stored and measured where that is due; of a small one guess the size."""
        history = entry.history
        if history is None:
            return
        is_large = history.is_restored or history.added > FEW_EVENTS
        if history.unsaved >= FEW_EVENTS or (is_large and entry.size == EMPTY_SIZE):
            self._offer_all([entry])
        if not is_large:
            size = FIRST_EVENT_SIZE + EVENT_SIZE * history.added
            if size != entry.size:
                self.memory.resize(entry, size)

    def _offer_all(self, entries: Sequence[LiveEntry]) -> None:
        for entry in entries:
            if not entry.is_queued:
                entry.is_queued = True
                self._offer(entry)


@contextmanager
def _held(entry: LiveEntry) -> Iterator[None]:
    """Hold a lead, which another thread may be reading from the store."""
    left = time_left()
    seconds = LONGEST_WAIT_SECONDS if left is None else min(LONGEST_WAIT_SECONDS, left.total_seconds())
    if not entry.lock.acquire(timeout=seconds):
        raise DeadlineSpent("another call is still reading the same lead")
    try:
        yield
    finally:
        entry.lock.release()
