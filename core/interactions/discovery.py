"""Search and discovery: where a lead came upon an item."""

from __future__ import annotations

from functools import partial

from core.event import PageType, Referrer
from core.features.streams.aggregate import Function, Unit
from core.features.streams.declaration import StreamFeature
from core.interactions.counted import Declared, of_views

FAMILY = "discovery"
PAGES = of_views("view_pages", Function.HISTOGRAM, Unit.PAGE)
REFERRERS = of_views("view_referrers", Function.HISTOGRAM, Unit.REFERRER)
EXTERNAL = (Referrer.SEARCH_ENGINE, Referrer.SOCIAL, Referrer.EMAIL, Referrer.ADVERTISEMENT, Referrer.PARTNER)
"""Referrers outside the site or app."""
_PAGES = {
    "search_views": (PageType.SEARCH, "Views of the item among search results; at least 0."),
    "category_views": (PageType.CATEGORY, "Views of the item on category pages; at least 0."),
    "collection_views": (PageType.COLLECTION, "Views of the item on collection pages; at least 0."),
    "direct_views": (PageType.DETAIL, "Views of the item's own page; at least 0."),
}
_feature = partial(StreamFeature, family=FAMILY)


def discovery() -> Declared:
    """Return the aggregates and the features of the family."""
    referral = _feature(
        name="referral_views",
        description="Views that came from a search engine, social media, e-mail, an advertisement or a partner; at "
        "least 0.",
        compute=lambda reading: float(sum(reading[REFERRERS.name].get(source, 0) for source in EXTERNAL)),
        default=0.0,
    )
    return (PAGES, REFERRERS), (*(_on_page(*of) for of in _PAGES.items()), referral)


def _on_page(name: str, counted: tuple[PageType, str]) -> StreamFeature:
    page, description = counted
    return _feature(
        name=name,
        description=description,
        compute=lambda reading: float(reading[PAGES.name].get(page, 0)),
        default=0.0,
    )
