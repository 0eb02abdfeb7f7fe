"""Where a lead is heading."""

from __future__ import annotations

from typing import NamedTuple

from core.conversation.kinds import Momentum
from core.health.health import HealthComponent, HealthReason
from core.health.knowledge import Knowledge, fading

MOST, LEAST = 4.0, -5.0
"""Points of a lead that could not do more than before, and of one that fell silent."""
UPWARDS, STEADY, SLOWING = 0.2, -0.2, -0.6
"""Values from which a momentum begins; below the last it declines."""
SHORT, LONG = 7.0, 30.0
"""Half-lives in days that are compared."""
FEW_EVENTS = 3.0
"""Events at which a rise counts half: the first events of anybody are a rise."""
SILENCE_HALF_LIFE = 14.0
"""Days of silence after which half of a conversation's momentum is left, and half of it is decline."""
APART_HALF_LIFE = 7.0
"""Days by which the older of events and messages lies back, after which it counts half."""
_OF_CONVERSATIONS = {
    Momentum.ACCELERATING.value: 0.6,
    Momentum.STEADY.value: 0.0,
    Momentum.SLOWING.value: -0.4,
    Momentum.DECLINING.value: -0.8,
}


class _Heading(NamedTuple):
    value: float
    days: float
    """Since its newest sign."""


def heading(known: Knowledge) -> float | None:
    """Return where a lead is heading, -1 (fell silent) to 1 (ever more); None where there is nothing to tell it by."""
    found = [one for one in (_of_events(known), _of_messages(known)) if one is not None]
    if not found:
        return None
    newest = min(one.days for one in found)
    weights = [fading(one.days - newest, APART_HALF_LIFE) for one in found]
    return sum(weight * one.value for weight, one in zip(weights, found, strict=True)) / sum(weights)


def momentum_of(value: float | None) -> Momentum:
    """Return the name of a heading."""
    if value is None:
        return Momentum.UNKNOWN
    if value >= UPWARDS:
        return Momentum.ACCELERATING
    if value > STEADY:
        return Momentum.STEADY
    return Momentum.SLOWING if value > SLOWING else Momentum.DECLINING


def momentum_reasons(value: float | None) -> list[HealthReason]:
    """Return what the heading adds or takes."""
    if not value:
        return []
    points = value * (MOST if value > 0.0 else -LEAST)
    text = _TEXTS[momentum_of(value)]
    return [HealthReason(text=text, points=points, component=HealthComponent.MOMENTUM)]


def _of_events(known: Knowledge) -> _Heading | None:
    """Compare what the lead does now with what it does in the long run.

    An action that comes at a steady rate r adds up to r h / ln 2 where it is halved every h days. So amounts over their
    half-lives are rates, and (s - l) / (s + l) of the short and the long one is 0 for who goes on as before.
    """
    days, count = known.event_days, known.event_count
    if days is None:
        return None
    short, long = known.did("engagement_fading_7d") / SHORT, known.did("engagement_fading_30d") / LONG
    value = (short - long) / (short + long) if short + long > 0.0 else 0.0
    return _Heading(value * count / (count + FEW_EVENTS) if value > 0.0 else value, days)


def _of_messages(known: Knowledge) -> _Heading | None:
    """Take the momentum of the conversations, which silence turns into decline."""
    days = known.message_days
    if days is None:
        return None
    value = _OF_CONVERSATIONS.get(known.text("momentum"), 0.0)
    left = fading(days, SILENCE_HALF_LIFE)
    return _Heading(value * left - (1.0 - left), days)


_TEXTS = {
    Momentum.ACCELERATING: "Does more than before",
    Momentum.STEADY: "Goes on about as before",
    Momentum.SLOWING: "Does less than before",
    Momentum.DECLINING: "Is falling silent",
}
