"""Features: size and style of a text, and how many words of each keyword family it holds."""

from __future__ import annotations

import math

from core.features.declaration import Feature, FeatureGroup, Row
from core.features.keywords import KeywordFamilies
from core.features.text import STATISTICS
from core.features.view import LeadView

_UNITS = ("count", "count", "count", "share", "share", "share")
_READABLE = ("length", "number of words", "number of sentences", "capitals", "digits", "punctuation")


class TextStatistics:
    """Statistics and keyword counts of ``title`` or ``description``; all missing when the text is empty."""

    def __init__(self, field: str, families: KeywordFamilies) -> None:
        self.field = field
        readable = field.capitalize()
        statistics = (
            Feature(name=f"{field}.{name}", group=FeatureGroup.TEXT, reason=f"{readable}: {words}", unit=unit)
            for name, words, unit in zip(STATISTICS, _READABLE, _UNITS, strict=True)
        )
        keywords = (
            Feature(name=f"{field}.{name}_keywords", group=FeatureGroup.TEXT, reason=f"{readable}: {name} keywords")
            for name in families.names
        )
        self.features = (*statistics, *keywords)
        self._absent = [math.nan] * len(self.features)

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        facts = view.text(self.field)
        stop = start + len(self.features)
        row[start:stop] = [*facts.statistics, *facts.keyword_counts] if facts.text else self._absent
