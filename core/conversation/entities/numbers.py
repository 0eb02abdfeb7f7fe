"""Numbers as people write them: "1,250.50", "two hundred and fifty", "a couple of"."""

from __future__ import annotations

import re
from collections.abc import Mapping

_UNITS: Mapping[str, float] = {
    word: float(value)
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS: Mapping[str, float] = {
    word: float(10 * value)
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_LOOSE: Mapping[str, float] = {
    "a": 1.0,
    "an": 1.0,
    "single": 1.0,
    "couple": 2.0,
    "few": 3.0,
    "dozen": 12.0,
    "half": 0.5,
}
SCALES: Mapping[str, float] = {
    "hundred": 1e2,
    "k": 1e3,
    "grand": 1e3,
    "thousand": 1e3,
    "lakh": 1e5,
    "m": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "mil": 1e6,
    "million": 1e6,
    "crore": 1e7,
    "bn": 1e9,
    "billion": 1e9,
}
_REPLACING = frozenset({"couple", "few", "dozen"})
_WORDS: Mapping[str, float] = {**_UNITS, **_TENS}

DIGITS = r"(?:[0-9]{1,3}(?:\.[0-9]{3}){1,4}(?![0-9])|(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,12})(?:\.[0-9]{1,4})?)"
"""Pattern of a number in digits."""
_ONE_WORD = "(?:" + "|".join(_WORDS) + ")"
_SCALE_WORD = "(?:hundred|thousand|million|billion)"
WORDED = (
    rf"(?:(?:half )?a(?: couple of| few)?(?= {_SCALE_WORD}\b)|{_ONE_WORD}\b)"
    rf"(?:[ -](?:and )?(?:{_ONE_WORD}|{_SCALE_WORD})\b){{0,7}}"
)
"""Pattern of a number in words."""
COUNT = r"(?:[0-9]{1,3}(?:\.[0-9])?|" + _ONE_WORD + r"\b(?:-(?:one|two|three|four|five|six|seven|eight|nine)\b)?)"
"""Pattern of a small number."""
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){1,4}")
"""Thousands with dots, as on the continent: no count or amount has three decimals."""
_WORD = re.compile(r"[a-z]+")


def number_of(written: str) -> float | None:
    """Return the value of a number in digits or words, None if it is none."""
    if written[:1].isdigit():
        plain = written.replace(".", "") if _DOTTED.fullmatch(written) else written.replace(",", "")
        return float(plain)
    return _of_words(_WORD.findall(written))


def _of_words(words: list[str]) -> float | None:
    """Multiply parts below a scale by it, then add them up, as in two hundred and fifty thousand."""
    total, part, is_number = 0.0, 0.0, False
    for word in words:
        scale = SCALES.get(word)
        value = _WORDS.get(word, _LOOSE.get(word))
        if word in _REPLACING:
            part, is_number = (part if word == "dozen" and part else 1.0) * _LOOSE[word], True
        elif value is not None:
            part = part * value if word == "a" and part else part + value
            is_number = True
        elif scale is not None and scale >= SCALES["thousand"]:
            total, part, is_number = total + (part or 1.0) * scale, 0.0, True
        elif scale is not None:
            part, is_number = (part or 1.0) * scale, True
    return total + part if is_number else None


def written(value: float) -> str:
    """Return a value the one way it is written: "450000", "2.5"."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
