"""What a reading must hold, from all events and the definitions alone: slow, and plain enough to be believed."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from core.features.streams.aggregate import Aggregate, Function, Session, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.event import Event
    from core.features.streams.declaration import StreamPlan


def reference(plan: StreamPlan, events: Iterable[Event], moment_us: int) -> dict[str, Any]:
    """Return the aggregates over the events, which are all of one entity, at a moment."""
    counted = [event for event in events if event.item_id or plan.name != "lead_item"]
    return {aggregate.name: _value(aggregate, counted, moment_us) for aggregate in plan.aggregates}


def _value(aggregate: Aggregate, events: Sequence[Event], moment_us: int) -> Any:
    mine = sorted((e for e in events if _counts(aggregate, e, moment_us)), key=lambda e: (e.occurred_us, e.event_id))
    values = [_field(e, aggregate.field) for e in mine]
    if aggregate.function is Function.DECAYED:
        return _decayed(aggregate, mine, moment_us)
    if aggregate.function is Function.SESSIONS:
        return _sessions([e.occurred_us for e in mine], aggregate.gap_us)
    if aggregate.function is Function.STEPS:
        return dict(Counter(e.occurred_us // aggregate.window.step_us for e in mine))
    return _OF_VALUES[aggregate.function](values)


def _counts(aggregate: Aggregate, event: Event, moment_us: int) -> bool:
    window = aggregate.window
    start = (moment_us - window.span_us) // window.step_us * window.step_us if window.span_us else -(2**62)
    return (
        event.occurred_us >= start
        and (not aggregate.kinds or event.kind in aggregate.kinds)
        and (not aggregate.pages or event.page_type in aggregate.pages)
        and (not aggregate.devices or event.device in aggregate.devices)
        and (aggregate.positive is None or event.positive is aggregate.positive)
        and (aggregate.field is None or _field(event, aggregate.field) not in (None, ""))
    )


def _field(event: Event, unit: Unit | None) -> Any:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event.occurred_us)
    if unit is None:
        return 1
    if unit is Unit.PRICE:
        return event.item_price_e4 if event.price_e4 is None else event.price_e4
    times = {
        Unit.HOUR: moment.hour,
        Unit.WEEKDAY: moment.weekday(),
        Unit.MONTH_OF_YEAR: moment.month,
        Unit.DAY: (moment - datetime(1970, 1, 1, tzinfo=UTC)).days,
    }
    return times[unit] if unit in times else getattr(event, unit.value)


def _hash(value: Any) -> int:
    return int.from_bytes(hashlib.md5(str(value).encode(), usedforsecurity=False).digest()[8:], "little")


def _distinct(values: Sequence[Any]) -> float:
    hashes = sorted({_hash(value) for value in values})
    return float(len(hashes)) if len(hashes) <= 256 else 255 * 2**64 / (hashes[255] + 1)


def _histogram(values: Sequence[Any]) -> dict[Any, int]:
    counts = Counter(values)
    places = sorted(counts, key=_hash)[:64]
    others = sum(count for value, count in counts.items() if value not in places)
    return {value: counts[value] for value in places} | ({"": others} if others else {})


_OF_VALUES: dict[Function, Callable[[Sequence[Any]], Any]] = {
    Function.COUNT: len,
    Function.SUM: sum,
    Function.SQUARES: lambda values: sum(value**2 for value in values),
    Function.MIN: lambda values: min(values, default=None),
    Function.MAX: lambda values: max(values, default=None),
    Function.FIRST: lambda values: values[0] if values else None,
    Function.LAST: lambda values: values[-1] if values else None,
    Function.DISTINCT: _distinct,
    Function.HISTOGRAM: _histogram,
}


def _decayed(aggregate: Aggregate, events: Sequence[Event], moment_us: int) -> float:
    """Sum up event by event in fractions, which have no rounding."""
    length_us = aggregate.half_life_us // 64
    now, now_part = divmod(moment_us // length_us, 64)
    weight = [round(2 ** (part / 64) * 2**20) for part in range(64)]
    total = Fraction(0)
    for event in events:
        whole, part = divmod(event.occurred_us // length_us, 64)
        if now - whole <= 40:
            total += Fraction(weight[part] * _field(event, aggregate.field), weight[now_part] * 2 ** (now - whole))
    return float(total)


def _sessions(times: Sequence[int], gap_us: int) -> tuple[Session, ...]:
    groups: list[list[int]] = []
    for time in times:
        if groups and time - groups[-1][-1] < gap_us:
            groups[-1].append(time)
        else:
            groups.append([time])
    return tuple(Session(group[0], group[-1], len(group)) for group in groups)
