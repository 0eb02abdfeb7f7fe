"""Session: how long, how regular and how alike a lead's sessions of the last 30 days are.

Everything but their number is of the newest 100 of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter, sub
from typing import NamedTuple

from core.behavior.learning.lookback import learned, recent
from core.behavior.measures import balance, once, steadiness
from core.features.streams.aggregate import Aggregate, Function, Session
from core.features.streams.declaration import Reading, StreamFeature, Value
from core.features.streams.window import DAY_US, HOUR_US, MINUTE_US

FAMILY = "session"
GAP_US = 30 * MINUTE_US
"""Half an hour without an event ends a session, as web analytics have it."""
NEWEST = 100
"""Sessions that are looked at, the newest of the lookback, so that a read takes no longer for who never stops."""
_START, _END, _COUNT = attrgetter("start_us"), attrgetter("end_us"), attrgetter("event_count")
_feature = partial(learned, FAMILY)
_FEWEST_FOR_TREND = 2
_FEWEST_FOR_REGULARITY = 3


class _Held(NamedTuple):
    """The newest sessions of the lookback, oldest first."""

    lengths_us: list[int]
    actions: list[int]
    pauses_us: list[int]
    """From the end of a session to the beginning of the next."""


def sessions() -> tuple[tuple[Aggregate, ...], tuple[StreamFeature, ...]]:
    """Return the aggregates and the features of the family."""
    aggregate = recent("short_sessions", Function.SESSIONS, gap_us=GAP_US)
    return (aggregate,), (*_lengths(), *_actions(), *_across())


def _lengths() -> tuple[StreamFeature, ...]:
    minutes = partial(_feature, unit="minutes")
    return (
        _feature(
            "session_count",
            "Sessions, which end after 30 minutes without an event; at least 0.",
            lambda reading: float(len(reading["short_sessions_30d"])),
            given_when_sparse=True,
            default=0.0,
        ),
        minutes(
            "session_length_avg_minutes",
            "Mean minutes from a session's first to its last event; at least 0.",
            _of(lambda held: sum(held.lengths_us) / (len(held.lengths_us) * MINUTE_US)),
        ),
        minutes(
            "session_length_max_minutes",
            "Longest session; at least 0.",
            _of(lambda held: max(held.lengths_us) / MINUTE_US),
        ),
        minutes(
            "session_length_last_minutes",
            "Length of the newest session so far; at least 0.",
            _of(lambda held: held.lengths_us[-1] / MINUTE_US),
        ),
    )


def _actions() -> tuple[StreamFeature, ...]:
    share = partial(_feature, unit="share")
    return (
        _feature(
            "session_actions_avg",
            "Mean number of events in a session; at least 1.",
            _of(lambda held: sum(held.actions) / len(held.actions)),
        ),
        share(
            "session_consistency",
            "1 / (1 + coefficient of variation) of events per session, of two sessions or more; above 0 to 1 (alike).",
            _of(lambda held: steadiness(held.actions)),
        ),
        share(
            "single_action_session_ratio",
            "Share of sessions with one event only; 0 to 1.",
            _of(lambda held: held.actions.count(1) / len(held.actions)),
        ),
        _feature(
            "session_depth_trend",
            "(n - o) / (n + o) of the mean events per session in the newer half n and the older half o; -1 to 1.",
            _of(_depth_trend),
            unit="number",
        ),
    )


def _across() -> tuple[StreamFeature, ...]:
    share = partial(_feature, unit="share")
    return (
        _feature(
            "session_pause_avg_hours",
            "Mean hours from the end of a session to the beginning of the next; at least 0.5.",
            _of(lambda held: sum(held.pauses_us) / (len(held.pauses_us) * HOUR_US) if held.pauses_us else None),
            unit="hours",
        ),
        share(
            "session_regularity",
            "1 / (1 + coefficient of variation) of the pauses between sessions, of three sessions or more; above 0 to "
            "1 (like clockwork).",
            _of(lambda held: steadiness(held.pauses_us) if len(held.actions) >= _FEWEST_FOR_REGULARITY else None),
        ),
        share(
            "session_return_rate",
            "Share of sessions, but the newest, after which the lead was back within 24 hours; 0 to 1.",
            _of(_return_rate),
        ),
    )


@once
def _held(reading: Reading) -> _Held:
    found: tuple[Session, ...] = reading["short_sessions_30d"][-NEWEST:]
    # Map with operators is several times faster than a comprehension.
    starts, ends = list(map(_START, found)), list(map(_END, found))
    return _Held(list(map(sub, ends, starts)), list(map(_COUNT, found)), list(map(sub, starts[1:], ends)))


def _of(compute: Callable[[_Held], Value]) -> Callable[[Reading], Value]:
    """Return the computation over the sessions of a reading, None where there are none."""
    return lambda reading: compute(held) if (held := _held(reading)).actions else None


def _depth_trend(held: _Held) -> Value:
    count = len(held.actions)
    if count < _FEWEST_FOR_TREND:
        return None
    half = count // 2
    older, newer = sum(held.actions[:half]), sum(held.actions[-half:])
    return balance(newer, older)


def _return_rate(held: _Held) -> Value:
    if not held.pauses_us:
        return None
    return sum(map(DAY_US.__gt__, held.pauses_us)) / len(held.pauses_us)
