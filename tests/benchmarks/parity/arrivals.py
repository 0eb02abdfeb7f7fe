"""How events arrive: as they happened, or some of them late and some of them twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from core.event import Event
from core.features.streams.window import HOUR_US

LATE_SHARE = 0.05
TWICE_SHARE = 0.05
LATEST_US = 48 * HOUR_US


@dataclass(frozen=True)
class Arrivals:
    """A log of events, and what was delivered of it.

    Attributes:
        events: As recorded, in the order of their sequence.
        deliveries: What the readers of the log get: the same, some of it again later on.
    """

    events: Sequence[Event]
    deliveries: Sequence[Event]


def on_time(sent: Iterable[Event]) -> Arrivals:
    """Return a log in which each event was recorded when it happened."""
    events = _recorded(sent)
    return Arrivals(events, events)


def late_and_twice(sent: Iterable[Event], seed: int = 1) -> Arrivals:
    """Return a log with one event in twenty recorded 1 to 48 hours late, and as many delivered a second time."""
    random = Random(seed)
    delayed = (
        one._replace(recorded_us=one.occurred_us + random.randint(HOUR_US, LATEST_US))
        if random.random() < LATE_SHARE
        else one
        for one in sent
    )
    events = _recorded(delayed)
    deliveries = []
    for event in events:
        deliveries.append(event)
        if random.random() < TWICE_SHARE:
            deliveries.append(events[max(0, event.sequence - random.randint(1, 500))])
    return Arrivals(events, deliveries)


def _recorded(sent: Iterable[Event]) -> list[Event]:
    """Number events in the order in which they were recorded."""
    ordered = sorted(sent, key=lambda event: event.recorded_us)
    return [event._replace(sequence=number) for number, event in zip(count(1), ordered, strict=False)]
