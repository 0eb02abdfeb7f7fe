"""Signs in how a lead talks and behaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.conversation.entities.entity import EntityKind
from core.conversation.fading import URGENCY_HALF_LIFE, elapsed_since, faded, is_still
from core.conversation.kinds import BehavioralSignal, Objection
from core.conversation.levels import HALF_LIFE, MEMORY
from core.conversation.momentum import is_quiet
from core.conversation.needs import SaidOnce
from core.conversation.reading import EvidenceSpan
from core.conversation.state import ConversationState

PRESSING = timedelta(days=30)
"""A deadline that is nearer presses."""
SAID_STRENGTH = 0.9
"""Of what the lead said of itself in so many words."""
WEARS_OFF = 0.5
"""How clear it is that a lead goes quiet which answers later and shorter."""
_SLOWER = 1.0
"""Logarithm of how many times longer than usual its answers take."""
_SHORTER = -0.4
"""Logarithm of how long its messages are, of what is usual."""
_FEWEST_DELAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFound:
    """One sign."""

    kind: BehavioralSignal
    strength: float
    """How clear it is, 0 to 1."""
    evidence: tuple[EvidenceSpan, ...] = ()


def signals_of(state: ConversationState, moment: datetime) -> tuple[SignalFound, ...]:
    """Return the signs of a conversation, looked at at a moment; the clearest first."""
    found = [
        *_timeline(state, moment),
        *_said(state),
        *_repeat(state),
        *_quiet(state, moment),
        *_comparison(state),
    ]
    return tuple(sorted(found, key=lambda one: (-one.strength, one.kind.value)))


def deadline_of(state: ConversationState, moment: datetime) -> datetime | None:
    """Return by when the lead needs it; None if it did not say, or the day has passed."""
    deadline = state.needs.deadline
    return None if deadline is None or deadline < moment else deadline


def _timeline(state: ConversationState, moment: datetime) -> Iterator[SignalFound]:
    urgency = state.mood.urgency
    elapsed = elapsed_since(state.tempo.lead_time, moment)
    strength = 0.0
    evidence: tuple[EvidenceSpan, ...] = ()
    if urgency.is_present and is_still(elapsed, URGENCY_HALF_LIFE):
        strength, evidence = faded(urgency.probability, elapsed, URGENCY_HALF_LIFE), urgency.spans
    deadline = deadline_of(state, moment)
    if deadline is not None and deadline - moment <= PRESSING:
        strength = max(strength, 1.0 - 0.5 * ((deadline - moment) / PRESSING))
        spans = [one.span for one in state.needs.entities if one.entity.kind is EntityKind.DEADLINE][:1]
        evidence = tuple(dict.fromkeys((*spans, *evidence)))
    if strength:
        yield SignalFound(kind=BehavioralSignal.TIMELINE_PRESSURE, strength=strength, evidence=evidence)


def _said(state: ConversationState) -> Iterator[SignalFound]:
    needs = state.needs
    if needs.pre_approved is not None and needs.pre_approved.value:
        yield _of(BehavioralSignal.PRE_APPROVED, needs.pre_approved, SAID_STRENGTH)
    if needs.decision_maker is not None and needs.decision_maker.value:
        yield _of(BehavioralSignal.DECISION_MAKER, needs.decision_maker, SAID_STRENGTH)
    need = needs.immediate_need
    if need is not None and _messages_since(state, need) < MEMORY:
        yield _of(BehavioralSignal.IMMEDIATE_NEED, need, _worn(state, need))


def _comparison(state: ConversationState) -> Iterator[SignalFound]:
    said, rival = state.needs.comparing, state.objections.get(Objection.COMPETITOR)
    is_said = said is not None and _messages_since(state, said) < 2 * MEMORY
    is_open = rival is not None and not rival.is_overcome
    if not is_said and not is_open:
        return
    strength = 0.0
    evidence: tuple[EvidenceSpan, ...] = ()
    if said is not None and is_said:
        strength, evidence = _worn(state, said), said.evidence
    if rival is not None and is_open:
        strength, evidence = max(strength, rival.probability), tuple(dict.fromkeys((*evidence, *rival.spans)))
    yield SignalFound(kind=BehavioralSignal.COMPARISON_SHOPPING, strength=strength, evidence=evidence)


def _repeat(state: ConversationState) -> Iterator[SignalFound]:
    tempo = state.tempo
    if tempo.repeat_count and tempo.lead_count - tempo.last_repeat < MEMORY:
        strength = 1.0 - 0.5**tempo.repeat_count
        yield SignalFound(kind=BehavioralSignal.REPEAT_CONTACT, strength=strength)


def _quiet(state: ConversationState, moment: datetime) -> Iterator[SignalFound]:
    tempo = state.tempo
    if is_quiet(state, moment) and tempo.waiting_since is not None:
        waited = (moment - tempo.waiting_since) / tempo.patience
        yield SignalFound(kind=BehavioralSignal.GOING_QUIET, strength=1.0 - 0.5**waited)
        return
    is_slower = tempo.delay.count >= _FEWEST_DELAYS and tempo.delay.change >= _SLOWER
    if is_slower and tempo.length.change <= _SHORTER:
        yield SignalFound(kind=BehavioralSignal.GOING_QUIET, strength=WEARS_OFF)


def _of(kind: BehavioralSignal, said: SaidOnce, strength: float) -> SignalFound:
    return SignalFound(kind=kind, strength=strength, evidence=said.evidence)


def _messages_since(state: ConversationState, said: SaidOnce) -> int:
    return state.tempo.lead_count - said.message_number


def _worn(state: ConversationState, said: SaidOnce) -> float:
    return SAID_STRENGTH * float(0.5 ** (_messages_since(state, said) / HALF_LIFE))
