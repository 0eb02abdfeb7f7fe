"""How probable it is that a lead goes cold."""

from __future__ import annotations

import math

from core.conversation.kinds import Momentum
from core.health.knowledge import Knowledge, fading
from core.health.mood import sentiment

RATE_SHAPE, RATE_SCALE_DAYS = 1.0, 7.0
"""Gamma prior of how often a lead is heard of: about once a week, with much spread."""
DROPOUT, STAY = 1.0, 4.0
"""Beta prior of leaving after being heard of once: one in five."""
SILENCE_HALF_LIFE = 45.0
"""Days of silence after which the risk is at least a half, whatever the lead did before."""
DISPLEASED = 1.0
OBJECTION = 0.3
MOST_OBJECTIONS = 3
UNANSWERED = 0.5
UNANSWERED_DAYS = 2.0
_OF_MOMENTUM = {Momentum.ACCELERATING.value: -0.4, Momentum.SLOWING.value: 0.4, Momentum.DECLINING.value: 0.8}
"""What the conversation adds to the log odds."""


def cold_risk(known: Knowledge) -> float:
    """Return the probability in [0, 1] that a lead goes cold, higher with every day of silence.

    Its silence against its own rhythm by the modified BG/NBD model (Batislam, Denizel and Filiztekin 2007, "Empirical
    validation and comparison of models for customer base analysis", P(active)), with set priors; then what it said, as
    log odds.
    """
    silent = known.silent_days
    if silent is None:
        # Nobody ever heard of it: its age is its silence.
        risk = gone(0.0, 0.0, known.age_days or 0.0)
    else:
        active = known.days("interaction_timespan_days") or 0.0
        repeats = max(0.0, known.did("total_sessions") + known.conversation_count - 1.0)
        risk = gone(repeats, active, silent)
    odds = risk / max(1e-12, 1.0 - risk) * math.exp(said(known))
    return odds / (1.0 + odds)


def gone(repeats: float, active_days: float, silent_days: float) -> float:
    """Return the probability that a lead is gone.

    Args:
        repeats: How often it came back, x.
        active_days: From the first to the newest sign of it, t_x.
        silent_days: Since the newest sign, T - t_x.
    """
    stretched = (RATE_SCALE_DAYS + active_days + silent_days) / (RATE_SCALE_DAYS + active_days)
    # Of many repeats the power is beyond floats; its logarithm is not.
    log_odds = math.log(DROPOUT / (STAY + repeats)) + (RATE_SHAPE + repeats) * math.log(stretched)
    by_rhythm = 1.0 / (1.0 + math.exp(-min(700.0, max(-700.0, log_odds))))
    return max(by_rhythm, 1.0 - fading(silent_days, SILENCE_HALF_LIFE))


def said(known: Knowledge) -> float:
    """Return what the conversations add to the log odds."""
    added = -DISPLEASED * sentiment(known) + _OF_MOMENTUM.get(known.text("momentum"), 0.0)
    added += OBJECTION * min(MOST_OBJECTIONS, len(set(known.texts("objections"))))
    if known.flag("is_unanswered"):
        waited = (known.message_days or 0.0) / UNANSWERED_DAYS
        added += UNANSWERED * min(1.0, waited)
    return added
