"""One-hot columns of one categorical value, with "other" for values too rare to learn and "missing"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from core.features.declaration import Feature, FeatureGroup
from core.lead import AttributeValue

OTHER = "(other)"
MISSING = "(missing)"
MIN_LEADS_PER_LEVEL = 10
MAX_LEVELS = 60
FEWEST_OF_OPEN = 3
"""Values from which on there may well be more."""
_WHOLE_FROM = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What was learned of one categorical value."""

    names: tuple[str, ...]
    """The values frequent enough to have a column of their own, in order."""
    missing_as: str = MISSING
    """The column of a lead without a value: ``(missing)``, or the commonest level if training saw no such lead."""
    other_as: str = OTHER
    """The column of a value without one: ``(other)``, or ``missing_as`` where there are but one or two others and
    training saw no such value."""


class OneHot:
    """Maps a value to one column.

    A column that never varied in training would be a vector the trees have not seen; a lead without the value, or with
    a new one, is put where training has seen leads instead. Only a new value of one that has three or more is none of
    them: "not may, not june" is what the trees have seen of a month, and may is the wrong guess for april.

    Args:
        name: Prefix of the feature names.
        reason: Readable name all columns are explained under.
        levels: What was learned.
    """

    __slots__ = ("_columns", "_missing", "_other", "features", "levels")

    def __init__(self, name: str, reason: str, group: FeatureGroup, levels: Levels) -> None:
        self.levels = levels
        columns = (*levels.names, OTHER, MISSING)
        self._columns = {level: position for position, level in enumerate(levels.names)}
        self._missing = columns.index(levels.missing_as)
        self._other = columns.index(levels.other_as)
        self.features = tuple(
            Feature(name=f"{name}={level}", group=group, reason=reason, unit="flag", default=0.0) for level in columns
        )

    def column(self, value: str) -> int:
        """Return the column of a value; the empty text is missing."""
        if not value:
            return self._missing
        return self._columns.get(value, self._other)


def level_text(value: AttributeValue | None) -> str:
    """Return a value as a level: text as it is, ``true``/``false``, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value == int(value) and abs(value) < _WHOLE_FROM else repr(value)


def learn_levels(values: Iterable[str], *, min_leads: int = MIN_LEADS_PER_LEVEL) -> Levels:
    """Learn the levels that at least ``min_leads`` leads have, at most 60, in alphabetical order."""
    counts = Counter(values)
    missing_count = counts.pop("", 0)
    frequent = [level for level, count in counts.items() if count >= min_leads and level not in {OTHER, MISSING}]
    frequent.sort(key=lambda level: (-counts[level], level))
    names = tuple(sorted(frequent[:MAX_LEVELS]))
    missing_as = MISSING if missing_count or not frequent else frequent[0]
    is_open = len(counts) > len(names) or len(names) >= FEWEST_OF_OPEN
    return Levels(names=names, missing_as=missing_as, other_as=OTHER if is_open else missing_as)
