"""Adds the cues of a message up to probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.conversation.kinds import MULTI_LABEL
from core.conversation.rules.cues import Hit, Phrases
from core.conversation.rules.reading import RuleReading
from core.conversation.rules.words import Words, words_of
from core.conversation.span import Span, joined

_SURE, _UNLIKELY = 0.9, 0.02
"""Rules are never surer than this, either way."""
_NEGATED = -0.6
"""A negated cue speaks against its class, less than it would have spoken for it."""
_FADING = (1.0, 0.5, 0.25)
"""What the strongest, second and third cue of a class count; more of the same say no more."""

Context = Callable[[Words, Words], Sequence[float]]
"""What the shape of a message, and the agent's turn before it, add to each class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyHead:
    """Adds up the cues of each class.

    The score of a class is its bias, its strongest cues and what its context adds, in log-odds; a sigmoid or, where
    just one class holds, a softmax makes it a probability.
    """

    kind: str
    bias: tuple[float, ...]
    phrases: Phrases
    context: Context | None = None
    negation_goes_to: Mapping[int, int] = field(default_factory=dict)
    """Class that a negated cue of a class speaks for: "not good" is bad."""
    thresholds: tuple[float, ...] = ()

    def read(self, text: str, agent_text: str) -> RuleReading:
        """Return what a message says; see :class:`~core.conversation.rules.reading.RuleHead`."""
        words = words_of(text)
        weights: list[list[float]] = [[] for _ in self.bias]
        spans: list[list[Span]] = [[] for _ in self.bias]
        for hit in self.phrases.hits(words):
            column, weight = self._weighed(words, hit)
            weights[column].append(weight)
            if weight > 0.0:
                spans[column].append(words.span(hit.first, hit.end))
        scores = [bias + _sum(found) for bias, found in zip(self.bias, weights, strict=True)]
        if self.context is not None:
            added = self.context(words, words_of(agent_text))
            scores = [score + more for score, more in zip(scores, added, strict=True)]
        probabilities = _each(scores) if self.kind in MULTI_LABEL else _softmax(scores)
        return RuleReading(probabilities=probabilities, spans=tuple(joined(found) for found in spans))

    def _weighed(self, words: Words, hit: Hit) -> tuple[int, float]:
        cue = hit.cue
        if cue.is_fixed:
            return cue.column, cue.weight
        if not words.is_negated(hit.first):
            return cue.column, cue.weight * words.stress(hit.first)
        other = self.negation_goes_to.get(cue.column)
        return (cue.column, _NEGATED * cue.weight) if other is None else (other, -_NEGATED * cue.weight)


def _sum(weights: list[float]) -> float:
    """Add the strongest cues for and against, the later ones fading."""
    if not weights:
        return 0.0
    ordered = sorted(weights)
    against = sum(weight * fading for weight, fading in zip(ordered, _FADING, strict=False) if weight < 0.0)
    return against + sum(
        weight * fading for weight, fading in zip(reversed(ordered), _FADING, strict=False) if weight > 0.0
    )


def _each(scores: Sequence[float]) -> tuple[float, ...]:
    return tuple(min(_SURE, max(_UNLIKELY, 1.0 / (1.0 + math.exp(-score)))) for score in scores)


def _softmax(scores: Sequence[float]) -> tuple[float, ...]:
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    share = 1.0 - (1.0 - _SURE) * len(scores) / (len(scores) - 1)
    """Mixed with the even distribution, so that no class has more than 0.9."""
    even = (1.0 - share) / len(scores)
    return tuple(share * power / total + even for power in powers)
