"""The month that learning features look at, and the rule for leads of which there is little to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.behavior.counted import MONTH_KINDS
from core.behavior.measures import once
from core.event import EventKind
from core.features.streams.aggregate import Aggregate, Function
from core.features.streams.declaration import Reading, StreamFeature, Value
from core.features.streams.window import MONTH

LOOKBACK = MONTH
MINIMUM_EVENTS = 5
"""With fewer events in the lookback a lead is sparse: counts and times since are given, everything else, which would be
read out of two or three events, has its default."""


@once
def events_of(reading: Reading) -> int:
    """Return the number of events in the lookback."""
    return sum(reading[MONTH_KINDS.name].values())


def counting(*kinds: EventKind) -> Callable[[Reading], int]:
    """Return what counts the events of some kinds in the lookback."""
    # Plain text is found faster in a dict than a member of an enum.
    names = [kind.value for kind in kinds]

    def count_of(reading: Reading) -> int:
        held = reading.aggregates[MONTH_KINDS.name]
        count = 0
        for name in names:
            if name in held:
                count += held[name]
        return count

    return count_of


def recent(name: str, function: Function, **more: Any) -> Aggregate:
    """Declare an aggregate over the lookback."""
    return Aggregate(name=f"{name}_{LOOKBACK.name}", function=function, window=LOOKBACK, **more)


def learned(
    family: str,
    name: str,
    description: str,
    compute: Callable[[Reading], Value],
    *,
    given_when_sparse: bool = False,
    **more: Any,
) -> StreamFeature:
    """Declare a feature of the learning engine.

    Args:
        family: The extractor.
        name: Of the feature.
        description: What it is, and its range.
        compute: Of a lead with enough events; None for the default.
        given_when_sparse: Also computed for leads below :data:`MINIMUM_EVENTS`: counts, and times since.
        more: See :class:`core.features.streams.declaration.StreamFeature`.
    """

    def unless_sparse(reading: Reading) -> Value:
        return compute(reading) if events_of(reading) >= MINIMUM_EVENTS else None

    return StreamFeature(
        name=name,
        family=family,
        description=description,
        compute=compute if given_when_sparse else unless_sparse,
        window=LOOKBACK.name,
        # Nothing that old can be within the lookback, whose first step may reach further back than its span.
        ttl_us=LOOKBACK.span_us + LOOKBACK.step_us,
        **more,
    )
