"""What the shape of a message and the agent's turn before it say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.conversation.kinds import DialogueAct, Intent
from core.conversation.rules.words import Words
from core.conversation.word_set import word_set

_ACTS = tuple(DialogueAct)
_INTENTS = tuple(Intent)
_YES = word_set("yes yeah yep yup sure ok okay definitely absolutely correct right")
_OFFERS = word_set(
    """
    found option options available located there how about what think apartment house property interested like
    recommend
    """
)
_FACTS = word_set("where how when who area name time place city many date day budget size price location")
_CONFIRMS = word_set("confirm correct right verify shall")
_BUYING_ASKS = word_set("sign proceed order reserve contract book ahead buy draw send")
_SHORT = 6
"""A message of at most so many words is an answer rather than a statement."""


def act_context(words: Words, agent: Words) -> Sequence[float]:
    """Return what adds to each dialogue act, in log-odds."""
    added = dict.fromkeys(_ACTS, 0.0)
    if words.ends_with_question:
        added[DialogueAct.ASK] += 1.6
    elif words.question_marks:
        added[DialogueAct.ASK] += 0.8
    for act, more in _after(agent, answers=not words.question_marks).items():
        added[act] += more
    if not agent.words:
        added[DialogueAct.AFFIRM] -= 0.8
        added[DialogueAct.SELECT] -= 0.4
    if any("0" <= letter <= "9" for word in words.words for letter in word) and not words.question_marks:
        added[DialogueAct.INFORM] += 0.8
    return [added[act] for act in _ACTS]


def _after(agent: Words, *, answers: bool) -> Mapping[DialogueAct, float]:
    """Return what the agent's turn makes likely: a fact asked for is given, a plan confirmed, an offer taken."""
    said = set(agent.words)
    if agent.question_marks and said & _FACTS and not said & _CONFIRMS:
        asked = {
            DialogueAct.INFORM: 1.8,
            DialogueAct.STATE_INTENT: -0.8,
            DialogueAct.AFFIRM: -1.0,
            DialogueAct.SELECT: -1.2,
        }
        return asked if answers else {DialogueAct.INFORM: 0.8}
    if said & _CONFIRMS:
        return {DialogueAct.AFFIRM: 1.6, DialogueAct.SELECT: -1.2}
    if agent.question_marks and not said & _OFFERS:
        return {DialogueAct.AFFIRM: 0.6, DialogueAct.INFORM: 0.3}
    return {DialogueAct.SELECT: 0.9, DialogueAct.AFFIRM: -0.8} if said & _OFFERS else {}


def intent_context(words: Words, agent: Words) -> Sequence[float]:
    """Return what adds to each intent, in log-odds."""
    del agent
    added = dict.fromkeys(_INTENTS, 0.0)
    if words.question_marks:
        added[Intent.INFORMATION] += 1.0
        added[Intent.CLOSING] -= 1.0
    if not words.words:
        added[Intent.OTHER] += 2.0
    return [added[intent] for intent in _INTENTS]


def buying_context(words: Words, agent: Words) -> Sequence[float]:
    """Return what adds to readiness to buy: a yes to an agent that asks to go ahead."""
    says_yes = bool(words.words) and words.words[0] in _YES and len(words.words) <= _SHORT
    return [2.6 if says_yes and agent.ends_with_question and _BUYING_ASKS & set(agent.words) else 0.0]


def sentiment_context(words: Words, agent: Words) -> Sequence[float]:
    """Return what adds to each feeling: exclamation marks stress what is said, they do not say which way."""
    del agent
    return [
        0.2 * min(words.exclamation_marks, 2),
        0.3 if words.ends_with_question else 0.0,
        0.4 * min(words.exclamation_marks, 2),
    ]
