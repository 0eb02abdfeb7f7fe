"""From what was added up to what a reading holds: the last step, the same for live values and for the past.

Whoever adds up hands in, for one aggregate and the events within its window that pass its filter (and have its field,
where it names one), this raw partial result:

====================  ================================================================================================
COUNT, SUM, SQUARES   int; 0 without events
MIN, MAX              int, or None without events
FIRST, LAST           the field's value at the first or last event by (occurred_us, event_id); None without events
DISTINCT              different hashes (``hashing.hash_of``) of the values, in any order, each once: at least the
                      ``DISTINCT_KEPT`` smallest of them, or all if there are fewer
HISTOGRAM             mapping from value to its events: at least the ``HISTOGRAM_KEYS`` values with the smallest hashes,
                      and under ``""`` the events of all that are left out; ``""`` may be absent if none are
DECAYED               mapping from whole number of half-lives to the sum of weight times value (``decay``)
SESSIONS              sessions, oldest first
STEPS                 mapping from the number of the step to its events
====================  ================================================================================================

An order by event_id is the order of its UTF-8 bytes. Equal hashes (never seen) are ordered by the value's text in a
histogram, and are one value to a DISTINCT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core.features.streams.aggregate import HISTOGRAM_KEYS, SKETCH_SIZE, Aggregate, Function, Session
from core.features.streams.decay import decayed
from core.features.streams.hashing import HASH_SPAN, hash_of

DISTINCT_KEPT = SKETCH_SIZE + 1
"""One hash more than the estimate needs: only so can 256 values be told from more."""
OTHERS = ""
"""Key of a histogram for all values without a place of their own."""

Partial = Any
"""One of the raw partial results above."""


def finish(aggregate: Aggregate, partial: Partial, moment_us: int) -> Any:
    """Return what a reading at ``moment_us`` holds for an aggregate; the argument is not changed."""
    if aggregate.function is Function.DECAYED:
        return decayed(partial, moment_us, aggregate.half_life_us)
    end = FINISHES.get(aggregate.function)
    return partial if end is None else end(partial)


def distinct_count(hashes: Iterable[int]) -> float:
    """Return the number of different values: exact up to ``SKETCH_SIZE``, above that by k minimum values.

    Bar-Yossef et al. 2002, section 2: (k - 1) / (k-th smallest hash, scaled to (0, 1]).
    """
    smallest = sorted(hashes)
    if len(smallest) <= SKETCH_SIZE:
        return float(len(smallest))
    return estimate(smallest[SKETCH_SIZE - 1])


def estimate(bar: int) -> float:
    """Return the estimated number of different values where ``bar`` is the ``SKETCH_SIZE``-th smallest hash."""
    return (SKETCH_SIZE - 1) * HASH_SPAN / (bar + 1)


def histogram(counts: Mapping[str | int, int]) -> dict[str | int, int]:
    """Return a histogram with at most ``HISTOGRAM_KEYS`` places, keys rising, ``OTHERS`` last and only if needed."""
    places = sorted(key for key, count in counts.items() if key != OTHERS and count)
    if len(places) > HISTOGRAM_KEYS:
        places = sorted(sorted(places, key=by_hash)[:HISTOGRAM_KEYS])
    capped = {key: counts[key] for key in places}
    others = sum(counts.values()) - sum(capped.values())
    return {**capped, OTHERS: others} if others else capped


def by_hash(value: str | int) -> tuple[int, str]:
    """Return what decides which values of a histogram have a place: the smaller, the sooner."""
    return hash_of(value), str(value)


def steps(counts: Mapping[int, int]) -> dict[int, int]:
    """Return the events of each step that has any, oldest first."""
    return {step: counts[step] for step in sorted(counts) if counts[step]}


def sessions(parts: Iterable[Session]) -> tuple[Session, ...]:
    """Return the sessions as a reading holds them."""
    return tuple(parts)


FINISHES: Mapping[Function, Callable[[Any], Any]] = {
    Function.DISTINCT: distinct_count,
    Function.HISTOGRAM: histogram,
    Function.SESSIONS: sessions,
    Function.STEPS: steps,
}
"""By function, where the raw result is not yet the value; DECAYED needs the moment too."""
