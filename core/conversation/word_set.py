"""Lists of words that rules look for."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, parted by white space."""
    return frozenset(text.split())
