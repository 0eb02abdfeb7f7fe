"""Puts together what heads and rules say of messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from core import deadline
from core.conversation.entities.finding import find_entities
from core.conversation.evidence import Clauses
from core.conversation.heads.readings import HeadReadings
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES, DialogueAct, Intent, Objection, Role
from core.conversation.message import Message
from core.conversation.reading import (
    EvidenceSpan,
    Feelings,
    FoundEntity,
    IntentReading,
    MessageReading,
    ObjectionReading,
    SentimentReading,
    SignalReading,
)
from core.conversation.rules.heads import RULE_HEADS
from core.conversation.span import Span
from core.conversation.state import ConversationState, quoted
from core.version import BUYING_INTENT, DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY

PLACES = 4
"""Decimals of a probability: below them two runs of an encoder may differ."""
_CHECK_EVERY = 64
"""Messages between two looks at the deadline."""
_INTENTS = tuple(Intent(name) for name in CLASSES[INTENT])
_OBJECTIONS = tuple(Objection(name) for name in CLASSES[OBJECTION])
_ACTS = tuple(DialogueAct(name) for name in CLASSES[DIALOGUE_ACT])


def turns_of(messages: Sequence[Message], agent_text: str) -> list[Turn]:
    """Return the turns of the lead, each with the agent's message before it.

    Args:
        messages: Some that follow each other.
        agent_text: The agent's newest message before them; empty without one.
    """
    turns = []
    for message in messages:
        if message.role is Role.AGENT:
            agent_text = message.text
        elif message.role is Role.LEAD:
            turns.append(Turn(text=message.text, agent_text=agent_text))
    return turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """A conversation that went on."""

    state: ConversationState
    readings: tuple[MessageReading, ...]
    """Of the new messages, in order."""


def continued(before: ConversationState, messages: Sequence[Message], answers: HeadReadings) -> Continued:
    """Return a conversation after some more messages.

    Args:
        before: As it was.
        messages: The new ones, in order.
        answers: Of their turns: see :func:`turns_of`.

    Raises:
        DeadlineSpent: If the deadline of the call passed.
    """
    state, readings, turn = before, [], 0
    rows = _Rows(answers)
    first = before.tempo.message_count
    for number, message in enumerate(messages):
        if not number % _CHECK_EVERY:
            deadline.check()
        read = _read(message, first + number, state, rows, turn)
        turn += read.feelings is not None
        state = state.after(message, read)
        readings.append(read)
    return Continued(state=state, readings=tuple(readings))


class _Rows:
    """Probabilities by kind as lists, which are quicker to pick from one by one."""

    def __init__(self, answers: HeadReadings) -> None:
        self.thresholds = answers.thresholds
        # Made of a whole column of weights: once for all messages.
        self.term_weight = cache(answers.term_weight)
        self._rows: Mapping[str, list[list[float]]] = {
            kind: np.clip(rows, 0.0, 1.0).astype(np.float64).round(PLACES).tolist()
            for kind, rows in answers.probabilities.items()
        }

    def of(self, kind: str, turn: int) -> list[float]:
        return self._rows[kind][turn]


class _Words:
    """Finds the words of one message that show something; whatever that takes is made once, and only if need be."""

    def __init__(self, text: str, agent_text: str, index: int, rows: _Rows) -> None:
        self._text = text
        self._agent_text = agent_text
        self._index = index
        self._term_weight = rows.term_weight
        self._spans: dict[str, tuple[tuple[Span, ...], ...]] = {}

    @cached_property
    def _clauses(self) -> Clauses:
        return Clauses(self._text)

    def of(self, kind: str, at: int) -> tuple[EvidenceSpan, ...]:
        if kind not in self._spans:
            self._spans[kind] = RULE_HEADS[kind].read(self._text, self._agent_text).spans
        found = self._clauses.evidence(self._term_weight(kind, at), self._spans[kind][at])
        return quoted(self._text, self._index, found)


def _read(message: Message, index: int, state: ConversationState, rows: _Rows, turn: int) -> MessageReading:
    if message.role is Role.SYSTEM:
        return MessageReading(message_index=index, message_id=message.message_id, role=message.role)
    asked = state.agent_text if message.role is Role.LEAD else ""
    entities = tuple(
        FoundEntity(entity=one, span=quoted(message.text, index, [Span(start=one.start, end=one.end)])[0])
        for one in find_entities(message.text, state.tempo.moment_of(message.send_time), asked)
    )
    feelings = None
    if message.role is Role.LEAD:
        words = _Words(message.text, state.agent_text, index, rows)
        feelings = _feelings(rows, turn, words)
    return MessageReading(
        message_index=index,
        message_id=message.message_id,
        role=message.role,
        feelings=feelings,
        entities=entities,
    )


def _feelings(rows: _Rows, turn: int, words: _Words) -> Feelings:
    acts = rows.of(DIALOGUE_ACT, turn)
    act = max(range(len(acts)), key=acts.__getitem__)
    return Feelings(
        sentiment=_sentiment(rows.of(SENTIMENT, turn)),
        intents=_intents(rows, turn, words),
        urgency=_signal(URGENCY, 0, rows, turn, words),
        buying_intent=_signal(BUYING_INTENT, 0, rows, turn, words),
        objections=_objections(rows, turn, words),
        act=_ACTS[act],
        act_probability=acts[act],
    )


def _sentiment(row: list[float]) -> SentimentReading:
    negative, _, positive = row
    return SentimentReading(
        negative=negative, neutral=round(max(0.0, 1.0 - negative - positive), PLACES), positive=positive
    )


def _signal(kind: str, at: int, rows: _Rows, turn: int, words: _Words) -> SignalReading:
    probability = rows.of(kind, turn)[at]
    is_present = probability >= rows.thresholds[kind][at]
    return SignalReading(
        probability=probability, is_present=is_present, evidence=words.of(kind, at) if is_present else ()
    )


def _intents(rows: _Rows, turn: int, words: _Words) -> tuple[IntentReading, ...]:
    read = [
        IntentReading(intent=intent, signal=_signal(INTENT, at, rows, turn, words))
        for at, intent in enumerate(_INTENTS)
    ]
    read.sort(key=_by_probability)
    return tuple(read)


def _by_probability(one: IntentReading) -> float:
    return -one.signal.probability


def _objections(rows: _Rows, turn: int, words: _Words) -> tuple[ObjectionReading, ...]:
    row, thresholds = rows.of(OBJECTION, turn), rows.thresholds[OBJECTION]
    present = [at for at, kind in enumerate(_OBJECTIONS) if kind is not Objection.NONE and row[at] >= thresholds[at]]
    present.sort(key=lambda at: -row[at])
    return tuple(
        ObjectionReading(kind=_OBJECTIONS[at], probability=row[at], evidence=words.of(OBJECTION, at)) for at in present
    )
