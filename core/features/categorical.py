"""One-hot columns of one categorical value, with "other" for values too rare to learn and "missing"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from core.features.declaration import Feature, FeatureGroup
from core.lead import AttributeValue

MIN_LEADS_PER_LEVEL = 10
MAX_LEVELS = 60
_WHOLE_FROM = 1e15


class OneHot:
    """Maps a value to one column: a learned level, ``(other)`` or ``(missing)``.

    Args:
        name: Prefix of the feature names.
        reason: Readable name all columns are explained under.
        levels: The learned values, in order.
    """

    __slots__ = ("_columns", "features", "levels", "missing", "other")

    def __init__(self, name: str, reason: str, group: FeatureGroup, levels: Sequence[str]) -> None:
        self.levels = tuple(levels)
        self._columns = {level: position for position, level in enumerate(self.levels)}
        self.other = len(self.levels)
        self.missing = self.other + 1
        self.features = tuple(
            Feature(name=f"{name}={level}", group=group, reason=reason, unit="flag", default=0.0)
            for level in (*self.levels, "(other)", "(missing)")
        )

    def column(self, value: str) -> int:
        """Return the column of a value; the empty text is missing."""
        if not value:
            return self.missing
        return self._columns.get(value, self.other)


def level_text(value: AttributeValue | None) -> str:
    """Return a value as a level: text as it is, ``true``/``false``, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value == int(value) and abs(value) < _WHOLE_FROM else repr(value)


def learn_levels(values: Iterable[str], *, min_leads: int = MIN_LEADS_PER_LEVEL) -> tuple[str, ...]:
    """Return the levels that at least ``min_leads`` leads have, at most 60, in alphabetical order."""
    counts = Counter(value for value in values if value)
    frequent = [level for level, count in counts.items() if count >= min_leads]
    frequent.sort(key=lambda level: (-counts[level], level))
    return tuple(sorted(frequent[:MAX_LEVELS]))
