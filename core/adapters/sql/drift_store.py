"""Drift reports in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from core.adapters.sql.database import Database
from core.adapters.sql.tables import drift_reports as table
from core.adapters.sql.upsert import insert_for
from core.identifiers import TenantId
from core.monitoring.findings import DriftReport
from core.monitoring.report_json import report_from_json, report_to_json

_columns = table.c


class SqlDriftStore:
    """Keeps drift reports. Implements :class:`core.monitoring.drift_store.DriftStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, tenant: TenantId, report: DriftReport) -> None:
        """Keep a report. One of the same moment takes its place.

        Raises:
            DependencyDown: If the database does not work.
        """
        key = {"tenant": tenant, "kind": report.kind, "version": report.version, "report_time": report.report_time}
        body = report_to_json(report)
        with self._database.write(tenant) as connection:
            adding = insert_for(connection, table).values(**key, body=body)
            connection.execute(adding.on_conflict_do_update(index_elements=list(key), set_={"body": body}))

    def newest(self, tenant: TenantId, kind: str, version: str) -> DriftReport | None:
        """Return the newest report of a version, or None before the first check."""
        return next(iter(self.history(tenant, kind, version, 1)), None)

    def history(self, tenant: TenantId, kind: str, version: str, limit: int) -> Sequence[DriftReport]:
        """Return up to ``limit`` reports of a version, newest first."""
        mine = (_columns.tenant == tenant, _columns.kind == kind, _columns.version == version)
        query = select(_columns.body).where(*mine).order_by(_columns.report_time.desc()).limit(limit)
        with self._database.read(tenant) as connection:
            return [report_from_json(body) for body in connection.scalars(query)]

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget reports made before a moment, except the newest of each version; return how many."""
        other = table.alias()
        newest = (
            select(func.max(other.c.report_time))
            .where(other.c.tenant == tenant, other.c.kind == _columns.kind, other.c.version == _columns.version)
            .scalar_subquery()
        )
        old = delete(table).where(
            _columns.tenant == tenant, _columns.report_time < before, _columns.report_time < newest
        )
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount
