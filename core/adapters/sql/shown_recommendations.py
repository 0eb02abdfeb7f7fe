"""Reads what was recommended, for those who judge by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.recommendation_log import body_of
from core.adapters.sql.tables import recommendation_log
from core.identifiers import LeadId, TenantId
from core.recommend.recommendation_log import RecommendationRow

_columns = recommendation_log.c


class SqlShownRecommendations:
    """Implements :class:`core.recommend.logged.ShownReader`.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def newest(
        self, tenant: TenantId, *, since: datetime, limit: int, version: str | None = None
    ) -> list[RecommendationRow]:
        """Return the newest answers, oldest first.

        Args:
            tenant: Whose.
            since: Only those at this moment or later.
            limit: Most answers.
            version: Only those of this version; None: of all.

        Raises:
            DependencyDown: If the database does not work.
        """
        query = select(recommendation_log).where(_columns.tenant == tenant, _columns.recommend_time >= since)
        if version is not None:
            query = query.where(_columns.version == version)
        newest = query.order_by(_columns.recommend_time.desc(), _columns.token_id.desc()).limit(limit)
        with self._database.read(tenant) as connection:
            return [_shown(row) for row in connection.execute(newest)][::-1]


def _shown(row: Row[Any]) -> RecommendationRow:
    exploration, items, candidates = body_of(row.body)
    return RecommendationRow(
        tenant=TenantId(row.tenant),
        token_id=row.token_id,
        lead_id=LeadId(row.lead_id),
        version=row.version,
        source=row.source,
        recommend_time=row.recommend_time,
        up_to_sequence=row.up_to_sequence,
        experiment=row.experiment,
        variant=row.variant,
        exploration=exploration,
        items=items,
        candidates=candidates,
    )
