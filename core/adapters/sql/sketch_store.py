"""Sketches of what was served, in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from core.adapters.sql.database import Database
from core.adapters.sql.tables import serving_sketches as table
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.identifiers import TenantId
from core.monitoring.sketch import Sketch, merge, sketch_from_bytes, sketch_to_bytes
from core.monitoring.sketch_store import KeyedSketch, SketchKey

_columns = table.c
_KEY = ("tenant", "kind", "version", "window_start", "process_id")
_VALUES = ("row_count", "body", "update_time")
_STREAM_ROWS = 200


class SqlSketchStore:
    """Keeps sketches. Implements :class:`core.monitoring.sketch_store.SketchStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, process_id: str, sketches: Sequence[KeyedSketch], now: datetime) -> None:
        """Keep what a process served so far in some hours; what it wrote of them before is replaced.

        Raises:
            DependencyDown: If the database does not work.
        """
        if not sketches:
            return
        rows = [
            {
                "tenant": one.key.tenant,
                "kind": one.key.kind,
                "version": one.key.version,
                "window_start": one.key.window_start,
                "process_id": process_id,
                "row_count": one.sketch.row_count,
                "body": sketch_to_bytes(one.sketch),
                "update_time": now,
            }
            for one in sketches
        ]
        tenants = {one.key.tenant for one in sketches}
        with self._database.write(tenants.pop() if len(tenants) == 1 else ALL_TENANTS) as connection:
            adding = insert_for(connection, table)
            newer = {name: adding.excluded[name] for name in _VALUES}
            connection.execute(adding.on_conflict_do_update(index_elements=_KEY, set_=newer), rows)

    def read(self, tenant: TenantId, kind: str, version: str, start: datetime, end: datetime) -> Iterator[KeyedSketch]:
        """Yield the sketches of every process whose hour begins at or after ``start`` and before ``end``, in order."""
        mine = (_columns.tenant == tenant, _columns.kind == kind, _columns.version == version)
        hours = (_columns.window_start >= start, _columns.window_start < end)
        query = select(_columns.window_start, _columns.body).where(*mine, *hours)
        query = query.order_by(_columns.window_start, _columns.process_id)
        streamed = query.execution_options(yield_per=_STREAM_ROWS)
        with self._database.snapshot(tenant) as connection, connection.execute(streamed) as rows:
            for row in rows:
                key = SketchKey(tenant=tenant, kind=kind, version=version, window_start=row.window_start)
                yield KeyedSketch(key=key, sketch=sketch_from_bytes(row.body))

    def total(self, tenant: TenantId, kind: str, version: str, start: datetime, end: datetime) -> Sketch | None:
        """Return the sums over what a version served in the hours that begin in [start, end); None without any."""
        total: Sketch | None = None
        for one in self.read(tenant, kind, version, start, end):
            total = one.sketch if total is None else merge(total, one.sketch)
        return total if total is not None and total.row_count else None

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget hours that began before a moment; return how many rows went."""
        old = delete(table).where(_columns.tenant == tenant, _columns.window_start < before)
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount
