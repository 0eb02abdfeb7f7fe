"""What comparisons of served features with the log found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables import feature_mismatches
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.behavior.feature_check import Mismatch
from core.identifiers import TenantId

_columns = feature_mismatches.c


class SqlMismatchStore:
    """Implements :class:`core.behavior.feature_check.MismatchStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def last_check(self, tenant: TenantId) -> datetime | None:
        """Return when the newest check was; None before the first."""
        with self._database.read(tenant) as connection:
            found: datetime | None = connection.scalar(
                select(func.max(_columns.check_time)).where(_columns.tenant == tenant)
            )
        return found

    @again
    def record(self, tenant: TenantId, check_time: datetime, found: Sequence[Mismatch]) -> None:
        """Keep what a check found; the same check again changes nothing."""
        rows = [
            {
                "tenant": tenant,
                "check_time": check_time,
                "feature": one.feature,
                "compared": one.compared,
                "differing": one.differing,
            }
            for one in found
        ]
        if not rows:
            return
        with self._database.write(tenant) as connection:
            connection.execute(insert_for(connection, feature_mismatches).on_conflict_do_nothing(), rows)

    @again
    def newest(self) -> Mapping[str, tuple[int, int]]:
        """Return feature to (compared, differing), added up over the newest check of every tenant."""
        last = select(_columns.tenant, func.max(_columns.check_time).label("last")).group_by(_columns.tenant).subquery()
        query = (
            select(_columns.feature, func.sum(_columns.compared), func.sum(_columns.differing))
            .join(last, and_(last.c.tenant == _columns.tenant, last.c.last == _columns.check_time))
            .group_by(_columns.feature)
        )
        with self._database.read(ALL_TENANTS) as connection:
            return {name: (int(compared), int(differing)) for name, compared, differing in connection.execute(query)}

    @again
    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Remove what older checks found and return how many rows."""
        old = delete(feature_mismatches).where(_columns.tenant == tenant, _columns.check_time < before)
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount
