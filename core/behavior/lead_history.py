"""What is kept in memory of the events of one lead, and the form in which it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.event import Event
from core.features.streams.declaration import StreamPlan
from core.features.streams.live import StateOutdated, StreamState
from core.identifiers import LeadId


class LeadFold(Protocol):
    """Something else that is kept of a lead event by event, for example what recommenders know of it."""

    def add(self, event: Event, /) -> None:
        """Take in an event; each comes once, by sequence."""

    def to_bytes(self) -> bytes:
        """Return a compact form of bounded size."""


class Folds(Protocol):
    """Makes folds."""

    def new(self) -> LeadFold:
        """Return the fold of a lead without events."""

    def restore(self, content: bytes) -> LeadFold:
        """Return the fold that ``to_bytes`` stored.

        Raises:
            StateOutdated: If it is damaged or of another form.
        """


class NoFold:
    """Implements :class:`LeadFold` and :class:`Folds` by keeping nothing."""

    def new(self) -> NoFold:
        """See :class:`Folds`."""
        return self

    def restore(self, content: bytes) -> NoFold:  # noqa: ARG002  a port's names
        """See :class:`Folds`."""
        return self

    def add(self, event: Event, /) -> None:
        """See :class:`LeadFold`."""

    def to_bytes(self) -> bytes:
        """See :class:`LeadFold`."""
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSnapshot:
    """What is kept of a lead, as stored."""

    lead_id: LeadId
    sequence: int
    """Of the newest event in it; every event of the lead up to it is."""
    recorded_us: int
    """When that event was recorded, microseconds since 1970 UTC."""
    plan_hash: str
    state: bytes
    interactions: bytes
    """Of the fold."""


class LeadHistory:
    """Everything that is kept of the events of one lead. Not thread-safe.

    Args:
        state: Sums of the events.
        fold: What else is kept; of the same events.
        recorded_us: When the newest of them was recorded.
        is_restored: Whether it was stored, so that there are more events in it than ``added`` says.

    Attributes:
        added: Events that were added to this object.
        unsaved: Events since it was last stored.
    """

    __slots__ = ("added", "fold", "is_restored", "recorded_us", "state", "unsaved")

    def __init__(self, state: StreamState, fold: LeadFold, recorded_us: int = 0, *, is_restored: bool = False) -> None:
        self.state = state
        self.fold = fold
        self.recorded_us = recorded_us
        self.is_restored = is_restored
        self.added = 0
        self.unsaved = 0

    @property
    def head(self) -> int:
        """Sequence of the newest event in it; every event of the lead up to it is."""
        return self.state.head

    def add(self, event: Event) -> None:
        """Take in the next event; one that is not above the head is in it already."""
        if event.sequence <= self.state.head:
            return
        self.state.add(event)
        self.fold.add(event)
        self.recorded_us = event.recorded_us
        self.added += 1
        self.unsaved += 1

    def snapshot(self, lead_id: LeadId) -> LeadSnapshot:
        """Return the form to store."""
        return LeadSnapshot(
            lead_id=lead_id,
            sequence=self.head,
            recorded_us=self.recorded_us,
            plan_hash=self.state.plan.hash,
            state=self.state.to_bytes(),
            interactions=self.fold.to_bytes(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadKeeping:
    """What is kept of leads: the same wherever their states are stored or read.

    Attributes:
        plan: Sums and features.
        folds: What else.
    """

    plan: StreamPlan
    folds: Folds

    def new(self) -> LeadHistory:
        """Return what is kept of a lead without events."""
        return LeadHistory(StreamState(self.plan), self.folds.new())

    def restore(self, snapshot: LeadSnapshot) -> LeadHistory | None:
        """Return what was stored; None if it is of another plan, or damaged: the log says it all again."""
        if snapshot.plan_hash != self.plan.hash:
            return None
        try:
            state = StreamState.from_bytes(self.plan, snapshot.state)
            fold = self.folds.restore(snapshot.interactions)
        except StateOutdated:
            return None
        return LeadHistory(state, fold, snapshot.recorded_us, is_restored=True)
