"""Catalogues in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, select, tuple_, update

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import answer_once
from core.adapters.sql.item_json import item_from_json, item_to_json
from core.adapters.sql.tables import catalog_heads, catalog_items, item_popularity
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.event import FIXED_POINT
from core.identifiers import TenantId
from core.ports import Clock, Page, UpsertCounts
from core.recommend.catalog import CatalogChange, ItemPopularity
from core.recommend.item import Item, StoredItem

_ROWS_AT_ONCE = 5_000
"""Rows fetched at a time while a catalogue is followed."""
_columns = catalog_items.c


class SqlCatalogStore:
    """Keeps catalogues. Implements :class:`core.recommend.catalog.CatalogStore`.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def upsert(self, caller: Caller, request_id: str, items: Sequence[Item]) -> UpsertCounts:
        """Write all items in one transaction; see :meth:`core.recommend.catalog.CatalogStore.upsert`."""
        bodies = {item.item_id: item_to_json(item) for item in items}

        def write(connection: Connection, now: datetime) -> dict[str, int]:
            revision = _next_revision(connection, caller.tenant)
            there = _present(connection, caller.tenant, list(bodies))
            rows = [_row(caller.tenant, item, bodies[item.item_id], revision, now) for item in items]
            connection.execute(_upsert(connection), rows)
            return {"created": len(items) - len(there), "updated": len(there)}

        return UpsertCounts(**self._once(caller, "UpsertItems", request_id, sorted(bodies.items()), write))

    @again
    def delete(self, caller: Caller, request_id: str, item_ids: Sequence[str]) -> int:
        """Mark items as deleted; see :meth:`core.recommend.catalog.CatalogStore.delete`."""

        def write(connection: Connection, now: datetime) -> int:
            revision = _next_revision(connection, caller.tenant)
            there = _present(connection, caller.tenant, item_ids)
            mine = (_columns.tenant == caller.tenant, _columns.item_id.in_(there))
            changes = {"delete_time": now, "update_time": now, "revision": revision}
            connection.execute(update(catalog_items).where(*mine).values(changes))
            return len(there)

        deleted: int = self._once(caller, "DeleteItems", request_id, sorted(item_ids), write)
        return deleted

    @again
    def list(
        self, tenant: TenantId, *, limit: int, after: str | None, item_type: str, updated_since: datetime | None
    ) -> Page[StoredItem]:
        """Return a page of items; see :meth:`core.recommend.catalog.CatalogStore.list`."""
        query = select(catalog_items).where(_columns.tenant == tenant, _columns.delete_time.is_(None))
        if after is not None:
            query = query.where(_columns.item_id > after)
        if item_type:
            query = query.where(_columns.item_type == item_type)
        if updated_since is not None:
            query = query.where(_columns.update_time >= updated_since)
        with self._database.read(tenant) as connection:
            rows = connection.execute(query.order_by(_columns.item_id).limit(limit + 1)).all()
        next_key = rows[limit - 1].item_id if len(rows) > limit else None
        return Page(items=tuple(_stored(row) for row in rows[:limit]), next_key=next_key)

    @again
    def revisions(self) -> Mapping[TenantId, int]:
        """Return the revision of every tenant's catalogue."""
        with self._database.read(ALL_TENANTS) as connection:
            rows = connection.execute(select(catalog_heads.c.tenant, catalog_heads.c.revision)).all()
        return {TenantId(row.tenant): row.revision for row in rows}

    def changes(self, tenant: TenantId, revision: int) -> Iterator[CatalogChange]:
        """Yield what changed above a revision; see :meth:`core.recommend.catalog.CatalogReader.changes`."""
        last: tuple[int, str] = (revision + 1, "")
        while True:
            rows = self._page(tenant, last)
            for row in rows:
                yield CatalogChange(
                    item=item_from_json(row.item_id, row.body),
                    revision=row.revision,
                    create_time=row.create_time,
                    is_deleted=row.delete_time is not None,
                )
            if len(rows) < _ROWS_AT_ONCE:
                return
            last = (rows[-1].revision, rows[-1].item_id)

    @again
    def popularity(self, tenant: TenantId) -> Sequence[ItemPopularity]:
        """Return how popular items are."""
        popular = item_popularity.c
        query = select(popular.item_id, popular.lead_count, popular.decayed_weight, popular.as_of_time)
        with self._database.read(tenant) as connection:
            return [ItemPopularity(*row) for row in connection.execute(query.where(popular.tenant == tenant))]

    @again
    def _page(self, tenant: TenantId, last: tuple[int, str]) -> Sequence[Any]:
        query = (
            select(_columns.item_id, _columns.body, _columns.revision, _columns.create_time, _columns.delete_time)
            # The first half is what the index finds.
            .where(_columns.tenant == tenant, _columns.revision >= last[0])
            .where(tuple_(_columns.revision, _columns.item_id) > last)
            .order_by(_columns.revision, _columns.item_id)
            .limit(_ROWS_AT_ONCE)
        )
        with self._database.read(tenant) as connection:
            return connection.execute(query).all()

    def _once(
        self, caller: Caller, method: str, request_id: str, body: Any, write: Callable[[Connection, datetime], Any]
    ) -> Any:
        with self._database.write(caller.tenant) as connection:
            now = self._clock()
            return answer_once(
                connection,
                tenant=caller.tenant,
                method=method,
                request_id=request_id,
                body=body,
                now=now,
                act=lambda: write(connection, now),
            )


def _next_revision(connection: Connection, tenant: TenantId) -> int:
    """Raise the revision and return it; writers of the tenant wait here until the one before has committed."""
    insert = insert_for(connection, catalog_heads).values(tenant=tenant, revision=1)
    raised = insert.on_conflict_do_update(
        index_elements=[catalog_heads.c.tenant], set_={"revision": catalog_heads.c.revision + 1}
    )
    revision: int = connection.scalar(raised.returning(catalog_heads.c.revision)) or 0
    return revision


def _present(connection: Connection, tenant: TenantId, item_ids: Sequence[str]) -> list[str]:
    mine = (_columns.tenant == tenant, _columns.item_id.in_(item_ids), _columns.delete_time.is_(None))
    return list(connection.scalars(select(_columns.item_id).where(*mine)))


def _upsert(connection: Connection) -> Any:
    statement = insert_for(connection, catalog_items)
    new = statement.excluded
    names = ("body", "item_type", "location_name", "price_e4", "is_available", "revision")
    changes: dict[str, Any] = {name: new[name] for name in names}
    # The later of both: who waited for another write read the clock before it.
    changes["update_time"] = case((_columns.update_time > new.update_time, _columns.update_time), else_=new.update_time)
    changes["delete_time"] = None
    return statement.on_conflict_do_update(index_elements=[_columns.tenant, _columns.item_id], set_=changes)


def _row(tenant: TenantId, item: Item, body: str, revision: int, now: datetime) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "item_id": item.item_id,
        "body": body,
        "item_type": item.item_type,
        "location_name": item.location_name,
        "price_e4": None if item.price is None else round(item.price * FIXED_POINT),
        "is_available": item.is_available,
        "revision": revision,
        "create_time": now,
        "update_time": now,
        "delete_time": None,
    }


def _stored(row: Row[Any]) -> StoredItem:
    return StoredItem(
        item=item_from_json(row.item_id, row.body),
        create_time=row.create_time,
        update_time=row.update_time,
        delete_time=row.delete_time,
    )
