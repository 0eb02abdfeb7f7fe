"""The ordered features of a model version, and the one way to compute them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.features.behavior import BehaviorValues
from core.features.declaration import Family, Feature, FeatureGroup, Row
from core.features.families import Families
from core.features.view import LeadView
from core.lead import Lead

Matrix = npt.NDArray[np.float32]
"""float32 (n_leads, n_features), NaN = missing."""


class FeatureSet:
    """Computes the vector of a lead for one model version.

    Args:
        families: The fitted families.
        kept: Names of the features the version uses, in any order; their order in the vector is the declared one.
            None keeps all.
    """

    def __init__(self, families: Families, kept: frozenset[str] | None = None) -> None:
        self.families = families
        declared: list[Feature] = []
        self._active: list[tuple[Family, int]] = []
        for family in families.ordered():
            names = [feature.name for feature in family.features]
            if kept is None or not kept.isdisjoint(names):
                self._active.append((family, len(declared)))
                declared.extend(family.features)
        self._width = len(declared)
        positions = [i for i, feature in enumerate(declared) if kept is None or feature.name in kept]
        self._positions: npt.NDArray[np.intp] = np.array(positions, dtype=np.intp)
        self.features = tuple(declared[i] for i in positions)
        self.names = tuple(feature.name for feature in self.features)
        self.hash = feature_set_hash(self.features)
        self.uses_behavior = any(feature.group is FeatureGroup.BEHAVIOR for feature in self.features)
        """Whether the vector depends on what the lead did."""
        looked_at = families.behavior.state
        self.behavior_plan = looked_at.plan_hash if looked_at is not None and self.uses_behavior else ""
        """Hash of the plan whose features it takes; "" of a set that takes none."""

    def __len__(self) -> int:
        return len(self.features)

    def vector(self, lead: Lead, moment: datetime | None, behavior: BehaviorValues | None = None) -> Row:
        """Return the vector of one lead as of ``moment``: float32 (n_features,).

        Args:
            lead: The lead.
            moment: When it is judged.
            behavior: Features of what it did up to then; None: not known.
        """
        row = np.zeros(self._width, dtype=np.float32)
        view = LeadView(lead, moment, self.families.keywords, behavior)
        for family, start in self._active:
            family.write(view, row, start)
        return row[self._positions]

    def matrix(
        self,
        leads: Sequence[Lead],
        moments: Sequence[datetime | None],
        before: Callable[[int], None] | None = None,
        behavior: Sequence[BehaviorValues | None] | None = None,
    ) -> Matrix:
        """Return the vectors of many leads: float32 (n_leads, n_features).

        Args:
            leads: The leads.
            moments: The moment each is judged at.
            before: Called with the position of each lead before its vector is computed; training uses it to bring the
                outcome table up to the moment of the lead.
            behavior: Features of what each lead did up to its moment, None: not known; None for all: of none.
        """
        rows = np.zeros((len(leads), self._width), dtype=np.float32)
        keywords, active = self.families.keywords, self._active
        for position, (lead, moment) in enumerate(zip(leads, moments, strict=True)):
            if before is not None:
                before(position)
            done = None if behavior is None else behavior[position]
            view, row = LeadView(lead, moment, keywords, done), rows[position]
            for family, start in active:
                family.write(view, row, start)
        return rows[:, self._positions]

    def without_constants(self, rows: Matrix) -> FeatureSet:
        """Return the set without the features that never vary in ``rows``: (n_leads, n_features) of this set."""
        if not len(rows):
            return self
        first = rows[0]
        varies = ((rows != first) & ~(np.isnan(rows) & np.isnan(first))).any(axis=0)
        return FeatureSet(self.families, frozenset(name for name, keep in zip(self.names, varies, strict=True) if keep))


def feature_set_hash(features: Sequence[Feature]) -> str:
    """Return the SHA-256, hexadecimal, of the ordered declarations."""
    signature = json.dumps([feature.signature() for feature in features], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(signature.encode()).hexdigest()
