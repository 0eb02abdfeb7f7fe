"""Says what a lead has come to want: which of type, place and price changed, and since when."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from core.event import FIXED_POINT, Event
from core.experiments.statistics.multiplicity import holm
from core.recommend.catalog_view import folded
from core.recommend.wishes.change_point import ChangePoint, categorical_change, numeric_change
from core.recommend.wishes.choices import Choice, sessions_of

LEVEL = 0.05
"""Chance that an answer about a lead who has not changed names any change."""
MOST_EVENTS = 1_000
"""Newest events that are looked at."""
FEWEST_CHOICES = 20
_NAMED = 3
"""Categories that are named in words."""
_MOST_CATEGORIES = 20
_WHOLE = 1_000.0
"""From here on a price is told without decimals."""

Sessions = Sequence[Sequence[Choice]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChange:
    """One property that changed."""

    property_name: str
    """``item_type``, ``location_name`` or ``price``."""
    before: str
    after: str
    since_us: int
    """First choice after the change, microseconds since 1970 UTC."""
    p_value: float
    """Adjusted for having looked at three properties (Holm 1979); in (0, 1]."""
    before_count: int
    after_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceDrift:
    """What became of a lead's wishes."""

    changes: Sequence[PreferenceChange]
    """Those that are proven at :data:`LEVEL`, the surest first."""
    has_too_few_events: bool
    event_count: int
    """Choices that were looked at."""
    start_us: int | None
    """When the first of them happened."""


def preference_drift(lead_id: str, events: Sequence[Event]) -> PreferenceDrift:
    """Look for changes in what a lead chose.

    Args:
        lead_id: Seeds the draws: the same events give the same answer.
        events: The lead's newest, at most :data:`MOST_EVENTS`, in any order.
    """
    sessions = sessions_of(events)
    count = sum(map(len, sessions))
    start = sessions[0][0].occurred_us if sessions else None
    if count < FEWEST_CHOICES:
        return PreferenceDrift(changes=(), has_too_few_events=True, event_count=count, start_us=start)
    generator = np.random.default_rng(int.from_bytes(hashlib.sha256(lead_id.encode()).digest()[:8], "big"))
    found = [(look, *_tested(look, sessions, generator)) for look in _PROPERTIES]
    tested = [(look, known, point) for look, known, point in found if point is not None]
    adjusted = holm([point.p_value for _, _, point in tested])
    changes = [
        _change(look, known, point, p_value)
        for (look, known, point), p_value in zip(tested, adjusted, strict=True)
        if p_value <= LEVEL
    ]
    changes.sort(key=lambda change: (change.p_value, change.property_name))
    return PreferenceDrift(changes=changes, has_too_few_events=not tested, event_count=count, start_us=start)


@dataclass(frozen=True, slots=True)
class _Property:
    """How one property is looked at."""

    name: str
    value: Callable[[Choice], str | float | None]
    is_number: bool
    words: Callable[[Sequence[Choice]], str]


def _tested(
    look: _Property, sessions: Sessions, generator: np.random.Generator
) -> tuple[list[list[Choice]], ChangePoint | None]:
    """Return the sessions that know the property, and its most likely change."""
    known = [[choice for choice in session if look.value(choice) is not None] for session in sessions]
    known = [session for session in known if session]
    if sum(map(len, known)) < FEWEST_CHOICES:
        return known, None
    if look.is_number:
        values = [[float(look.value(choice) or 0.0) for choice in session] for session in known]
        means = np.array([float(np.mean(session)) for session in values])
        return known, numeric_change(means, np.array([float(len(session)) for session in values]), generator)
    return known, categorical_change(_counts(known, look), generator)


def _counts(known: Sessions, look: _Property) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return choices by session and category; rare categories share the last column."""
    totals = Counter(look.value(choice) for session in known for choice in session)
    columns = {value: place for place, (value, _) in enumerate(totals.most_common(_MOST_CATEGORIES))}
    counts = np.zeros((len(known), min(len(totals), _MOST_CATEGORIES + 1)))
    for row, session in enumerate(known):
        for choice in session:
            counts[row, columns.get(look.value(choice), _MOST_CATEGORIES)] += 1
    # A session of nine choices tells more than one of a single choice, not nine times as much: they hang together.
    calmed: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = counts / np.sqrt(counts.sum(axis=1, keepdims=True))
    return calmed


def _change(look: _Property, known: Sessions, point: ChangePoint, p_value: float) -> PreferenceChange:
    before = [choice for session in known[: point.first_after] for choice in session]
    after = [choice for session in known[point.first_after :] for choice in session]
    return PreferenceChange(
        property_name=look.name,
        before=look.words(before),
        after=look.words(after),
        since_us=after[0].occurred_us,
        p_value=p_value,
        before_count=len(before),
        after_count=len(after),
    )


def _shares(said: Callable[[Choice], str]) -> Callable[[Sequence[Choice]], str]:
    def words(choices: Sequence[Choice]) -> str:
        newest_spelling = {folded(said(choice)): said(choice) for choice in choices}
        counts = Counter(folded(said(choice)) for choice in choices)
        named = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:_NAMED]
        return ", ".join(f"{newest_spelling[name]} {count / len(choices):.0%}" for name, count in named)

    return words


def _typical_price(choices: Sequence[Choice]) -> str:
    prices = sorted(choice.price_e4 / FIXED_POINT for choice in choices if choice.price_e4 is not None)
    low, middle, high = (_amount(prices[round(share * (len(prices) - 1))]) for share in (0.25, 0.5, 0.75))
    return f"around {middle}, half of them {low} to {high}"


def _amount(price: float) -> str:
    return f"{price:,.0f}" if price >= _WHOLE else f"{price:,.2f}"


def _log_price(choice: Choice) -> float | None:
    return math.log(choice.price_e4 / FIXED_POINT) if choice.price_e4 else None


def _type(choice: Choice) -> str | None:
    # The catalogue may come to write the same differently: that is no change of wishes.
    return folded(choice.item_type) or None


def _location(choice: Choice) -> str | None:
    return folded(choice.location_name) or None


_PROPERTIES = (
    _Property("item_type", _type, is_number=False, words=_shares(attrgetter("item_type"))),
    _Property("location_name", _location, is_number=False, words=_shares(attrgetter("location_name"))),
    _Property("price", _log_price, is_number=True, words=_typical_price),
)
