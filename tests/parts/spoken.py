"""Conversations for tests, and heads that read what the tests write into their messages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np

from core.conversation.heads.readings import HeadReadings, HeadUse
from core.conversation.kinds import CLASSES, ConversationSource, DialogueAct, Intent, Objection, Role
from core.conversation.message import Message
from core.conversation.reading import (
    EvidenceSpan,
    Feelings,
    IntentReading,
    MessageReading,
    ObjectionReading,
    SentimentReading,
    SignalReading,
)
from core.conversation.state import ConversationState

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_TAG = re.compile(r"\[(\w+)\.(\w+)=([\d.]+)\]")


def at(hours=0.0, days=0.0):
    return START + timedelta(hours=hours, days=days)


def lead(text="Good day", send_time=None, **fields):
    return Message(text=text, send_time=send_time, **fields)


def agent(text="Good day to you", send_time=None, **fields):
    return Message(text=text, role=Role.AGENT, send_time=send_time, **fields)


class TaggedHeads:
    """Reads ``[intent.buying=0.9]`` in a message as what the head says; everything else is unremarkable."""

    usual: ClassVar = {
        "sentiment": [0.1, 0.8, 0.1],
        "objection": [0.9] + [0.01] * 7,
        "dialogue_act": [0.6] + [0.05] * 8,
    }

    def __init__(self, source=ConversationSource.MODEL, version="v1"):
        self.source, self.version = source, version
        self.read_texts = []
        self.pinned = []

    def read(self, tenant, turns, pinned=None):
        self.read_texts += [turn.text for turn in turns]
        self.pinned.append(dict(pinned or {}))
        uses = {kind: HeadUse(self.source, (pinned or {}).get(kind, self.version)) for kind in CLASSES}
        return HeadReadings(
            probabilities={kind: self._rows(kind, turns) for kind in CLASSES},
            thresholds={kind: (0.5,) * len(classes) for kind, classes in CLASSES.items()},
            uses=uses,
            warnings=(),
            term_weight=lambda _kind, _at: None,
            plan=repr(sorted(uses.items())).encode(),
        )

    def _rows(self, kind, turns):
        classes = [str(one) for one in CLASSES[kind]]
        rows = np.array([self.usual.get(kind, [0.05] * len(classes)) for _ in turns], dtype=np.float32)
        rows = rows.reshape(len(turns), len(classes))
        for at_, turn in enumerate(turns):
            for of, name, value in _TAG.findall(turn.text):
                if of == kind:
                    rows[at_, classes.index(name)] = float(value)
        return rows


def feelings(*, urgency=0.1, buying=0.1, sentiment=0.0, objections=None, intents=None, act=DialogueAct.INFORM):
    """Return what heads say; sentiment is the score, and everything from 0.5 on is present."""
    intents = intents or {}
    read = [IntentReading(intent=one, signal=signal(intents.get(one, 0.05))) for one in Intent]
    return Feelings(
        sentiment=SentimentReading(
            negative=max(0.0, -sentiment), neutral=1 - abs(sentiment), positive=max(0.0, sentiment)
        ),
        intents=tuple(sorted(read, key=lambda one: -one.signal.probability)),
        urgency=signal(urgency),
        buying_intent=signal(buying),
        objections=tuple(
            ObjectionReading(kind=Objection(kind), probability=probability, evidence=(span(),))
            for kind, probability in (objections or {}).items()
        ),
        act=act,
        act_probability=0.9,
    )


def signal(probability):
    is_present = probability >= 0.5
    return SignalReading(probability=probability, is_present=is_present, evidence=(span(),) if is_present else ())


def span(index=0):
    return EvidenceSpan(message_index=index, start=0, end=4, text="Good")


def talk(*turns, state=None):
    """Return a conversation after messages: ``(message, feelings or None)`` each."""
    state = state or ConversationState()
    for message, read in turns:
        reading = MessageReading(
            message_index=state.tempo.message_count, message_id="", role=message.role, feelings=read
        )
        state = state.after(message, reading)
    return state
