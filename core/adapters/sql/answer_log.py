"""What versions answered, from the log of predictions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import exists, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables import leads, predictions
from core.identifiers import LeadId, TenantId
from core.scoring.online.online_store import FirstAnswer
from core.scoring.result import ScoreSource

LEADS_AT_ONCE = 500
STREAM_ROWS = 500
"""Rows fetched at a time while an open lead is looked for."""
_columns = predictions.c


class SqlAnswerLog:
    """Reads predictions. Implements :class:`core.scoring.online.online_store.AnswerLog`.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def first_answers(
        self, tenant: TenantId, version: str, lead_ids: Collection[LeadId]
    ) -> Mapping[LeadId, FirstAnswer]:
        """Return the first answer of a version about each lead; those it never scored are left out."""
        query = select(_columns.lead_id, _columns.probability, _columns.score_time).where(
            _columns.tenant == tenant, _columns.version == version, _columns.source == ScoreSource.MODEL.value
        )
        query = query.order_by(_columns.score_time, _columns.token_id)
        listed = list(lead_ids)
        found: dict[LeadId, FirstAnswer] = {}
        with self._database.read(tenant) as connection:
            for start in range(0, len(listed), LEADS_AT_ONCE):
                some = listed[start : start + LEADS_AT_ONCE]
                for row in connection.execute(query.where(_columns.lead_id.in_(some))):
                    answer = FirstAnswer(probability=row.probability, score_time=row.score_time)
                    found.setdefault(LeadId(row.lead_id), answer)
        return found

    @again
    def first_open(
        self, tenant: TenantId, version: str, since: datetime, closed: Collection[LeadId]
    ) -> datetime | None:
        """Return when, from ``since`` on, the version first scored a lead that is not among the ``closed``.

        A lead that was scored and never stored has no end to wait for. Reads on only until it has found one.
        """
        stored = exists().where(leads.c.tenant == tenant, leads.c.lead_id == _columns.lead_id)
        query = (
            select(_columns.lead_id, _columns.score_time)
            .where(_columns.tenant == tenant, _columns.version == version)
            .where(_columns.source == ScoreSource.MODEL.value, _columns.score_time >= since, stored)
            .order_by(_columns.score_time)
        )
        streamed = query.execution_options(yield_per=STREAM_ROWS)
        with self._database.snapshot(tenant) as connection, connection.execute(streamed) as rows:
            return next((row.score_time for row in rows if row.lead_id not in closed), None)
