"""The name of a feature of a stream of events, as reasons tell it."""

from __future__ import annotations

import re

_SPAN = re.compile(r"(\d+)([hd])")
_UNITS = {"h": "hour", "d": "day"}
_WORDS = {"avg": "average", "min": "minimum", "max": "maximum"}
_SAID_BY_VALUES = frozenset({"days", "hours", "minutes", "seconds"})
_ENDLESS = {"days_since_first": "Days since the first event", "days_since_last": "Days since the newest event"}
"""Names that do not say of what."""


def readable(name: str, unit: str = "") -> str:
    """Return a name in words: ``days_since_purchase`` is "Days since purchase", ``views_7d`` "Views in 7 days".

    Args:
        name: Of the feature, words joined by ``_``.
        unit: Of its values; a time is not said again at the end of a name: the value says it.
    """
    if name in _ENDLESS:
        return _ENDLESS[name]
    words = name.split("_")
    span = _SPAN.fullmatch(words[-1])
    if span is not None:
        words[-1] = _span(words[-2], int(span[1]), _UNITS[span[2]])
    elif len(words) > 1 and words[-1] == unit and unit in _SAID_BY_VALUES:
        words.pop()
    text = " ".join(_WORDS.get(word, word) for word in words)
    return text[0].upper() + text[1:]


def _span(before: str, count: int, unit: str) -> str:
    """Return a span; "fading over" what is not a window."""
    plural = unit if count == 1 else f"{unit}s"
    return f"{'over' if before == 'fading' else 'in'} {count} {plural}"
