"""Scores of the shadow in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import delete, select, tuple_

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables.learning import shadow_scores
from core.adapters.sql.upsert import insert_for
from core.identifiers import TenantId
from core.monitoring.shadow_scores import ShadowScore

_FIELDS = tuple(field.name for field in fields(ShadowScore))
_columns = shadow_scores.c
_ROWS_AT_ONCE = 100
"""Rows of one statement: SQLite's driver lets go of the interpreter's lock for each statement, not for each row."""
_PRUNED_AT_ONCE = 5_000
"""Rows of one transaction, so that no caller waits long for its turn."""


class SqlShadowStore:
    """Keeps scores of the shadow. Implements :class:`core.monitoring.shadow_scores.ShadowStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, scores: Sequence[ShadowScore]) -> None:
        """Write a batch, each tenant's part in a transaction of its own; what is there already stays as it is."""
        for tenant in dict.fromkeys(score.tenant for score in scores):
            mine = [score for score in scores if score.tenant == tenant]
            with self._database.write(tenant) as connection:
                for start in range(0, len(mine), _ROWS_AT_ONCE):
                    part = mine[start : start + _ROWS_AT_ONCE]
                    rows = [{name: getattr(score, name) for name in _FIELDS} for score in part]
                    connection.execute(insert_for(connection, shadow_scores).values(rows).on_conflict_do_nothing())

    @again
    def newest(self, tenant: TenantId, version: str, served_version: str, *, limit: int) -> Sequence[ShadowScore]:
        """Return up to ``limit`` of the newest scores beside answers of ``served_version``, oldest first."""
        query = (
            select(shadow_scores)
            .where(_columns.tenant == tenant, _columns.version == version, _columns.served_version == served_version)
            .order_by(_columns.score_time.desc(), _columns.token_id.desc())
            .limit(limit)
        )
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).mappings().all()
        return [ShadowScore(**row) for row in reversed(rows)]

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget scores of answers that were given before a moment; return how many. May be done again."""
        pruned = 0
        while some := self._prune_some(tenant, before):
            pruned += some
        return pruned

    def _prune_some(self, tenant: TenantId, before: datetime) -> int:
        key = _columns.version, _columns.token_id
        old = select(*key).where(_columns.tenant == tenant, _columns.score_time < before).limit(_PRUNED_AT_ONCE)
        with self._database.write(tenant) as connection:
            return connection.execute(
                delete(shadow_scores).where(_columns.tenant == tenant, tuple_(*key).in_(old))
            ).rowcount
