"""The rule heads by kind."""

from __future__ import annotations

from collections.abc import Mapping

from core.conversation.kinds import CLASSES, DialogueAct, Intent, Objection, Sentiment
from core.conversation.rules import (
    context,
    families_act,
    families_intent,
    families_objection,
    families_sentiment,
    families_signals,
)
from core.conversation.rules.cues import Phrases
from core.conversation.rules.family_head import FamilyHead
from core.conversation.rules.reading import RuleHead
from core.version import BUYING_INTENT, DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY

_SENTIMENTS, _INTENTS, _OBJECTIONS, _ACTS = tuple(Sentiment), tuple(Intent), tuple(Objection), tuple(DialogueAct)
_HALF = 0.5


def _thresholds(kind: str) -> tuple[float, ...]:
    return (_HALF,) * len(CLASSES[kind])


RULE_HEADS: Mapping[str, RuleHead] = {
    SENTIMENT: FamilyHead(
        kind=SENTIMENT,
        bias=(0.0, 1.6, 0.0),
        phrases=Phrases(
            {
                _SENTIMENTS.index(Sentiment.NEGATIVE): families_sentiment.NEGATIVE,
                _SENTIMENTS.index(Sentiment.POSITIVE): families_sentiment.POSITIVE,
            }
        ),
        context=context.sentiment_context,
        negation_goes_to={0: 2, 2: 0},
        thresholds=_thresholds(SENTIMENT),
    ),
    INTENT: FamilyHead(
        kind=INTENT,
        bias=(-2.0,) * (len(_INTENTS) - 1) + (-1.6,),
        phrases=Phrases(
            {
                _INTENTS.index(Intent.BUYING): families_signals.BUYING + families_intent.BUYING_INTEREST,
                _INTENTS.index(Intent.SELLING): families_intent.SELLING,
                _INTENTS.index(Intent.INFORMATION): families_intent.INFORMATION,
                _INTENTS.index(Intent.PRICE): families_intent.PRICE,
                _INTENTS.index(Intent.FINANCING): families_intent.FINANCING,
                _INTENTS.index(Intent.VIEWING): families_intent.VIEWING,
                _INTENTS.index(Intent.NEGOTIATION): families_intent.NEGOTIATION,
                _INTENTS.index(Intent.COMPLAINT): families_intent.COMPLAINT,
                _INTENTS.index(Intent.GREETING): families_intent.GREETING,
                _INTENTS.index(Intent.CLOSING): families_intent.CLOSING,
                _INTENTS.index(Intent.OTHER): families_intent.OTHER,
            }
        ),
        context=context.intent_context,
        thresholds=_thresholds(INTENT),
    ),
    URGENCY: FamilyHead(
        kind=URGENCY, bias=(-2.4,), phrases=Phrases({0: families_signals.URGENCY}), thresholds=_thresholds(URGENCY)
    ),
    BUYING_INTENT: FamilyHead(
        kind=BUYING_INTENT,
        bias=(-2.4,),
        phrases=Phrases({0: families_signals.BUYING}),
        context=context.buying_context,
        thresholds=_thresholds(BUYING_INTENT),
    ),
    OBJECTION: FamilyHead(
        kind=OBJECTION,
        bias=(2.4,) + (0.0,) * (len(_OBJECTIONS) - 1),
        phrases=Phrases(
            {
                _OBJECTIONS.index(Objection.PRICE): families_objection.PRICE,
                _OBJECTIONS.index(Objection.TIMING): families_objection.TIMING,
                _OBJECTIONS.index(Objection.LOCATION): families_objection.LOCATION,
                _OBJECTIONS.index(Objection.TRUST): families_objection.TRUST,
                _OBJECTIONS.index(Objection.COMPETITOR): families_objection.COMPETITOR,
                _OBJECTIONS.index(Objection.APPROVAL): families_objection.APPROVAL,
                _OBJECTIONS.index(Objection.FEATURE): families_objection.FEATURE,
            }
        ),
        thresholds=_thresholds(OBJECTION),
    ),
    DIALOGUE_ACT: FamilyHead(
        kind=DIALOGUE_ACT,
        bias=(1.0,) + (0.0,) * (len(_ACTS) - 1),
        phrases=Phrases(
            {
                _ACTS.index(DialogueAct.INFORM): families_act.INFORM,
                _ACTS.index(DialogueAct.STATE_INTENT): families_act.STATE_INTENT,
                _ACTS.index(DialogueAct.ASK): families_act.ASK,
                _ACTS.index(DialogueAct.ASK_ALTERNATIVES): families_act.ASK_ALTERNATIVES,
                _ACTS.index(DialogueAct.AFFIRM): families_act.AFFIRM,
                _ACTS.index(DialogueAct.NEGATE): families_act.NEGATE,
                _ACTS.index(DialogueAct.SELECT): families_act.SELECT,
                _ACTS.index(DialogueAct.THANK): families_act.THANK,
                _ACTS.index(DialogueAct.GOODBYE): families_act.GOODBYE,
            }
        ),
        context=context.act_context,
        thresholds=_thresholds(DIALOGUE_ACT),
    ),
}
