"""The range of a feature, read out of the words that describe it."""

from __future__ import annotations

import math
import re

_NUMBER = r"-?\d+(?:\.\d+)?"
_WORDS = re.compile(
    rf"; (?:at least (?P<least>{_NUMBER})|above (?P<above>{_NUMBER})|(?:above )?(?P<low>{_NUMBER})(?: \([^)]*\))? to "
    rf"(?:below )?(?P<high>{_NUMBER})(?: \([^)]*\))?)\."
)


def stated_range(description: str) -> tuple[float, float] | None:
    """Return the least and the most, None where the description names no range."""
    found = _WORDS.search(description.replace("\n", " "))
    if found is None:
        return None
    if found["low"] is not None:
        return float(found["low"]), float(found["high"])
    return float(found["least"] or found["above"]), math.inf
