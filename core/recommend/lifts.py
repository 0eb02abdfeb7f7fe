"""What lifts items besides the model: what the lead said of itself, what is popular, and that an item is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from core.lead import Lead
from core.recommend.catalog_view import CatalogView, folded
from core.recommend.counts import LeadCounts
from core.recommend.item import Item

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

PROFILE_LIFT = 0.5
"""In standard deviations of the scores: for each of type, place and price that fits what the lead said of itself."""
PROFILE_UNTIL = 5
"""Interactions a lead may have for its profile to count: what it does says more."""
POPULARITY_LIFT = 0.5
"""In standard deviations: for an item a standard deviation more popular, where no model says what popularity counts."""
NEW_LIFT = 0.1
"""In standard deviations: for an item in the catalogue for less than :data:`NEW_FOR`. Enough to come first among
equals, so that leads meet it and something is learned of it."""
NEW_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a lead said of itself."""

    item_type: str = ""
    """The last level of its category."""
    location_name: str = ""
    max_price: float | None = None

    @classmethod
    def of(cls, lead: Lead) -> Profile:
        """Return what a stored lead says of what it wants."""
        return cls(
            item_type=lead.category.rpartition("/")[2].strip(),
            location_name=lead.location_name,
            max_price=lead.price or None,
        )

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not self.item_type and not self.location_name and self.max_price is None

    def fits(self, view: CatalogView) -> Floats:
        """Return how many of type, place and price fit, (n,), 0 to 3."""
        found = np.zeros(view.count)
        if self.item_type:
            found += view.of_types([self.item_type])
        if self.location_name:
            found += view.at_locations([self.location_name])
        if self.max_price is not None:
            found += view.columns.price <= self.max_price
        return found

    def fitting(self, item: Item) -> list[str]:
        """Return what of an item fits, of ``item_type``, ``location_name`` and ``price``; as :meth:`fits` has it."""
        found = []
        if self.item_type and folded(self.item_type) == folded(item.item_type):
            found.append("item_type")
        if self.location_name and folded(self.location_name) == folded(item.location_name):
            found.append("location_name")
        if self.max_price is not None and item.price is not None and item.price <= self.max_price:
            found.append("price")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifts:
    """What was added to the scores of a catalogue's items; each (n,), >= 0, None where it lifts nothing."""

    profile: Singles | None
    popularity: Singles | None
    new: Singles | None

    def add_to(self, total: Singles) -> Singles:
        """Return scores with all lifts, float32 (n,)."""
        for lift in (self.profile, self.popularity, self.new):
            if lift is not None:
                total = total + lift
        return total

    def of(self, position: int) -> tuple[float, float, float]:
        """Return by how much profile, popularity and being new lift one item."""
        found = [0.0 if lift is None else float(lift[position]) for lift in (self.profile, self.popularity, self.new)]
        return found[0], found[1], found[2]


def work_out_lifts(
    view: CatalogView, counts: LeadCounts | None, profile: Profile | None, now: datetime, *, spread: float
) -> Lifts:
    """Return the lifts of all items.

    Args:
        view: The catalogue.
        counts: What is popular; None where the model knows.
        profile: What the lead said; None: nothing, or it has done enough.
        now: The present moment.
        spread: Standard deviation of the scores, > 0.
    """
    popularity = None if counts is None else _popular(counts.weights_of(view.count))
    young = view.columns.created_seconds > (now - NEW_FOR).timestamp()
    return Lifts(
        profile=None if profile is None else _times(profile.fits(view), PROFILE_LIFT * spread),
        popularity=None if popularity is None else _times(popularity, POPULARITY_LIFT * spread),
        new=_times(young, NEW_LIFT * spread) if young.any() else None,
    )


def _times(values: npt.NDArray[np.generic], factor: float) -> Singles:
    product: Singles = np.multiply(values, np.float32(factor), dtype=np.float32, casting="same_kind")
    return product


def _popular(weights: Floats) -> Singles:
    """Return log weights in standard deviations, the least popular at 0."""
    # Not log1p: of single numbers a logarithm takes a tenth of the time.
    logs = np.log(weights.astype(np.float32) + np.float32(1.0))
    deviation = logs.std(dtype=np.float64) if logs.size else 0.0
    return logs / np.float32(deviation) if deviation > 0.0 else np.zeros(logs.size, dtype=np.float32)
