"""Removes old feedback with its history; how leads ended stays known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_

from core import deadline
from core.adapters.sql.database import Database
from core.adapters.sql.feedback_ends import keep_ends
from core.adapters.sql.lead_fates import TELLING
from core.adapters.sql.tables import lead_feedback as feedback
from core.adapters.sql.tables import lead_feedback_history as history
from core.adapters.sql.unit_removals import notice_removals
from core.identifiers import TenantId

ROWS_AT_ONCE = 1_000
"""Pieces of feedback of one transaction, so that no caller waits long for its turn."""


def count_old(connection: Connection, tenant: TenantId, before: datetime) -> tuple[int, int]:
    """Return how many pieces of feedback happened before a moment, and how many did not."""
    mine = select(func.count()).select_from(feedback).where(feedback.c.tenant == tenant)
    old = connection.scalar(mine.where(feedback.c.occurred_time < before)) or 0
    return old, (connection.scalar(mine) or 0) - old


def remove_old(database: Database, tenant: TenantId, before: datetime, recorded_by: datetime) -> None:
    """Remove what happened before a moment. Several processes may do so at once, and it may be done again.

    Args:
        database: Where it is.
        tenant: Whose.
        before: What happened earlier goes.
        recorded_by: When the removal was asked for. What was recorded, or corrected, later stays.

    Raises:
        DependencyDown: If the database does not work. What was removed so far stays removed.
        DeadlineSpent: If the call has no time left; likewise.
    """
    while _remove_some(database, tenant, before, recorded_by):
        deadline.check()


def _remove_some(database: Database, tenant: TenantId, before: datetime, recorded_by: datetime) -> bool:
    """Remove the oldest in a transaction of their own and return whether there may be more."""
    columns = feedback.c
    names = ("feedback_id", "lead_id", "action_type", "feedback_confidence", "occurred_time", "updated_at")
    old = select(*(columns[name] for name in names)).where(
        columns.tenant == tenant, columns.occurred_time < before, columns.updated_at <= recorded_by
    )
    oldest = old.order_by(columns.occurred_time, columns.feedback_id).limit(ROWS_AT_ONCE)
    with database.write(tenant) as connection:
        # Locked, so that nobody corrects what is about to go; whoever else removes them takes the others.
        rows = connection.execute(oldest.with_for_update(skip_locked=True)).all()
        keep_ends(connection, tenant, rows, recorded_by)
        told_of = [row.lead_id for row in rows if row.action_type in TELLING]
        notice_removals(connection, tenant, told_of, recorded_by)
        chosen = [row.feedback_id for row in rows]
        connection.execute(delete(history).where(_any_of(history.c.tenant, history.c.feedback_id, tenant, chosen)))
        connection.execute(delete(feedback).where(_any_of(columns.tenant, columns.feedback_id, tenant, chosen)))
    return len(chosen) == ROWS_AT_ONCE


def _any_of(
    tenant_column: ColumnElement[str], id_column: ColumnElement[str], tenant: TenantId, chosen: list[str]
) -> ColumnElement[bool]:
    return tuple_(tenant_column, id_column).in_([(tenant, feedback_id) for feedback_id in chosen])
