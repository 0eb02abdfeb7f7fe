"""A learned ranker: what each action brings to a lead, from its graph and what goes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.actions.effects import Effect
from core.actions.ranker_features import FieldEncoding, Singles, encode
from core.criteria.facts import Facts

INPUT_NAME = "features"
"""float32 (n, width of the fields)."""
PROPENSITY_NAME = "propensity"
"""float32 (n, actions): probability of a conversion if the action is put first, in [0, 1]."""
UPLIFT_NAME = "uplift"
"""float32 (n, actions): how much higher that is than with the baseline, in [-1, 1]."""
VARIANCE_NAME = "variance"
"""float32 (n, actions): of the uplift, >= 0."""
OUTPUT_NAMES = (PROPENSITY_NAME, UPLIFT_NAME, VARIANCE_NAME)
ALLOWED_OPERATORS = frozenset(
    ("", name) for name in ("Add", "Clip", "Gemm", "Identity", "MatMul", "Mul", "ReduceSum", "Reshape", "Sigmoid")
)
"""(domain, operator). None of them loops, allocates by value, reads files or draws random numbers."""
NORMAL_975 = 1.959963984540054


class RankerGraph(Protocol):
    """Runs the graph of a version."""

    def run(self, features: Singles) -> tuple[Singles, Singles, Singles]:
        """Return propensity, uplift and variance, float32 (n, actions) each, for features (n, width)."""


OpenGraph = Callable[[bytes, int, int], RankerGraph]
"""Opens a graph for so many features and actions, or raises ArtifactRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedAction:
    """An action that a ranker has learned of."""

    action_id: str
    evidence_count: int
    """Outcomes it was learned from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerParts:
    """What a ranker is besides its graph."""

    fields: tuple[FieldEncoding, ...]
    actions: tuple[RankedAction, ...]
    """In the order of the graph's outputs."""
    baseline: str
    """What others are compared with; "" for the average of all."""
    is_personal: bool
    """Whether it says different things of different leads."""


class RankerModel:
    """Says what actions bring to a lead. Implements :class:`core.actions.effects.EffectModel`.

    Args:
        version: Name.
        parts: What it has learned of.
        graph: What works effects out.
    """

    def __init__(self, version: str, parts: RankerParts, graph: RankerGraph) -> None:
        self._version = version
        self.parts = parts
        self._graph = graph
        self._places = {action.action_id: place for place, action in enumerate(parts.actions)}

    @property
    def version(self) -> str:
        """Name of the version."""
        return self._version

    def run(self, features: Singles) -> tuple[Singles, Singles, Singles]:
        """Return propensity, uplift and variance of all actions for what is seen of n leads, (n, actions) each."""
        return self._graph.run(features)

    def effects(self, facts: Facts, action_ids: Sequence[str]) -> Mapping[str, Effect]:
        """Return what each action brings to a lead."""
        places = {action_id: self._places[action_id] for action_id in action_ids if action_id in self._places}
        if not places:
            return {}
        propensity, uplift, variance = (one[0] for one in self.run(encode(self.parts.fields, facts)[np.newaxis]))
        half = NORMAL_975 * np.sqrt(np.maximum(variance, 0.0))
        return {
            action_id: Effect(
                propensity=float(propensity[place]),
                uplift=float(uplift[place]),
                interval=_interval(uplift, half, place),
                evidence_count=self.parts.actions[place].evidence_count,
            )
            for action_id, place in places.items()
        }


def _interval(uplift: npt.NDArray[np.float32], half: npt.NDArray[np.float32], place: int) -> tuple[float, float]:
    value, width = float(uplift[place]), float(half[place])
    return max(-1.0, value - width), min(1.0, value + width)
