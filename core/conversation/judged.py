"""What a conversation looks like at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.conversation import priority as weights
from core.conversation.fading import BUYING_HALF_LIFE, URGENCY_HALF_LIFE, elapsed_since, faded, is_still
from core.conversation.heads.readings import HeadUse
from core.conversation.kinds import ConversationSource, Intent, Momentum
from core.conversation.lead_picture import LeadPicture
from core.conversation.levels import Level
from core.conversation.momentum import momentum_of
from core.conversation.objecting import RaisedObjection, newest_first
from core.conversation.reading import IntentReading, SentimentReading, SignalReading
from core.conversation.signals import PRESSING, SignalFound, deadline_of, signals_of
from core.conversation.state import ConversationState

TRUST: Mapping[ConversationSource, float] = {
    ConversationSource.MODEL: 1.0,
    ConversationSource.MODEL_WITHOUT_ENCODER: 0.85,
    ConversationSource.RULES: 0.6,
}
"""How much an answer is believed, by what gave it."""
HALF_SURE = 3
"""Messages of the lead that are half of what there could be to go by."""
_RECENT = timedelta(days=2)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A conversation at a moment."""

    state: ConversationState
    moment: datetime
    sentiment: SentimentReading | None
    """None without a message of the lead."""
    intents: tuple[IntentReading, ...]
    """Those that were present, the most probable first."""
    urgency: SignalReading
    buying_intent: SignalReading
    objections: tuple[RaisedObjection, ...]
    """The newest first."""
    signals: tuple[SignalFound, ...]
    momentum: Momentum
    priority_score: float
    """0 to 100."""
    confidence: float
    """0 to 1."""
    lead: LeadPicture | None
    trust: float
    """How much the heads are believed, 0 to 1."""

    @property
    def elapsed(self) -> timedelta | None:
        """Since the lead's newest message; None where that is not known."""
        return elapsed_since(self.state.tempo.lead_time, self.moment)

    @property
    def open_objections(self) -> tuple[RaisedObjection, ...]:
        """Those that are not overcome."""
        return tuple(one for one in self.objections if not one.is_overcome)

    @property
    def deadline_days(self) -> float | None:
        """Days until the lead needs it; None if that is not known, or the day has passed."""
        deadline = deadline_of(self.state, self.moment)
        return None if deadline is None else (deadline - self.moment) / _DAY

    def intent(self, intent: Intent) -> SignalReading:
        """Return what is known of an intent."""
        found = (one.signal for one in self.intents if one.intent is intent)
        return next(found, SignalReading(probability=0.0, is_present=False))


def judge(state: ConversationState, uses: Mapping[str, HeadUse], lead: LeadPicture | None, moment: datetime) -> Judged:
    """Return what a conversation looks like at a moment.

    Args:
        state: After its newest message.
        uses: What answered for each head.
        lead: Whom it is with, if that is known.
        moment: When; a moment before the newest message counts as that of the message.
    """
    elapsed = elapsed_since(state.tempo.lead_time, moment)
    trust = sum(TRUST[use.source] for use in uses.values()) / max(1, len(uses))
    judged = Judged(
        state=state,
        moment=moment,
        sentiment=state.mood.sentiment,
        intents=state.mood.intents_read,
        urgency=_signal(state.mood.urgency, elapsed, URGENCY_HALF_LIFE),
        buying_intent=_signal(state.mood.buying_intent, elapsed, BUYING_HALF_LIFE),
        objections=newest_first(state.objections),
        signals=signals_of(state, moment),
        momentum=momentum_of(state, moment),
        priority_score=0.0,
        confidence=trust * (1.0 - 0.5 ** (state.tempo.lead_count / HALF_SURE)),
        lead=lead,
        trust=trust,
    )
    return replace(judged, priority_score=_priority(judged))


def _signal(level: Level, elapsed: timedelta | None, half_life: timedelta) -> SignalReading:
    return SignalReading(
        probability=faded(level.probability, elapsed, half_life),
        is_present=level.is_present and is_still(elapsed, half_life),
        evidence=level.spans,
    )


def _priority(judged: Judged) -> float:
    days = judged.deadline_days
    pre_approved = judged.state.needs.pre_approved
    complaint = judged.intent(Intent.COMPLAINT)
    parts = [
        (weights.URGENCY, judged.urgency.probability),
        (weights.BUYING, judged.buying_intent.probability),
        (weights.COMPLAINT, complaint.probability if complaint.is_present else 0.0),
        (weights.OBJECTION, max((one.probability for one in judged.open_objections), default=0.0)),
        (weights.UNANSWERED, float(judged.state.tempo.is_unanswered)),
        (weights.DEADLINE, 0.0 if days is None else max(0.0, 1.0 - days * _DAY / PRESSING)),
        (weights.PRE_APPROVED, float(pre_approved is not None and pre_approved.value)),
    ]
    if judged.lead is not None:
        parts.append((weights.LEAD_SCORE, (judged.lead.score or 0.0) / 100.0))
        parts.append((weights.ACTIVE, _activity(judged.lead)))
    return weights.priority(parts, judged.elapsed)


def _activity(lead: LeadPicture) -> float:
    """Return 1 for a lead that did something just now, halved with every two days."""
    if lead.days_since_event is None:
        return 0.0
    return float(0.5 ** (lead.days_since_event * _DAY / _RECENT))
