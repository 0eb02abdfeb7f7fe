"""What a conversation says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.conversation import EvidenceSpan, MessageRole
from leadline.insight import Insight
from leadline.score import ScoreWarning


class ConversationSource(Enum):
    """What answered for a head."""

    MODEL = "model"
    MODEL_WITHOUT_ENCODER = "model_without_encoder"
    """The sentence encoder is not installed or does not work."""
    RULES = "rules"
    """No model serves, or it does not work."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class Sentiment(Enum):
    """The feeling a text expresses."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class Intent(Enum):
    """What a lead wants with a message."""

    BUYING = "buying"
    SELLING = "selling"
    INFORMATION = "information"
    PRICE = "price"
    FINANCING = "financing"
    VIEWING = "viewing"
    """To see it: a visit, a demo, a trial, an appointment."""
    NEGOTIATION = "negotiation"
    COMPLAINT = "complaint"
    GREETING = "greeting"
    CLOSING = "closing"
    """To end the talk."""
    OTHER = "other"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class ObjectionKind(Enum):
    """Why a lead hesitates."""

    PRICE = "price"
    TIMING = "timing"
    LOCATION = "location"
    TRUST = "trust"
    COMPETITOR = "competitor"
    APPROVAL = "approval"
    """Somebody else has to agree."""
    FEATURE = "feature"
    """It lacks something."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class DialogueAct(Enum):
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
    UNKNOWN = "unknown"
    """None was told, or something newer than this client."""


class EntityKind(Enum):
    """Kinds of facts found in messages."""

    BUDGET = "budget"
    BUDGET_RANGE = "budget_range"
    BEDROOMS = "bedrooms"
    BATHROOMS = "bathrooms"
    AREA = "area"
    PLACE = "place"
    DATE = "date"
    DEADLINE = "deadline"
    PHONE = "phone"
    EMAIL = "email"
    MONEY = "money"
    """An amount that is no budget."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class BehavioralSignalKind(Enum):
    """Signs in how a lead talks and behaves."""

    TIMELINE_PRESSURE = "timeline_pressure"
    PRE_APPROVED = "pre_approved"
    IMMEDIATE_NEED = "immediate_need"
    REPEAT_CONTACT = "repeat_contact"
    GOING_QUIET = "going_quiet"
    COMPARISON_SHOPPING = "comparison_shopping"
    DECISION_MAKER = "decision_maker"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class Momentum(Enum):
    """Where a conversation, or a lead, is heading."""

    ACCELERATING = "accelerating"
    STEADY = "steady"
    SLOWING = "slowing"
    DECLINING = "declining"
    UNKNOWN = "unknown"
    """Too little is known, or something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentReading:
    """What a lead feels. The probabilities sum to 1."""

    sentiment: Sentiment
    negative_probability: float
    neutral_probability: float
    positive_probability: float
    score: float
    """-1 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentReading:
    """One intent."""

    intent: Intent
    probability: float
    is_present: bool
    evidence: tuple[EvidenceSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionReading:
    """One objection."""

    kind: ObjectionKind
    probability: float
    evidence: tuple[EvidenceSpan, ...]
    message_count: int
    """Of the conversation: messages that raised it."""
    is_overcome: bool
    """Of the conversation: whether a later message of the lead moved towards a deal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReading:
    """What is told by a probability: urgency, buying intent."""

    probability: float
    is_present: bool
    evidence: tuple[EvidenceSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A fact found in a message."""

    kind: EntityKind
    span: EvidenceSpan
    normalized_text: str
    """The value, written one way."""
    lower: float | None
    upper: float | None
    unit: str
    """ISO 4217 of an amount, ``m2``, ``ft2`` or ``acre`` of an area, else empty."""
    time: datetime | None
    """Start of a day or moment; for a deadline the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the lead needs, put together from all its messages. None: it did not say."""

    budget_lower: float | None
    budget_upper: float | None
    budget_currency: str
    bedrooms_lower: float | None
    bedrooms_upper: float | None
    places: tuple[str, ...]
    """The newest first."""
    deadline: datetime | None
    deadline_days: float | None
    """From the newest message."""
    is_pre_approved: bool | None
    is_decision_maker: bool | None
    """Whether it decides itself (True) or others do (False)."""
    entities: tuple[Entity, ...]
    """What stands behind these, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BehavioralSignal:
    """One sign."""

    kind: BehavioralSignalKind
    strength: float
    """0 to 1."""
    evidence: tuple[EvidenceSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnalysis:
    """What is said of one message. What is None or empty was not told of it: of an agent's only the entities are."""

    message_index: int
    message_id: str
    role: MessageRole
    sentiment: SentimentReading | None
    intents: tuple[IntentReading, ...]
    """Every one, the most probable first."""
    urgency: SignalReading | None
    buying_intent: SignalReading | None
    objections: tuple[ObjectionReading, ...]
    dialogue_act: DialogueAct
    dialogue_act_probability: float
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadAnswer:
    """Where the answers of one head came from."""

    model_kind: str
    source: ConversationSource
    model_version: str
    """Empty for rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a conversation says."""

    messages: tuple[MessageAnalysis, ...]
    """Of single messages, from ``results_from`` on."""
    message_count: int
    sentiment: SentimentReading | None
    intents: tuple[IntentReading, ...]
    """Those that were present, the most probable first."""
    urgency: SignalReading | None
    buying_intent: SignalReading | None
    objections: tuple[ObjectionReading, ...]
    """The newest first."""
    needs: Needs
    behavioral_signals: tuple[BehavioralSignal, ...]
    momentum: Momentum
    priority_score: float
    """0 to 100: what to look at first."""
    insights: tuple[Insight, ...]
    """The highest ``priority_score`` first."""
    heads: tuple[HeadAnswer, ...]
    confidence: float
    """How much there is to go by, 0 to 1."""
    lead_score: float | None
    lead_event_count: int
    experiment: str
    variant: str
    attribution_token: str
    """Send it with feedback."""
    as_of_time: datetime | None
    warnings: tuple[ScoreWarning, ...]
