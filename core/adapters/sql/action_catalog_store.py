"""Catalogues of actions in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from core.actions.catalog import ActionCatalog, ActionCatalogVersion, CatalogSummary
from core.actions.catalog_json import catalog_from_json, catalog_to_json
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import answer_once
from core.adapters.sql.tables import action_catalogs, active_action_catalogs, intelligence_heads
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import NotFound
from core.identifiers import TenantId
from core.ports import Clock, Page

HEAD = "action_catalogs"
"""Name of the revision in ``intelligence_heads``."""
_columns = action_catalogs.c
_active = active_action_catalogs.c
_SUMMARY = (_columns.version, _columns.created_by, _columns.create_time, _columns.reason)


class SqlActionCatalogStore:
    """Keeps catalogues of actions. Implements :class:`core.actions.catalog.ActionCatalogStore`.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def publish(
        self, caller: Caller, request_id: str, catalog: ActionCatalog, *, activate: bool, reason: str
    ) -> ActionCatalogVersion:
        """Keep a catalogue; see :meth:`core.actions.catalog.ActionCatalogStore.publish`."""
        body = catalog_to_json(catalog)

        def write(connection: Connection, now: datetime) -> int:
            _raise_revision(connection, caller.tenant)
            newest = connection.scalar(select(func.max(_columns.version)).where(_columns.tenant == caller.tenant))
            version: int = (newest or 0) + 1
            row = {
                "tenant": caller.tenant,
                "version": version,
                "body": body,
                "created_by": caller.actor,
                "create_time": now,
                "reason": reason,
            }
            connection.execute(action_catalogs.insert().values(row))
            if activate:
                _activate(connection, caller.tenant, version, now)
            return version

        version = self._once(caller, "PublishActionCatalog", request_id, [body, activate, reason], write)
        return self.get(caller.tenant, version)

    @again
    def activate(self, caller: Caller, request_id: str, version: int, reason: str) -> ActionCatalogVersion:
        """Put a version into use; see :meth:`core.actions.catalog.ActionCatalogStore.activate`."""

        def write(connection: Connection, now: datetime) -> int:
            _raise_revision(connection, caller.tenant)
            _row(connection, caller.tenant, version)
            _activate(connection, caller.tenant, version, now)
            return version

        self._once(caller, "ActivateActionCatalog", request_id, [version, reason], write)
        return self.get(caller.tenant, version)

    @again
    def get(self, tenant: TenantId, version: int) -> ActionCatalogVersion:
        """Return a version; see :meth:`core.actions.catalog.ActionCatalogStore.get`."""
        with self._database.read(tenant) as connection:
            row = _row(connection, tenant, version)
            active = _active_version(connection, tenant)
        return ActionCatalogVersion(
            version=row.version,
            catalog=catalog_from_json(row.body),
            is_active=row.version == active,
            created_by=row.created_by,
            create_time=row.create_time,
            reason=row.reason,
        )

    @again
    def active(self, tenant: TenantId) -> ActionCatalogVersion | None:
        """Return the one in use, None where none was published or every one was kept inactive."""
        with self._database.read(tenant) as connection:
            version = _active_version(connection, tenant)
        return None if version is None else self.get(tenant, version)

    @again
    def list(self, tenant: TenantId, *, limit: int, before: int | None) -> Page[CatalogSummary]:
        """Return a page of versions; see :meth:`core.actions.catalog.ActionCatalogStore.list`."""
        query = select(*_SUMMARY).where(_columns.tenant == tenant)
        if before is not None:
            query = query.where(_columns.version < before)
        with self._database.read(tenant) as connection:
            rows = connection.execute(query.order_by(_columns.version.desc()).limit(limit + 1)).all()
            active = _active_version(connection, tenant)
        items = tuple(
            CatalogSummary(
                version=row.version,
                is_active=row.version == active,
                created_by=row.created_by,
                create_time=row.create_time,
                reason=row.reason,
            )
            for row in rows[:limit]
        )
        return Page(items=items, next_key=str(items[-1].version) if len(rows) > limit else None)

    @again
    def revisions(self) -> Mapping[TenantId, int]:
        """Return a number for every tenant that published, which rises with every change."""
        heads = intelligence_heads.c
        with self._database.read(ALL_TENANTS) as connection:
            rows = connection.execute(select(heads.tenant, heads.revision).where(heads.name == HEAD)).all()
        return {TenantId(row.tenant): row.revision for row in rows}

    def _once(
        self, caller: Caller, method: str, request_id: str, body: Any, write: Callable[[Connection, datetime], int]
    ) -> int:
        with self._database.write(caller.tenant) as connection:
            now = self._clock()
            version: int = answer_once(
                connection,
                tenant=caller.tenant,
                method=method,
                request_id=request_id,
                body=body,
                now=now,
                act=lambda: write(connection, now),
            )
            return version


def _raise_revision(connection: Connection, tenant: TenantId) -> None:
    """Raise the revision; writers of the tenant wait here until the one before has committed."""
    heads = intelligence_heads.c
    insert = insert_for(connection, intelligence_heads).values(tenant=tenant, name=HEAD, revision=1)
    connection.execute(
        insert.on_conflict_do_update(index_elements=[heads.tenant, heads.name], set_={"revision": heads.revision + 1})
    )


def _row(connection: Connection, tenant: TenantId, version: int) -> Any:
    query = select(*_SUMMARY, _columns.body).where(_columns.tenant == tenant, _columns.version == version)
    row: Any = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("action_catalog", str(version))
    return row


def _active_version(connection: Connection, tenant: TenantId) -> int | None:
    version: int | None = connection.scalar(select(_active.version).where(_active.tenant == tenant))
    return version


def _activate(connection: Connection, tenant: TenantId, version: int, now: datetime) -> None:
    insert = insert_for(connection, active_action_catalogs).values(tenant=tenant, version=version, update_time=now)
    changes = {"version": version, "update_time": now}
    connection.execute(insert.on_conflict_do_update(index_elements=[_active.tenant], set_=changes))
