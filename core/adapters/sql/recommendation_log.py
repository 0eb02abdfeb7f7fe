"""What was recommended, in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from core.adapters.sql.database import Database
from core.adapters.sql.erasure_guard import remove_rows_of_erased
from core.adapters.sql.failures import again
from core.adapters.sql.tables import recommendation_log as table
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.identifiers import TenantId
from core.recommend.recommendation_log import LoggedCandidate, LoggedItem, RecommendationRow

_ROWS_AT_ONCE = 100
"""Rows of one statement: ten values each stay far below SQLite's limit of 32,766."""


class SqlRecommendationLog:
    """Keeps what was recommended. Implements :class:`core.recommend.recommendation_log.RecommendationLog`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, rows: Sequence[RecommendationRow]) -> None:
        """Write a batch in one transaction. One that is there already is left as it is: a batch may be sent again.

        What was recommended to a lead that was erased since is not kept.

        Raises:
            DependencyDown: If the database does not work.
        """
        if not rows:
            return
        # In one order, so that two batches never wait for each other crosswise.
        tenants = sorted({row.tenant for row in rows})
        # One commit for the batch of a busy moment, whoever asked in it.
        with self._database.write(tenants[0] if len(tenants) == 1 else ALL_TENANTS) as connection:
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                values = [_values(row) for row in rows[start : start + _ROWS_AT_ONCE]]
                connection.execute(insert_for(connection, table).values(values).on_conflict_do_nothing())
            for tenant in tenants:
                newest = ((row.lead_id, row.up_to_sequence) for row in rows if row.tenant == tenant)
                remove_rows_of_erased(connection, table, tenant, newest)

    @again
    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Remove what was recommended before a moment and return how many answers.

        Raises:
            DependencyDown: If the database does not work.
        """
        old = delete(table).where(table.c.tenant == tenant, table.c.recommend_time < before)
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount


def _values(row: RecommendationRow) -> dict[str, Any]:
    body = {
        "exploration": row.exploration,
        "items": [list(item) for item in row.items],
        "candidates": [list(candidate) for candidate in row.candidates],
    }
    return {
        "tenant": row.tenant,
        "token_id": row.token_id,
        "lead_id": row.lead_id,
        "version": row.version,
        "source": row.source,
        "recommend_time": row.recommend_time,
        "up_to_sequence": row.up_to_sequence,
        "experiment": row.experiment,
        "variant": row.variant,
        "body": json.dumps(body, separators=(",", ":")),
    }


def body_of(text: str) -> tuple[float, list[LoggedItem], list[LoggedCandidate]]:
    """Return the exploration, the items and the candidates of a row's ``body``."""
    content = json.loads(text)
    items = [LoggedItem(*item) for item in content["items"]]
    return content["exploration"], items, [LoggedCandidate(*one) for one in content["candidates"]]
