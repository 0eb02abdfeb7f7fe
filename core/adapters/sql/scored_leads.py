"""Leads as they were when they were scored, in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from core.adapters.sql.database import Database
from core.adapters.sql.lead_json import lead_from_json
from core.adapters.sql.tables import lead_revisions, predictions
from core.feedback.scored_leads import ScoredLead, ScoringHint
from core.identifiers import LeadId, TenantId

STREAM_ROWS = 1_000
"""Rows of each table fetched at a time."""

_lead_id = attrgetter("lead_id")


class SqlScoredLeads:
    """Streams leads. Implements :class:`core.feedback.scored_leads.ScoredLeads`.

    Two ordered streams, of scores and of revisions, are read side by side: two queries, however many leads there are.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def scored_leads(self, tenant: TenantId, hints: Mapping[LeadId, ScoringHint]) -> Iterator[ScoredLead]:
        """Yield the leads of the hints that there are, ordered by id.

        A connection is in use until the iterator is exhausted or closed.

        Raises:
            DependencyDown: If the database does not work.
        """
        with self._database.snapshot(tenant) as connection:
            scores = _Following(groupby(_rows(connection, _scores(tenant)), key=_lead_id))
            for lead_id, revisions in groupby(_rows(connection, _revisions(tenant)), key=_lead_id):
                hint = hints.get(lead_id)
                if hint is not None:
                    yield _scored(list(revisions), _moment(scores.of(lead_id), hint))


class _Following:
    """Groups of another stream in the same order, of which some are wanted."""

    def __init__(self, groups: Iterator[tuple[str, Iterator[Row[Any]]]]) -> None:
        self._groups = groups
        self._next = next(groups, None)

    def of(self, lead_id: str) -> Iterator[Row[Any]]:
        """Return the rows of a lead; ids only rise from call to call."""
        while self._next is not None and self._next[0] < lead_id:
            self._next = next(self._groups, None)
        return iter(()) if self._next is None or self._next[0] != lead_id else self._next[1]


def _rows(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    with connection.execute(query.execution_options(yield_per=STREAM_ROWS)) as rows:
        yield from rows


def _scores(tenant: TenantId) -> Select[Any]:
    columns = predictions.c
    query = select(columns.lead_id, columns.score_time, columns.token_id)
    return query.where(columns.tenant == tenant).order_by(columns.lead_id)


def _revisions(tenant: TenantId) -> Select[Any]:
    columns = lead_revisions.c
    query = select(columns.lead_id, columns.revision, columns.body, columns.recorded_time)
    return query.where(columns.tenant == tenant).order_by(columns.lead_id, columns.revision)


def _moment(scores: Iterator[Row[Any]], hint: ScoringHint) -> datetime | None:
    last: datetime | None = None
    for row in scores:
        if hint.token_id and row.token_id == hint.token_id:
            return _as_datetime(row.score_time)
        if row.score_time <= hint.until and (last is None or row.score_time > last):
            last = row.score_time
    return last


def _as_datetime(value: Any) -> datetime:
    moment: datetime = value
    return moment


def _scored(revisions: Sequence[Row[Any]], moment: datetime | None) -> ScoredLead:
    first = revisions[0]
    known = first
    for row in revisions[1:]:
        if moment is not None and row.recorded_time <= moment:
            known = row
    lead = lead_from_json(known.lead_id, known.body)
    return ScoredLead(
        lead=lead,
        moment=moment or lead.posted_time or first.recorded_time,
        revision=known.revision,
        was_scored=moment is not None,
    )
