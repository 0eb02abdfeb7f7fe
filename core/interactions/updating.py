"""Keeps the stored features of leads and items up with the log, event by event, each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.behavior.event_log import EventReader
from core.errors import InvalidInput
from core.event import Event
from core.features.streams.declaration import StreamPlan
from core.features.streams.live import StreamState
from core.identifiers import LeadId, TenantId
from core.interactions.pair_values import bring_up, restored
from core.interactions.plan import INTERACTION_PLAN
from core.interactions.store import InteractionStore, LogPlace, Pair, PairRow, StoredPair

PAGE = 5_000
"""Events that are read at once."""
PAIRS_AT_ONCE = 300
LEAST_AT_ONCE, MOST_AT_ONCE = 100, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReport:
    """What one run did."""

    events: int
    """Events that were worked through, those without an item as well."""
    pairs: int
    """Rows that were written; a pair counts once for each page of the log that it is in."""
    up_to_sequence: int
    """Up to where the log is worked through now."""
    is_done: bool
    """Whether that was its end. If not, another worker goes on, or a lead was erased meanwhile, or the run was to be
    short: the next run goes on."""


class InteractionUpdates:
    """Works through the log in pages; of each, the pairs in batches.

    A row holds the sums of all events of its pair up to the sequence it names, so applying a page twice changes
    nothing. The place in the log moves in the transaction of a page's last batch: a worker that is killed anywhere
    leaves batches that the next one finds done, and a page that it begins again. Two workers at once do no harm: only
    one of them moves the place, and the other one stops. Where the plan has changed, the log is worked through from
    its beginning, and each row begins anew with the first event of its pair.

    Args:
        events: The log.
        store: Where rows are kept.
        plan: Sums and features.
        pairs_at_once: Rows of one statement, 100 to 500.

    Raises:
        InvalidInput: If ``pairs_at_once`` is not.
    """

    def __init__(
        self,
        events: EventReader,
        store: InteractionStore,
        plan: StreamPlan = INTERACTION_PLAN,
        *,
        pairs_at_once: int = PAIRS_AT_ONCE,
    ) -> None:
        if not LEAST_AT_ONCE <= pairs_at_once <= MOST_AT_ONCE:
            raise InvalidInput.of("pairs_at_once", f"must be {LEAST_AT_ONCE} to {MOST_AT_ONCE}")
        self._events = events
        self._store = store
        self._plan = plan
        self._pairs_at_once = pairs_at_once

    def run(self, tenant: TenantId, now_us: int, *, go_on: Callable[[], bool] = lambda: True) -> UpdateReport:
        """Bring the rows of a tenant up to the end of the log.

        Args:
            tenant: Whose.
            now_us: The present, microseconds since 1970 UTC: the moment the features are of, or where a clock is
                behind, that of the newest event.
            go_on: Asked before each page.

        Raises:
            DependencyDown: If the store does not work. What was written stays, and the next run goes on.
        """
        events = pairs = 0
        place, is_done = self._begin(tenant), False
        while place is not None and not is_done and go_on():
            page = self._events.since(tenant, place.sequence, PAGE)
            written = self._apply(tenant, page, place, now_us)
            if written is None:
                break
            events, pairs = events + len(page), pairs + written
            place, is_done = self._mine(self._store.place(tenant)), len(page) < PAGE
        return UpdateReport(
            events=events, pairs=pairs, up_to_sequence=0 if place is None else place.sequence, is_done=is_done
        )

    def _begin(self, tenant: TenantId) -> LogPlace | None:
        """Return where to go on, the beginning where the plan has changed; None if another worker was quicker."""
        found = self._store.place(tenant)
        if self._mine(found) is None:
            reached = replace(found, sequence=0, plan_hash=self._plan.hash)
            self._store.upsert(tenant, (), found=found, reached=reached)
            found = self._store.place(tenant)
        return self._mine(found)

    def _mine(self, place: LogPlace) -> LogPlace | None:
        """Return the place if it is of this worker's plan, None otherwise."""
        return place if place.plan_hash == self._plan.hash else None

    def _apply(self, tenant: TenantId, page: Sequence[Event], found: LogPlace, now_us: int) -> int | None:
        """Apply a page; return how many rows were written, None if it has to be begun again."""
        if not page:
            return 0
        reached = replace(found, sequence=page[-1].sequence)
        batches = list(self._batches(_by_pair(page)))
        written = 0
        for number, batch in enumerate(batches, 1):
            rows = self._rows(tenant, batch, now_us)
            is_last = number == len(batches)
            if not self._store.upsert(tenant, rows, found=found, reached=reached if is_last else None):
                return None
            written += len(rows)
        if not batches and not self._store.upsert(tenant, (), found=found, reached=reached):
            return None
        return written

    def _rows(self, tenant: TenantId, batch: Mapping[Pair, Sequence[Event]], now_us: int) -> list[PairRow]:
        stored = self._store.pairs(tenant, batch.keys())
        rows = (self._row(tenant, pair, stored.get(pair), events, now_us) for pair, events in batch.items())
        return [row for row in rows if row is not None]

    def _row(
        self, tenant: TenantId, pair: Pair, stored: StoredPair | None, events: Sequence[Event], now_us: int
    ) -> PairRow | None:
        """Return the row with the events in it, None if they are in it already."""
        is_mine = stored is not None and stored.plan_hash == self._plan.hash
        state, newest_us = restored(self._plan, stored), events[-1].recorded_us
        if state is None:
            state = StreamState(self._plan)
            if is_mine:
                # Damaged: what it held came with pages before this one.
                newest_us = max(newest_us, bring_up(self._store, tenant, pair, state))
        elif state.head >= events[-1].sequence:
            return None
        for event in events:
            state.add(event)
        moment_us = max(now_us, newest_us)
        values = state.values(moment_us)
        kept = StoredPair(sequence=state.head, plan_hash=self._plan.hash, moment_us=moment_us, state=state.to_bytes())
        return PairRow(pair=pair, stored=kept, values=values)

    def _batches(self, pairs: Mapping[Pair, list[Event]]) -> Iterator[Mapping[Pair, list[Event]]]:
        # In order of their keys: transactions that meet take rows in one order.
        keys = sorted(pairs)
        for start in range(0, len(keys), self._pairs_at_once):
            yield {pair: pairs[pair] for pair in keys[start : start + self._pairs_at_once]}


def _by_pair(events: Sequence[Event]) -> dict[Pair, list[Event]]:
    pairs: dict[Pair, list[Event]] = {}
    for event in events:
        if event.item_id:
            pairs.setdefault(Pair(LeadId(event.lead_id), event.item_id), []).append(event)
    return pairs
