"""Every feature of every event's moment, live and from the past, side by side."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import DuckDbBackfill
from core.event import Event
from core.features.streams.columns import EventColumns
from core.features.streams.declaration import StreamPlan, Value
from core.features.streams.live import StreamState
from tests.benchmarks.parity.arrivals import Arrivals

SLICE = 8_000
"""Events of whole leads that are compared at once: what bounds the memory of the comparison."""


@dataclass(kw_only=True)
class Parity:
    """What a replay found.

    Attributes:
        rows: Compared: one for each event, as of just before it.
        values: Compared.
        differing: Rows with any value that is not the same to the last bit.
        past_seconds: Of computing all of the past, features included.
        live_seconds: Adding all deliveries.
        examples: Some differing values: (row, feature, live, past).
    """

    rows: int = 0
    values: int = 0
    deliveries: int = 0
    differing: int = 0
    past_seconds: float = 0.0
    live_seconds: float = 0.0
    examples: list[tuple[AsOf, str, Value, Value]]


def compare(plan: StreamPlan, arrivals: Arrivals) -> Parity:
    """Replay a log through both interpreters of a plan."""
    parity = Parity(examples=[])
    backfill = DuckDbBackfill(plan)
    for deliveries in _slices(arrivals.deliveries):
        rows, live = _live(plan, deliveries, parity)
        began = time.perf_counter()
        past = backfill.values(EventColumns.of(deliveries), rows)
        parity.past_seconds += time.perf_counter() - began
        for row, one, other in zip(rows, live, past, strict=True):
            _note(parity, row, one, other)
    return parity


def _live(plan: StreamPlan, deliveries: Sequence[Event], parity: Parity) -> tuple[list[AsOf], list[dict[str, Value]]]:
    """Read each entity just before each of its events, then add the event; what comes again is only added."""
    states: dict[tuple[str, str], StreamState] = {}
    rows, values = [], []
    for event in deliveries:
        item_id = event.item_id if plan.name == "lead_item" else ""
        state = states.setdefault((event.lead_id, item_id), StreamState(plan))
        if event.sequence > state.head:
            rows.append(_just_before(event, item_id))
            values.append(state.values(event.recorded_us))
        began = time.perf_counter()
        state.add(event)
        parity.live_seconds += time.perf_counter() - began
    parity.deliveries += len(deliveries)
    return rows, values


def _just_before(event: Event, item_id: str) -> AsOf:
    return AsOf(lead_id=event.lead_id, item_id=item_id, moment_us=event.recorded_us, up_to_sequence=event.sequence - 1)


def _note(parity: Parity, row: AsOf, live: dict[str, Value], past: dict[str, Value]) -> None:
    parity.rows += 1
    parity.values += len(live)
    # The text of a float is all of it, and tells 0.0 from -0.0, and a number from a truth value.
    differing = [name for name in live.keys() | past.keys() if repr(live.get(name)) != repr(past.get(name))]
    parity.differing += bool(differing)
    parity.examples += [(row, name, live.get(name), past.get(name)) for name in differing][: 5 - len(parity.examples)]


def _slices(deliveries: Sequence[Event]) -> Iterator[list[Event]]:
    """Yield the deliveries of some leads after the other, each in their order."""
    by_lead = defaultdict(list)
    for event in deliveries:
        by_lead[event.lead_id].append(event)
    held: list[Event] = []
    for mine in by_lead.values():
        held += mine
        if len(held) >= SLICE:
            yield held
            held = []
    if held:
        yield held
