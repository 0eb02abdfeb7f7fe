"""How leads like this one ended, as far as was known at the moment."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.features.declaration import Feature, FeatureGroup, Row
from core.features.places import category_levels, location_key, price_band
from core.features.view import LeadView
from core.lead import Lead

PRIOR_WEIGHT = 20.0
"""How many leads the next coarser rate counts for. Shrinkage towards the parent level: the empirical-Bayes estimate
of Micci-Barreca 2001 with a fixed weight."""
MIN_EVIDENCE = 5
"""A cell with fewer closed leads is as good as empty: it says little, and could point at a person."""
_EVERYTHING = "*"


class OutcomeTable:
    """Counts of closed and of converted leads per cell; cells are added to, never recomputed."""

    __slots__ = ("_cells",)

    def __init__(self, cells: Mapping[str, tuple[int, int]] | None = None) -> None:
        self._cells: dict[str, tuple[int, int]] = dict(cells or {})

    def record(self, lead: Lead, *, converted: bool, sign: int = 1) -> None:
        """Add the outcome of one lead, or take it back with ``sign=-1``."""
        for cell in cells_of(lead):
            closed, won = self._cells.get(cell, (0, 0))
            self._cells[cell] = (closed + sign, won + sign * converted)

    def rate(self, *cells: str) -> tuple[float, int]:
        """Return the smoothed success rate of the last cell, backing off to the ones before, and its evidence.

        Args:
            cells: Names as :func:`cells_of` makes them, from coarse to fine.

        Returns:
            The rate in [0, 1], NaN while fewer than ``MIN_EVIDENCE`` leads have closed at all; and the number of closed
            leads in the finest cell that has enough.
        """
        closed, won = self._cells.get(_EVERYTHING, (0, 0))
        if closed < MIN_EVIDENCE:
            return math.nan, 0
        rate, evidence = won / closed, closed
        for cell in cells:
            closed, won = self._cells.get(cell, (0, 0))
            if closed >= MIN_EVIDENCE:
                rate = (won + PRIOR_WEIGHT * rate) / (closed + PRIOR_WEIGHT)
                evidence = closed
        return rate, evidence

    def cells(self) -> dict[str, tuple[int, int]]:
        """Return the cells that can matter, sorted by name: (closed, converted) each."""
        return {name: cell for name, cell in sorted(self._cells.items()) if cell[0] >= MIN_EVIDENCE}


def cells_of(lead: Lead) -> tuple[str, ...]:
    """Return the cells an outcome of ``lead`` counts in."""
    group, category = category_levels(lead.category)
    place = location_key(lead.location_name)
    return (
        _EVERYTHING,
        f"g|{group}",
        f"c|{category}",
        f"l|{place}",
        f"cl|{category}|{place}",
        f"clp|{category}|{place}|{price_band(lead.price)}",
    )


class History:
    """Smoothed success rates of the lead's location, category, and of similar leads, as of the moment."""

    features = (
        Feature(
            name="location.success_rate",
            group=FeatureGroup.LOCATION,
            reason="Success of this location so far",
            unit="share",
            window="all",
        ),
        Feature(
            name="category.success_rate",
            group=FeatureGroup.CATEGORY,
            reason="Success of this category so far",
            unit="share",
            window="all",
        ),
        Feature(
            name="similar.success_rate",
            group=FeatureGroup.HISTORY,
            reason="Success of similar leads so far",
            unit="share",
            window="all",
        ),
        Feature(
            name="similar.evidence",
            group=FeatureGroup.HISTORY,
            reason="Number of similar leads so far",
            unit="share",
            window="all",
            default=0.0,
        ),
    )

    def __init__(self, table: OutcomeTable) -> None:
        self.table = table

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        lead = view.lead
        _, group, category, place, both, finest = cells_of(lead)
        rate = self.table.rate
        row[start] = rate(place)[0] if lead.location_name else math.nan
        row[start + 1] = rate(group, category)[0] if lead.category else math.nan
        if lead.category or lead.location_name:
            row[start + 2], closed = rate(group, category, both, finest)
            # A plain count would tell how late in the training data a lead came, and serving is later than all of it.
            row[start + 3] = closed / (closed + PRIOR_WEIGHT)
        else:
            row[start + 2] = math.nan
