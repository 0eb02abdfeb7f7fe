"""Fields of an analysis that criteria, health and actions look at."""

from __future__ import annotations

from collections.abc import Mapping

from core.criteria.facts import FieldType

_NUMBER, _FLAG, _TEXT, _TEXTS = FieldType.NUMBER, FieldType.FLAG, FieldType.TEXT, FieldType.TEXTS

ANALYSIS_FIELDS: Mapping[str, FieldType] = {
    "analysis.message_count": _NUMBER,
    "analysis.lead_message_count": _NUMBER,
    "analysis.sentiment": _TEXT,
    "analysis.sentiment_score": _NUMBER,
    "analysis.intents": _TEXTS,
    "analysis.urgency": _NUMBER,
    "analysis.is_urgent": _FLAG,
    "analysis.buying_intent": _NUMBER,
    "analysis.is_buying": _FLAG,
    "analysis.objections": _TEXTS,
    "analysis.overcome_objections": _TEXTS,
    "analysis.signals": _TEXTS,
    "analysis.momentum": _TEXT,
    "analysis.priority": _NUMBER,
    "analysis.insights": _TEXTS,
    "analysis.last_act": _TEXT,
    "analysis.hours_since_last_message": _NUMBER,
    "analysis.hours_since_lead_message": _NUMBER,
    "analysis.is_unanswered": _FLAG,
    "analysis.budget_lower": _NUMBER,
    "analysis.budget_upper": _NUMBER,
    "analysis.budget_currency": _TEXT,
    "analysis.bedrooms": _NUMBER,
    "analysis.places": _TEXTS,
    "analysis.deadline_days": _NUMBER,
    "analysis.is_pre_approved": _FLAG,
    "analysis.is_decision_maker": _FLAG,
    "analysis.confidence": _NUMBER,
    "analysis.source": _TEXT,
}
"""By name. ``analysis.intents``: those present, ``analysis.objections``: those not overcome, each by its value in
:mod:`core.conversation.kinds`; ``analysis.source``: a :class:`~core.conversation.kinds.ConversationSource`."""
