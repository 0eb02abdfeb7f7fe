"""How many leads did something with each item lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.recommend.catalog import ItemPopularity
from core.recommend.catalog_view import CatalogView

WINDOW_DAYS = 30
"""Over which leads are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCounts:
    """Counts by position in the catalogue; items beyond the arrays were not there when it was counted."""

    leads: npt.NDArray[np.int64]
    """(n,)."""
    weights: npt.NDArray[np.float64]
    """(n,): what leads did, older events counting less."""
    as_of_time: datetime | None
    """The oldest moment any of them is of; None if nothing was counted."""

    @classmethod
    def of(cls, rows: Sequence[ItemPopularity], view: CatalogView) -> LeadCounts:
        """Lay counts over a catalogue."""
        leads = np.zeros(view.count, dtype=np.int64)
        weights = np.zeros(view.count)
        for row in rows:
            position = view.position(row.item_id)
            if position is not None:
                leads[position] = row.lead_count
                weights[position] = row.decayed_weight
        times = [row.as_of_time for row in rows]
        return cls(leads=leads, weights=weights, as_of_time=min(times, default=None))

    def leads_of(self, position: int) -> int:
        """Return how many leads did something with an item."""
        return int(self.leads[position]) if position < self.leads.size else 0

    def weights_of(self, count: int) -> npt.NDArray[np.float64]:
        """Return the weights of ``count`` items."""
        padded = np.zeros(count)
        known = min(count, self.weights.size)
        padded[:known] = self.weights[:known]
        return padded


NOTHING_COUNTED = LeadCounts(leads=np.zeros(0, dtype=np.int64), weights=np.zeros(0), as_of_time=None)
