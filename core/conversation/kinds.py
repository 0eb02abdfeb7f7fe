"""What heads tell apart. The values are the classes of their models."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.version import BUYING_INTENT, DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY


class Role(StrEnum):
    """Who wrote a message."""

    LEAD = "lead"
    AGENT = "agent"
    SYSTEM = "system"
    """Software: not analysed."""


class ConversationSource(StrEnum):
    """What answered for a head."""

    MODEL = "model"
    MODEL_WITHOUT_ENCODER = "model_without_encoder"
    RULES = "rules"


class Sentiment(StrEnum):
    """The feeling a text expresses."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Intent(StrEnum):
    """What a lead wants with a message; several may hold."""

    BUYING = "buying"
    SELLING = "selling"
    INFORMATION = "information"
    PRICE = "price"
    FINANCING = "financing"
    VIEWING = "viewing"
    NEGOTIATION = "negotiation"
    COMPLAINT = "complaint"
    GREETING = "greeting"
    CLOSING = "closing"
    OTHER = "other"


class Objection(StrEnum):
    """Why a lead hesitates."""

    NONE = "none"
    PRICE = "price"
    TIMING = "timing"
    LOCATION = "location"
    TRUST = "trust"
    COMPETITOR = "competitor"
    APPROVAL = "approval"
    FEATURE = "feature"


class DialogueAct(StrEnum):
    """What a lead did with the agent's turn before."""

    INFORM = "inform"
    STATE_INTENT = "state_intent"
    ASK = "ask"
    ASK_ALTERNATIVES = "ask_alternatives"
    AFFIRM = "affirm"
    NEGATE = "negate"
    SELECT = "select"
    THANK = "thank"
    GOODBYE = "goodbye"


class BehavioralSignal(StrEnum):
    """A sign in how a lead talks and behaves."""

    TIMELINE_PRESSURE = "timeline_pressure"
    PRE_APPROVED = "pre_approved"
    IMMEDIATE_NEED = "immediate_need"
    REPEAT_CONTACT = "repeat_contact"
    GOING_QUIET = "going_quiet"
    COMPARISON_SHOPPING = "comparison_shopping"
    DECISION_MAKER = "decision_maker"


class Momentum(StrEnum):
    """Where a conversation, or a lead, is heading."""

    UNKNOWN = "unknown"
    ACCELERATING = "accelerating"
    STEADY = "steady"
    SLOWING = "slowing"
    DECLINING = "declining"


YES = "yes"
"""The one class of heads that answer by a probability."""

CLASSES: Mapping[str, tuple[str, ...]] = {
    SENTIMENT: tuple(Sentiment),
    INTENT: tuple(Intent),
    URGENCY: (YES,),
    BUYING_INTENT: (YES,),
    OBJECTION: tuple(Objection),
    DIALOGUE_ACT: tuple(DialogueAct),
}
"""Model kind to its classes, in the order of the columns of ``probabilities``."""
MULTI_LABEL = frozenset({INTENT, URGENCY, BUYING_INTENT})
"""Kinds whose probabilities are one by one; those of the others sum to 1."""
