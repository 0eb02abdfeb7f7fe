"""Leads of which something is known."""

from __future__ import annotations

from datetime import UTC, datetime

from core.behavior.plan import LEAD_PLAN
from core.health.knowledge import Knowledge
from core.scoring.result import IntervalMethod, LeadScore, ProbabilityInterval, ScoreSource

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NOTHING_DONE = {feature.name: feature.default for feature in LEAD_PLAN.features}


def lead_score(probability: float, usual: float = 0.2, width: float = 0.2) -> LeadScore:
    lower = min(max(0.0, probability - width / 2), 1.0 - width)
    return LeadScore(
        lead_id="l1",
        score=100.0 * probability,
        probability=probability,
        interval=ProbabilityInterval(lower=lower, upper=lower + width, method=IntervalMethod.VENN_ABERS),
        confidence=1.0 - width,
        model_version="v1",
        source=ScoreSource.MODEL,
        base_points=100.0 * usual,
        contributions=(),
        other_points=100.0 * (probability - usual),
        feature_importance={},
        score_time=NOW,
        attribution_token="",
    )


def knowledge(*, did: dict | None = None, said: dict | None = None, **more) -> Knowledge:
    """Return what is known of a lead: behaviour features by name, facts by name without "analysis."."""
    return Knowledge(
        lead_id="l1",
        moment=NOW,
        behavior=NOTHING_DONE | (did or {}),
        analysis={f"analysis.{name}": value for name, value in (said or {}).items()},
        **more,
    )


def busy(weight: float = 30.0, days_ago: float = 0.0, count: float = 10.0, **more) -> dict:
    """Return the features of a lead whose actions of a weight all happened some days ago."""
    return {
        "total_interactions": count,
        "total_sessions": 1.0,
        "days_since_first": days_ago,
        "days_since_last": days_ago,
        "interaction_timespan_days": 0.0,
        "engagement_fading_7d": weight * 2.0 ** (-days_ago / 7.0),
        "engagement_fading_30d": weight * 2.0 ** (-days_ago / 30.0),
        "events_30d": count if days_ago <= 30.0 else 0.0,
        **more,
    }


TALK = {
    "message_count": 4.0,
    "lead_message_count": 2.0,
    "sentiment": "neutral",
    "sentiment_score": 0.0,
    "intents": (),
    "urgency": 0.1,
    "is_urgent": False,
    "buying_intent": 0.1,
    "is_buying": False,
    "objections": (),
    "signals": (),
    "momentum": "steady",
    "hours_since_lead_message": 0.0,
    "is_unanswered": False,
    "confidence": 0.8,
}
READY = TALK | {
    "lead_message_count": 12.0,
    "sentiment_score": 0.6,
    "intents": ("buying", "viewing"),
    "urgency": 0.95,
    "is_urgent": True,
    "buying_intent": 0.95,
    "is_buying": True,
    "momentum": "accelerating",
    "is_pre_approved": True,
    "is_decision_maker": True,
    "budget_upper": 450_000.0,
    "budget_currency": "USD",
    "deadline_days": 10.0,
}
