"""Reads what labels are made from, as it was known at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, Table, func, null, select, type_coerce, union_all

from core.adapters.sql.columns import UtcTime
from core.adapters.sql.database import Database
from core.adapters.sql.feedback_rows import stored_of
from core.adapters.sql.tables import lead_feedback, lead_feedback_history, lead_outcomes, leads, predictions
from core.feedback.feedback import StoredFeedback
from core.feedback.label_source import LeadEvidence, RecordedOutcome
from core.identifiers import LeadId, TenantId

STREAM_ROWS = 1_000
"""Rows of each table fetched at a time."""

Part: TypeAlias = datetime | RecordedOutcome | StoredFeedback
_Told: TypeAlias = tuple[str, int, Part]
"""Lead id, which of the streams it comes from, and what that says."""

_CREATED, _SHOWN, _ENDED, _SAID = range(4)
_COLUMNS = tuple(column.name for column in lead_feedback.columns if column.name != "tenant")


class SqlLabelSource:
    """Streams the evidence of a tenant. Implements :class:`core.feedback.label_source.LabelSource`.

    Four ordered streams are merged, so that memory holds one lead and a thousand rows of each.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def evidence(self, tenant: TenantId, as_of: datetime) -> Iterator[LeadEvidence]:
        """Yield the leads recorded by ``as_of`` of which anything was known then, ordered by lead id.

        A connection is in use until the iterator is exhausted or closed.

        Raises:
            DependencyDown: If the database does not work.
        """
        with self._database.snapshot(tenant) as connection:
            streams = (
                _stream(connection, _created(tenant, as_of), _CREATED, itemgetter(1)),
                _stream(connection, _shown(tenant, as_of), _SHOWN, itemgetter(1)),
                _stream(connection, _ended(tenant, as_of), _ENDED, _outcome),
                _stream(connection, _said(tenant, as_of), _SAID, stored_of),
            )
            for lead_id, told in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
                found = _evidence(lead_id, told)
                if found is not None:
                    yield found


def _stream(connection: Connection, query: Select[Any] | Any, kind: int, read: Any) -> Iterator[_Told]:
    with connection.execute(query.execution_options(yield_per=STREAM_ROWS)) as rows:
        for row in rows:
            yield row.lead_id, kind, read(row)


def _evidence(lead_id: str, told: Iterator[_Told]) -> LeadEvidence | None:
    """Return what was told of one lead, None if it was not recorded or nothing is known of it."""
    found: dict[int, list[Any]] = {_CREATED: [], _SHOWN: [], _ENDED: [], _SAID: []}
    for _, kind, part in told:
        found[kind].append(part)
    if not found[_CREATED] or not (found[_SHOWN] or found[_ENDED] or found[_SAID]):
        return None
    return LeadEvidence(
        lead_id=LeadId(lead_id),
        create_time=found[_CREATED][0],
        first_shown_time=found[_SHOWN][0] if found[_SHOWN] else None,
        outcome=found[_ENDED][-1] if found[_ENDED] else None,
        feedback=tuple(found[_SAID]),
    )


def _created(tenant: TenantId, as_of: datetime) -> Select[Any]:
    columns = leads.c
    query = select(columns.lead_id, columns.create_time)
    return query.where(columns.tenant == tenant, columns.create_time <= as_of).order_by(columns.lead_id)


def _shown(tenant: TenantId, as_of: datetime) -> Select[Any]:
    columns = predictions.c
    query = select(columns.lead_id, func.min(columns.score_time).label("first_shown_time"))
    mine = query.where(columns.tenant == tenant, columns.score_time <= as_of)
    return mine.group_by(columns.lead_id).order_by(columns.lead_id)


def _ended(tenant: TenantId, as_of: datetime) -> Select[Any]:
    columns = lead_outcomes.c
    query = select(columns.lead_id, columns.converted, columns.outcome_time, columns.recorded_time)
    mine = query.where(columns.tenant == tenant, columns.recorded_time <= as_of)
    return mine.order_by(columns.lead_id, columns.revision)


def _said(tenant: TenantId, as_of: datetime) -> Any:
    newest = _read(lead_feedback, tenant, as_of)
    corrected_since = _read(lead_feedback_history, tenant, as_of).where(lead_feedback_history.c.superseded_at > as_of)
    said = union_all(newest, corrected_since)
    return said.order_by(said.selected_columns.lead_id)


def _read(table: Table, tenant: TenantId, as_of: datetime) -> Select[Any]:
    # Whether it was corrected since was not known then.
    corrected = type_coerce(null(), UtcTime).label("superseded_at")
    query = select(*(table.c[name] for name in _COLUMNS), corrected)
    return query.where(table.c.tenant == tenant, table.c.updated_at <= as_of)


def _outcome(row: Row[Any]) -> RecordedOutcome:
    return RecordedOutcome(converted=row.converted, outcome_time=row.outcome_time, record_time=row.recorded_time)
