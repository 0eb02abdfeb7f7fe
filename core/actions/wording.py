"""Suggested words, with places that what is known of a lead fills."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.criteria.checking import type_of
from core.criteria.facts import Facts, FactValue, FieldType
from core.errors import InvalidInput

NEEDS: Mapping[str, str] = {
    "needs.bedrooms": "analysis.bedrooms",
    "needs.places": "analysis.places",
    "needs.deadline_days": "analysis.deadline_days",
}
"""Places of needs by the field they stand for; "needs.budget" is put together of several."""
BUDGET = "needs.budget"
_BUDGET_FIELDS = ("analysis.budget_upper", "analysis.budget_lower")

_places = re.compile(r"\{([a-z][a-z0-9_]*\.[^{}]{1,150})\}")
_sentence_ends = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Texts and places by turns: it begins and ends with a text."""

    parts: tuple[str, ...]

    def filled(self, facts: Facts) -> str:
        """Return it with its places filled, "" where one of them is not known."""
        words = list(self.parts)
        for at in range(1, len(words), 2):
            found = _found(words[at], facts)
            if not found:
                return ""
            words[at] = found
        return "".join(words)


@dataclass(frozen=True, slots=True)
class Wording:
    """Words made ready to be filled."""

    sentences: tuple[_Sentence, ...]

    @classmethod
    def of(cls, text: str) -> Wording:
        """Read words with places."""
        sentences = _sentence_ends.split(text.strip()) if text.strip() else []
        return cls(tuple(_Sentence(tuple(_places.split(sentence))) for sentence in sentences))

    def filled(self, facts: Facts) -> str:
        """Return the sentences whose places are all known, filled; "" if none is."""
        return " ".join(filter(None, (sentence.filled(facts) for sentence in self.sentences)))


def check_wording(text: str, fields: Mapping[str, FieldType], where: str) -> None:
    """Do nothing if all places of a wording are fields, or needs.

    Raises:
        InvalidInput: If one is neither; names ``where``.
    """
    for name in _places.findall(text):
        if name != BUDGET and name not in NEEDS and type_of(name, fields) is None:
            raise InvalidInput.of(
                where, "must have no places but fields of docs/criteria.md and needs of docs/actions.md"
            )


def _found(place: str, facts: Facts) -> str:
    if place == BUDGET:
        return _budget(facts)
    value = facts.get(NEEDS.get(place, place))
    return "" if value is None else _words(value)


def _budget(facts: Facts) -> str:
    amount = next((facts[name] for name in _BUDGET_FIELDS if name in facts), None)
    if amount is None:
        return ""
    currency = facts.get("analysis.budget_currency", "")
    return f"{_words(amount)} {currency}".strip()


def _words(value: FactValue) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _listed(value) if isinstance(value, tuple) else f"{value:,.15g}"


def _listed(texts: Sequence[str]) -> str:
    if len(texts) <= 1:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"
