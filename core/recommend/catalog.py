"""The catalogue, as the domain sees it: every item in its newest form, with a number that rises at every change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from core.caller import Caller
from core.identifiers import TenantId
from core.ports import Page, UpsertCounts
from core.recommend.item import Item, StoredItem

MAX_WRITES = 500
"""Items of one request."""


class CatalogChange(NamedTuple):
    """The newest form of an item."""

    item: Item
    revision: int
    """Of the catalogue, at the item's last change."""
    create_time: datetime
    """When it was first written."""
    is_deleted: bool


class ItemPopularity(NamedTuple):
    """How much leads did with an item lately."""

    item_id: str
    lead_count: int
    """Leads that did something with it in the 30 days before ``as_of_time``."""
    decayed_weight: float
    """What they did, older events counting less, >= 0."""
    as_of_time: datetime


class CatalogReader(Protocol):
    """Follows catalogues. Changes are visible in the order of their revisions: who has seen one has seen all before."""

    def revisions(self) -> Mapping[TenantId, int]:
        """Return the revision of every tenant's catalogue that has one."""

    def changes(self, tenant: TenantId, revision: int) -> Iterator[CatalogChange]:
        """Yield every item that was last changed above ``revision``, by revision; deleted ones too."""

    def popularity(self, tenant: TenantId) -> Sequence[ItemPopularity]:
        """Return how popular items are, those that leads did something with."""


class CatalogStore(CatalogReader, Protocol):
    """Keeps catalogues. A call that returns has committed."""

    def upsert(self, caller: Caller, request_id: str, items: Sequence[Item]) -> UpsertCounts:
        """Write all items in one transaction, each with the catalogue's next revision.

        The same ``request_id`` again gives the first answer without a second effect.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def delete(self, caller: Caller, request_id: str, item_ids: Sequence[str]) -> int:
        """Mark items as deleted, and return how many there were; what is not known is passed over.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def list(
        self, tenant: TenantId, *, limit: int, after: str | None, item_type: str, updated_since: datetime | None
    ) -> Page[StoredItem]:
        """Return up to ``limit`` items with ids above ``after``, ordered by id, without deleted ones.

        Args:
            tenant: Whose.
            limit: Most items.
            after: The page key, None for the first page.
            item_type: Only of this type; "" for all.
            updated_since: Only what was written at this moment or later; None for all.
        """
