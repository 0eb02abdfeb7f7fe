"""Where a conversation is heading."""

from __future__ import annotations

from datetime import datetime

from core.conversation.kinds import Momentum
from core.conversation.state import ConversationState

FEWEST_MESSAGES = 3
"""Messages of the lead below which nobody can tell."""
WARMTH_WEIGHT = 1.0
PACE_WEIGHT = 0.2
LENGTH_WEIGHT = 0.15
MOST_CHANGE = 2.0
"""Changes of pace and length count up to here: times by e squared."""
ACCELERATING_FROM = 0.2
SLOWING_FROM = -0.2
DECLINING_FROM = -0.6


def is_quiet(state: ConversationState, moment: datetime) -> bool:
    """Return whether the lead, who was written to last, has not answered in time."""
    quiet_from = state.tempo.quiet_from
    return quiet_from is not None and moment >= quiet_from


def drive(state: ConversationState) -> float:
    """Return how much warmer and faster the lead's newest messages are than its usual ones.

    The change of its warmth (score of the sentiment plus urgency plus buying intent, -1 to 3), plus a fifth of how much
    sooner it answers, plus 0.15 of how much longer its messages are, both as logarithms of a ratio, -2 to 2.
    """
    tempo = state.tempo
    return (
        WARMTH_WEIGHT * state.warmth.change
        - PACE_WEIGHT * _bounded(tempo.delay.change)
        + LENGTH_WEIGHT * _bounded(tempo.length.change)
    )


def momentum_of(state: ConversationState, moment: datetime) -> Momentum:
    """Return where a conversation is heading, looked at at a moment."""
    if is_quiet(state, moment):
        return Momentum.DECLINING
    if state.tempo.lead_count < FEWEST_MESSAGES:
        return Momentum.UNKNOWN
    value = drive(state)
    if value >= ACCELERATING_FROM:
        return Momentum.ACCELERATING
    if value > SLOWING_FROM:
        return Momentum.STEADY
    return Momentum.SLOWING if value > DECLINING_FROM else Momentum.DECLINING


def _bounded(change: float) -> float:
    return max(-MOST_CHANGE, min(MOST_CHANGE, change))
