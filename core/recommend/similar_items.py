"""The use case behind FindSimilarItems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from core.errors import NotFound
from core.identifiers import TenantId, check_identifier
from core.recommend.answer import Source, check_places
from core.recommend.catalog_view import CatalogView
from core.recommend.filtering import ItemFilter
from core.recommend.item import Item
from core.recommend.model import RecommendationModel
from core.recommend.shelves import Shelves
from core.recommend.wording import shared_properties

Flags = npt.NDArray[np.bool_]

ROOM = 4
"""So many times more items are looked at first than should do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """An item like another."""

    item: Item
    similarity: float
    """In [-1, 1]."""
    shared: Sequence[str]
    """What they share, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarItems:
    """An answer."""

    items: Sequence[Similar]
    """The most similar first."""
    source: Source
    model_version: str


class SimilarFinder:
    """Finds items like one.

    Args:
        shelves: Catalogues, and what ranks them.
    """

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def find(
        self, tenant: TenantId, item_id: str, *, limit: int, wanted: ItemFilter, version: str = ""
    ) -> SimilarItems:
        """Return items like one that can be had.

        Args:
            tenant: Whose catalogue.
            item_id: The item; one that cannot be had will do, one that was deleted not.
            limit: 1 to 100.
            wanted: What they must be.
            version: Version to use, "" for the active one.

        Raises:
            InvalidInput: If ``limit`` is out of range.
            NotFound: If there is no such item, or no such version.
            DependencyDown: If the catalogue has to be read and the store does not work.
        """
        check_identifier(item_id, "item_id")
        check_places(limit)
        shelf = self._shelves.get(tenant)
        view, columns = shelf.view, shelf.view.columns
        position = view.position(item_id)
        if position is None or columns.is_deleted[position]:
            raise NotFound("item", item_id)
        ranker = self._shelves.pinned(tenant, version) if version else shelf.ranker
        source = Source.MODEL if ranker.is_trained else Source.CONTENT
        fits = columns.is_available & ~columns.is_deleted
        if not wanted.is_empty:
            fits &= wanted.passes(view)
        # One may be so new that the model does not know it yet.
        is_known = position < ranker.rows.size and ranker.rows[position] >= 0
        found = _nearest(ranker.model, view, item_id, fits, limit) if is_known else []
        mine = view.items[position]
        items = [
            Similar(item=item, similarity=similarity, shared=shared_properties(item, mine))
            for item, similarity in ((view.items[place], similarity) for place, similarity in found)
        ]
        return SimilarItems(items=items, source=source, model_version=ranker.version)


def _nearest(
    model: RecommendationModel, view: CatalogView, item_id: str, fits: Flags, limit: int
) -> list[tuple[int, float]]:
    """Return (position, similarity) of the most similar items that fit.

    To tell all of a large catalogue one by one would hold up other calls: first so many are looked at as should do if
    those that fit stand anywhere.
    """
    known = len(model.item_ids)
    for asked in (ROOM * limit * -(-known // max(1, int(fits.sum()))), known):
        placed = ((view.position(other), similarity) for other, similarity in model.similar(item_id, asked))
        fitting = ((place, similarity) for place, similarity in placed if place is not None and fits[place])
        found = list(islice(fitting, limit))
        if len(found) == limit or asked >= known:
            break
    return found
