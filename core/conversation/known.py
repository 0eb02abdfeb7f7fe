"""An analysis as facts, which criteria, health and actions look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.conversation.fading import elapsed_since
from core.conversation.heads.readings import HeadUse
from core.conversation.judged import TRUST, Judged
from core.conversation.kinds import ConversationSource
from core.criteria.facts import Facts, FactValue

TIMELY = frozenset(
    {
        "analysis.hours_since_last_message",
        "analysis.hours_since_lead_message",
        "analysis.deadline_days",
    }
)
"""Facts that are true for the moment only."""
_HOUR = timedelta(hours=1)


def facts_of(judged: Judged, uses: Sequence[HeadUse]) -> Facts:
    """Return the ``analysis.*`` facts of :data:`core.conversation.fields.ANALYSIS_FIELDS`, but for the insights.

    Args:
        judged: A conversation at a moment.
        uses: What answered for each head.
    """
    tempo = judged.state.tempo
    facts: dict[str, FactValue | None] = {
        "analysis.message_count": float(tempo.message_count),
        "analysis.lead_message_count": float(tempo.lead_count),
        "analysis.intents": tuple(one.intent.value for one in judged.intents if one.signal.is_present),
        "analysis.urgency": judged.urgency.probability,
        "analysis.is_urgent": judged.urgency.is_present,
        "analysis.buying_intent": judged.buying_intent.probability,
        "analysis.is_buying": judged.buying_intent.is_present,
        "analysis.objections": tuple(one.kind.value for one in judged.objections if not one.is_overcome),
        "analysis.overcome_objections": tuple(one.kind.value for one in judged.objections if one.is_overcome),
        "analysis.signals": tuple(one.kind.value for one in judged.signals),
        "analysis.momentum": judged.momentum.value,
        "analysis.priority": judged.priority_score,
        "analysis.last_act": None if judged.state.last_act is None else judged.state.last_act.value,
        "analysis.is_unanswered": tempo.is_unanswered,
        "analysis.deadline_days": judged.deadline_days,
        "analysis.confidence": judged.confidence,
        "analysis.source": _weakest(uses).value,
        **_feeling(judged),
        **_times(judged),
        **_needs(judged),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _feeling(judged: Judged) -> dict[str, FactValue | None]:
    if judged.sentiment is None:
        return {}
    return {
        "analysis.sentiment": judged.sentiment.sentiment.value,
        "analysis.sentiment_score": judged.sentiment.score,
    }


def _times(judged: Judged) -> dict[str, FactValue | None]:
    tempo = judged.state.tempo
    last, lead = elapsed_since(tempo.last_time, judged.moment), elapsed_since(tempo.lead_time, judged.moment)
    return {
        "analysis.hours_since_last_message": None if last is None else last / _HOUR,
        "analysis.hours_since_lead_message": None if lead is None else lead / _HOUR,
    }


def _needs(judged: Judged) -> dict[str, FactValue | None]:
    needs = judged.state.needs
    lower, upper = needs.bedrooms_lower, needs.bedrooms_upper
    return {
        "analysis.budget_lower": needs.budget_lower,
        "analysis.budget_upper": needs.budget_upper,
        "analysis.budget_currency": needs.budget_currency or None,
        "analysis.bedrooms": upper if lower is None else lower,
        "analysis.places": needs.places or None,
        "analysis.is_pre_approved": None if needs.pre_approved is None else needs.pre_approved.value,
        "analysis.is_decision_maker": None if needs.decision_maker is None else needs.decision_maker.value,
    }


def _weakest(uses: Sequence[HeadUse]) -> ConversationSource:
    return min((use.source for use in uses), key=lambda source: TRUST[source], default=ConversationSource.RULES)
