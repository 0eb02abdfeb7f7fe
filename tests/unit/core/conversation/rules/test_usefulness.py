from __future__ import annotations

from functools import cache

import pytest

from core.conversation.kinds import CLASSES
from core.conversation.rules import RULE_HEADS
from core.version import BUYING_INTENT, DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY
from training.conversation.phrase import Phrase
from training.conversation.phrase_file import read_phrase_folder

EVERY = 6


@cache
def phrases() -> tuple[Phrase, ...]:
    return read_phrase_folder()[::EVERY]


def labelled(kind: str) -> list[tuple[frozenset[str], set[str], str]]:
    """What people said, what the rules say is present, and their first choice."""
    head = RULE_HEADS[kind]
    found = []
    for phrase in phrases():
        if kind in phrase.labels:
            read = head.read(phrase.turn.text, phrase.turn.agent_text).probabilities
            present = {name for name, p, least in zip(CLASSES[kind], read, head.thresholds, strict=True) if p >= least}
            found.append((phrase.labels[kind], present, CLASSES[kind][read.index(max(read))]))
    return found


def f1(rows, name: str) -> float:
    both = sum(name in said and name in present for said, present, _ in rows)
    either = sum((name in said) + (name in present) for said, present, _ in rows)
    return 2 * both / either if either else 0.0


@pytest.mark.parametrize(("kind", "least"), [(URGENCY, 0.55), (BUYING_INTENT, 0.5), (INTENT, 0.45)])
def test_rules_find_most_of_what_they_say(kind, least):
    rows = labelled(kind)

    assert sum(f1(rows, name) for name in CLASSES[kind]) / len(CLASSES[kind]) > least


@pytest.mark.parametrize(("kind", "least"), [(SENTIMENT, 0.7), (OBJECTION, 0.7), (DIALOGUE_ACT, 0.6)])
def test_the_first_choice_of_the_rules_is_mostly_right(kind, least):
    rows = labelled(kind)

    assert sum(top in said for said, _, top in rows) / len(rows) > least


@pytest.mark.parametrize("kind", [URGENCY, OBJECTION])
def test_everyday_talk_is_seldom_flagged(kind):
    head = RULE_HEADS[kind]
    ordinary = [phrase.turn for phrase in read_phrase_folder() if phrase.is_ordinary]
    flagged = 0
    for turn in ordinary:
        read = head.read(turn.text, turn.agent_text).probabilities
        calm = CLASSES[kind].index("none") if kind == OBJECTION else -1
        flagged += any(p >= 0.5 for index, p in enumerate(read) if index != calm)

    assert len(ordinary) > 100
    assert flagged / len(ordinary) <= 0.025
