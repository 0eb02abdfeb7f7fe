"""How leads ended, whoever said so: the outcome written with a lead, or feedback that closes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, and_, case, func, or_, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.lead_json import lead_from_json
from core.adapters.sql.lead_store import STREAM_ROWS
from core.adapters.sql.outcome_revision import raise_outcome_revision, read_outcome_revision
from core.adapters.sql.tables import lead_feedback, leads
from core.feedback.feedback import FeedbackAction
from core.identifiers import TenantId
from core.lead import LeadOutcome, StoredLead

_CLOSING = (FeedbackAction.CONVERT.value, FeedbackAction.DISMISS.value)
_State = tuple[int, datetime | None]


class SqlKnownOutcomes:
    """Reads outcomes. Implements :class:`core.scoring.fallbacks.OutcomeSource`.

    A write of feedback does not raise the tenant's outcome revision: writers would queue for its one row. Whoever sums
    up feedback every few minutes does, with :meth:`notice`.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[TenantId, _State] = {}

    def labelled(self, tenant: TenantId) -> Iterator[StoredLead]:
        """Yield every lead with an outcome, ordered by (outcome time, lead id); the newer of two outcomes counts.

        A connection is in use until the iterator is exhausted or closed.
        """
        told = _newest_closing(tenant)
        is_newer = or_(leads.c.outcome_time.is_(None), told.c.occurred_time > leads.c.outcome_time)
        by_feedback = and_(told.c.lead_id.is_not(None), is_newer)
        known_time: ColumnElement[Any] = case((by_feedback, told.c.occurred_time), else_=leads.c.outcome_time)
        query = (
            select(
                leads, told.c.action_type, told.c.occurred_time, case((by_feedback, 1), else_=0).label("by_feedback")
            )
            .outerjoin(told, told.c.lead_id == leads.c.lead_id)
            .where(leads.c.tenant == tenant, or_(leads.c.outcome_time.is_not(None), told.c.lead_id.is_not(None)))
            .order_by(known_time, leads.c.lead_id)
            .execution_options(yield_per=STREAM_ROWS)
        )
        with self._database.snapshot(tenant) as connection, connection.execute(query) as rows:
            for row in rows:
                yield _stored_lead(row)

    @again
    def outcome_revision(self, tenant: TenantId) -> int:
        """Return a number that rises whenever an outcome is written with a lead, or noticed; 0 before the first."""
        with self._database.read(tenant) as connection:
            return read_outcome_revision(connection, tenant)

    @again
    def notice(self, tenant: TenantId) -> bool:
        """Raise the outcome revision if feedback closed leads since the last look; returns whether it did."""
        columns = lead_feedback.c
        mine = columns.tenant == tenant, columns.action_type.in_(_CLOSING)
        with self._database.read(tenant) as connection:
            count, newest = connection.execute(select(func.count(), func.max(columns.updated_at)).where(*mine)).one()
        state = (count, newest)
        if self._seen.get(tenant, (0, None)) == state:
            return False
        with self._database.write(tenant) as connection:
            raise_outcome_revision(connection, tenant)
        self._seen[tenant] = state
        return True


def _newest_closing(tenant: TenantId) -> Subquery:
    """Return the last feedback that closes each lead, by when it happened."""
    columns = lead_feedback.c
    order = (columns.occurred_time.desc(), columns.updated_at.desc(), columns.feedback_id.desc())
    place = func.row_number().over(partition_by=columns.lead_id, order_by=order).label("place")
    all_of_them = (
        select(columns.lead_id, columns.action_type, columns.occurred_time, place)
        .where(columns.tenant == tenant, columns.action_type.in_(_CLOSING))
        .subquery()
    )
    chosen = all_of_them.c
    return select(chosen.lead_id, chosen.action_type, chosen.occurred_time).where(chosen.place == 1).subquery("closing")


def _stored_lead(row: Row[Any]) -> StoredLead:
    converted = row.action_type == FeedbackAction.CONVERT.value if row.by_feedback else row.outcome_converted
    known_time = row.occurred_time if row.by_feedback else row.outcome_time
    return StoredLead(
        lead=lead_from_json(row.lead_id, row.body),
        outcome=LeadOutcome(converted=converted, outcome_time=known_time),
        create_time=row.create_time,
        update_time=row.update_time,
        revision=row.revision,
    )
