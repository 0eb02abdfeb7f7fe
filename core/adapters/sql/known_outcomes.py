"""How leads ended, whoever said so: the outcome written with a lead, or feedback that closes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

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

        A connection is in use until the iterator is exhausted or closed. Who ended how is put together here and not by
        a join, whose plan a database without fresh statistics may get badly wrong.
        """
        with self._database.snapshot(tenant) as connection:
            ends = _ends(connection, tenant)
            ordered = sorted(ends, key=lambda lead_id: (_time(ends[lead_id]), lead_id))
            for start in range(0, len(ordered), STREAM_ROWS):
                part = ordered[start : start + STREAM_ROWS]
                query = select(leads).where(leads.c.tenant == tenant, leads.c.lead_id.in_(part))
                found = {row.lead_id: row for row in connection.execute(query)}
                yield from (_stored_lead(found[lead_id], ends[lead_id]) for lead_id in part if lead_id in found)

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


def _ends(connection: Connection, tenant: TenantId) -> dict[str, LeadOutcome]:
    """Return how each lead ended, by the newer of what was written with it and the last feedback that closes it."""
    columns = leads.c
    written = select(columns.lead_id, columns.outcome_converted, columns.outcome_time).where(
        columns.tenant == tenant, columns.outcome_time.is_not(None)
    )
    ends = {
        lead_id: LeadOutcome(converted=converted, outcome_time=known)
        for lead_id, converted, known in connection.execute(written)
    }
    told = lead_feedback.c
    closing = (
        select(told.lead_id, told.action_type, told.occurred_time)
        .where(told.tenant == tenant, told.action_type.in_(_CLOSING))
        .order_by(told.occurred_time, told.updated_at, told.feedback_id)
    )
    latest = {
        lead_id: LeadOutcome(converted=action == FeedbackAction.CONVERT.value, outcome_time=occurred)
        for lead_id, action, occurred in connection.execute(closing)
    }
    for lead_id, end in latest.items():
        before = ends.get(lead_id)
        if before is None or _time(end) > _time(before):
            ends[lead_id] = end
    return ends


def _time(outcome: LeadOutcome) -> datetime:
    return outcome.outcome_time or datetime.min.replace(tzinfo=UTC)


def _stored_lead(row: Row[Any], outcome: LeadOutcome) -> StoredLead:
    return StoredLead(
        lead=lead_from_json(row.lead_id, row.body),
        outcome=outcome,
        create_time=row.create_time,
        update_time=row.update_time,
        revision=row.revision,
    )
