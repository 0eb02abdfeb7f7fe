"""What a feature is, and what a family of features must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.features.view import LeadView

Row = npt.NDArray[np.float32]
"""float32 (n_features,), NaN = missing."""


class FeatureGroup(Enum):
    """The families of features, as the explanation names them."""

    TEXT = "text"
    TIME = "time"
    LOCATION = "location"
    CATEGORY = "category"
    HISTORY = "history"
    ATTRIBUTE = "attribute"
    BEHAVIOR = "behavior"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """The declaration of one number."""

    name: str
    """Unique, stable: ``title.word_count``, ``attribute:Lead Source=Google``."""
    group: FeatureGroup
    reason: str
    """The readable name it is explained under; features that share it are added up."""
    unit: str = "count"
    """``count``, ``number``, ``share`` in [0, 1], ``flag`` 0/1, ``weight``, ``hours``, ``hour``, ``weekday``
    (0 = Monday), ``years``, ``money``; of behaviour also ``days``, ``minutes``, ``seconds``, ``per_day``, ``score``."""
    dtype: str = "float32"
    default: float = float("nan")
    """The value of a lead that says nothing about it."""
    window: str = "none"
    """Span of history it looks at, ``none`` for properties of the lead itself."""
    version: int = 1
    """Rises when the computation changes; part of the feature-set hash."""

    def signature(self) -> list[str | int]:
        """Return what the feature-set hash is made of."""
        return [self.name, self.group.value, self.unit, self.dtype, repr(self.default), self.window, self.version]


class Family(Protocol):
    """A family of features over one lead."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The declarations, in the order in which ``write`` fills them."""

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """Fill ``row[start : start + len(features)]``, which holds zeros, for one lead."""
