"""Features: the tenant's own attributes, as the training data had them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.features.categorical import Levels, OneHot, level_text
from core.features.declaration import Feature, FeatureGroup, Row
from core.features.view import LeadView

_FLOAT32_MAX = 3.0e38


class Attributes:
    """Numbers as they are (NaN when missing or not a number), categories as one-hot columns.

    Args:
        numeric: Names of the numeric attributes, in order.
        categorical: Name of each categorical attribute to what was learned of it, in order.
    """

    def __init__(self, numeric: Sequence[str], categorical: Mapping[str, Levels]) -> None:
        self.numeric = tuple(numeric)
        self.categorical = dict(categorical)
        self.names = frozenset((*self.numeric, *self.categorical))
        features = [
            Feature(name=_feature_name(name), group=FeatureGroup.ATTRIBUTE, reason=name, unit="number")
            for name in self.numeric
        ]
        self._one_hots: list[tuple[str, int, OneHot]] = []
        for name, levels in self.categorical.items():
            one_hot = OneHot(_feature_name(name), name, FeatureGroup.ATTRIBUTE, levels)
            self._one_hots.append((name, len(features), one_hot))
            features.extend(one_hot.features)
        self.features = tuple(features)

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        get = view.lead.attributes.get
        if self.numeric:
            row[start : start + len(self.numeric)] = [_number(get(name)) for name in self.numeric]
        for name, offset, one_hot in self._one_hots:
            value = get(name)
            text = value.strip() if type(value) is str else level_text(value)
            row[start + offset + one_hot.column(text)] = 1.0


def _feature_name(attribute: str) -> str:
    r"""Return the prefix of an attribute's features; ``=`` becomes ``\=``, so that no two attributes share a name."""
    escaped = attribute.replace("\\", "\\\\").replace("=", "\\=")
    return f"attribute:{escaped}"


def _number(value: object) -> float:
    if isinstance(value, (float, int)) and not isinstance(value, bool):
        return value if -_FLOAT32_MAX < value < _FLOAT32_MAX else math.nan
    return math.nan
