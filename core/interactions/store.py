"""Where features of a lead and an item are kept, as the domain sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from core.event import Event
from core.features.streams.declaration import Value
from core.identifiers import LeadId, TenantId


class Pair(NamedTuple):
    """A lead and an item."""

    lead_id: LeadId
    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPair:
    """The sums of a pair, as stored."""

    sequence: int
    """Of the newest event in them; every event of the pair up to it is."""
    plan_hash: str
    moment_us: int
    """The moment its stored features are of: no event in it was recorded later."""
    state: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A pair to store."""

    pair: Pair
    stored: StoredPair
    values: Mapping[str, Value]
    """Features by name, at ``stored.moment_us``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlace:
    """Up to where the log was worked through, as a worker found it: what it writes must rest on nothing else."""

    sequence: int
    plan_hash: str
    """Of the plan it was worked through by; "" before the first time."""
    erasures: int
    """How often a lead had been erased."""


class InteractionStore(Protocol):
    """Keeps pairs, and how far the log was worked through."""

    def place(self, tenant: TenantId) -> LogPlace:
        """Return up to where the log was worked through."""

    def pairs(self, tenant: TenantId, pairs: Collection[Pair]) -> Mapping[Pair, StoredPair]:
        """Return those of the pairs that are stored."""

    def pair_events(self, tenant: TenantId, pair: Pair, *, after: int, limit: int) -> Sequence[Event]:
        """Return the oldest events of a pair above a sequence, up to ``limit``."""

    def upsert(
        self, tenant: TenantId, rows: Sequence[PairRow], *, found: LogPlace, reached: LogPlace | None = None
    ) -> bool:
        """Store pairs, all or none; one that is stored up to a later event by the same plan stays as it is.

        Args:
            tenant: Whose they are.
            rows: Each pair once, at most 500; may be none.
            found: The place before any of the events was read.
            reached: Where to put the place, in the same transaction; None leaves it.

        Returns:
            Whether they were stored; not if the place has moved or a lead was erased since: then start anew.
        """
