"""The features of a lead and an item at this moment: what is stored, and the events since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import DeadlineSpent, DependencyDown, LeadlineError
from core.features.streams.declaration import StreamPlan, Value
from core.features.streams.live import StreamState
from core.identifiers import TenantId
from core.interactions.pair_values import bring_up, restored
from core.interactions.plan import INTERACTION_PLAN
from core.interactions.store import InteractionStore, Pair, StoredPair


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFeatures:
    """The features of a lead and an item at a moment."""

    pair: Pair
    values: Mapping[str, Value]
    event_count: int
    last_event_us: int | None
    """When the newest event happened; None without events."""
    up_to_sequence: int
    """Of the newest event that went into it; 0 without events."""
    moment_us: int


class InteractionReader:
    """Reads pairs, exact to the newest event, however far a worker has come.

    Args:
        store: Where pairs are kept.
        plan: Sums and features.
    """

    def __init__(self, store: InteractionStore, plan: StreamPlan = INTERACTION_PLAN) -> None:
        self.plan = plan
        self._store = store

    def get(self, tenant: TenantId, pair: Pair, moment_us: int) -> PairFeatures:
        """Return the features of a pair.

        Args:
            tenant: Whose.
            pair: One that nobody has heard of has no events.
            moment_us: The present, microseconds since 1970 UTC; as in :meth:`core.behavior.live.LiveLeads.get`.

        Raises:
            DependencyDown: If the store cannot be read.
            DeadlineSpent: If the call has too little time to.
        """
        return self._read(tenant, pair, self._store.pairs(tenant, [pair]).get(pair), moment_us)

    def get_many(self, tenant: TenantId, pairs: Sequence[Pair], moment_us: int) -> list[PairFeatures | LeadlineError]:
        """Return the features of each pair, or why there are none.

        Raises:
            DependencyDown: If the store cannot be read at all.
        """
        stored = self._store.pairs(tenant, pairs)
        found: list[PairFeatures | LeadlineError] = []
        for pair in pairs:
            try:
                found.append(self._read(tenant, pair, stored.get(pair), moment_us))
            except (DependencyDown, DeadlineSpent) as problem:
                found.append(problem)
        return found

    def _read(self, tenant: TenantId, pair: Pair, stored: StoredPair | None, moment_us: int) -> PairFeatures:
        state = restored(self.plan, stored) or StreamState(self.plan)
        newest_us = bring_up(self._store, tenant, pair, state)
        # No event in it was recorded later, whatever the clocks of other machines say.
        reading = state.reading(max(moment_us, newest_us, 0 if stored is None else stored.moment_us))
        return PairFeatures(
            pair=pair,
            values=self.plan.values(reading),
            event_count=reading[self.plan.count_name],
            last_event_us=reading[self.plan.last_name],
            up_to_sequence=state.head,
            moment_us=reading.moment_us,
        )
