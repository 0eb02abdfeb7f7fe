"""Features: how well known the lead's market is, and whether the work is remote."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.features.declaration import Feature, FeatureGroup, Row
from core.features.places import location_key
from core.features.view import LeadView
from core.features.words import find_words

MIN_LEADS_PER_MARKET = 5


class Location:
    """Popularity of the location among the training leads, and remote or hybrid marks.

    Args:
        leads_per_market: Number of training leads per location, keys as :func:`location_key` makes them.
        lead_count: Number of training leads.
    """

    features = (
        Feature(
            name="location.popularity", group=FeatureGroup.LOCATION, reason="Popularity of the location", unit="share"
        ),
        Feature(name="location.known", group=FeatureGroup.LOCATION, reason="Known market", unit="flag"),
        Feature(name="location.remote", group=FeatureGroup.LOCATION, reason="Remote", unit="flag", default=0.0),
        Feature(name="location.hybrid", group=FeatureGroup.LOCATION, reason="Hybrid", unit="flag", default=0.0),
    )

    def __init__(self, leads_per_market: Mapping[str, int], lead_count: int) -> None:
        self.leads_per_market = dict(leads_per_market)
        self.lead_count = lead_count

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        key = location_key(view.lead.location_name)
        if key:
            leads = self.leads_per_market.get(key, 0)
            row[start] = leads / max(1, self.lead_count)
            row[start + 1] = leads > 0
        else:
            row[start] = row[start + 1] = math.nan
        row[start + 2] = _says("remote", key, view)
        row[start + 3] = _says("hybrid", key, view)


def _says(word: str, key: str, view: LeadView) -> bool:
    """Return whether a word stands in the location, the title or the description."""
    # Most texts lack even its letters, which is found out many times faster than its absence among the words.
    return (word in key and word in find_words(key)) or any(
        word in facts.lowered and word in facts.words for facts in (view.title, view.description)
    )
