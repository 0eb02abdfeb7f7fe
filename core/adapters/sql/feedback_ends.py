"""Keeps what old feedback says of how leads ended: written with the lead, before the feedback goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from core.adapters.sql.outcome_revision import raise_outcome_revision
from core.adapters.sql.tables import lead_outcomes, lead_revisions, leads
from core.feedback.feedback import FeedbackAction
from core.feedback.label_combining import LEAST_CONFIDENCE
from core.identifiers import TenantId

CLOSING = (FeedbackAction.CONVERT.value, FeedbackAction.DISMISS.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    lead_id: str
    converted: bool
    outcome_time: datetime
    recorded_time: datetime
    tie: str = ""

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """As labels order ends: nothing happened later than it was recorded."""
        return min(self.outcome_time, self.recorded_time), self.recorded_time, self.tie


def keep_ends(connection: Connection, tenant: TenantId, rows: Iterable[Row[Any]], now: datetime) -> None:
    """Write the newest end that each lead has among ``rows`` with the lead, unless it has a newer one.

    A lead that converted stays one that converted: the log of predictions keeps no end, and a lead that was shown and
    has none counts as lost. The outcome bears the time of recording of the feedback, so that label sets of past moments
    keep the end too; the revision of the lead that it comes with bears ``now``.

    Args:
        connection: In the writing transaction that removes the feedback.
        tenant: Whose leads they are.
        rows: Newest revisions of feedback, about to go.
        now: The moment of recording.
    """
    told = _newest(_ends_of(rows))
    if not told:
        return
    # In the order in which leads are written everywhere, so that none waits for another in a circle.
    locked = select(leads.c.lead_id, leads.c.revision, leads.c.body, leads.c.update_time)
    mine = locked.where(leads.c.tenant == tenant, leads.c.lead_id.in_(sorted(told)))
    found = connection.execute(mine.order_by(leads.c.lead_id).with_for_update()).all()
    known = _recorded(connection, tenant, told)
    newer = [lead for lead in found if _is_newer(told[lead.lead_id], known.get(lead.lead_id))]
    if newer:
        _write(connection, tenant, newer, told, now)
        raise_outcome_revision(connection, tenant)


def _ends_of(rows: Iterable[Row[Any]]) -> Iterable[_End]:
    for row in rows:
        # What labels do not believe does not become an outcome, which they believe fully.
        if row.action_type in CLOSING and row.feedback_confidence >= LEAST_CONFIDENCE:
            yield _End(
                lead_id=row.lead_id,
                converted=row.action_type == FeedbackAction.CONVERT.value,
                outcome_time=row.occurred_time,
                recorded_time=row.updated_at,
                tie=row.feedback_id,
            )


def _newest(ends: Iterable[_End]) -> dict[str, _End]:
    return {end.lead_id: end for end in sorted(ends, key=lambda end: end.order)}


def _recorded(connection: Connection, tenant: TenantId, told: Iterable[str]) -> Mapping[str, _End]:
    """Return the outcome written last with each lead."""
    columns = lead_outcomes.c
    query = select(columns.lead_id, columns.converted, columns.outcome_time, columns.recorded_time)
    mine = query.where(columns.tenant == tenant, columns.lead_id.in_(sorted(told))).order_by(columns.revision)
    return {row.lead_id: _End(**row._mapping) for row in connection.execute(mine)}  # noqa: SLF001  public all the same


def _is_newer(told: _End, known: _End | None) -> bool:
    return known is None or told.order > known.order


def _write(
    connection: Connection, tenant: TenantId, found: Sequence[Any], told: Mapping[str, _End], now: datetime
) -> None:
    revisions, outcomes, changes = [], [], []
    for lead in found:
        end, moment = told[lead.lead_id], max(now, lead.update_time)
        key = {"tenant": tenant, "lead_id": lead.lead_id, "revision": lead.revision + 1}
        revisions.append({**key, "body": lead.body, "recorded_time": moment})
        outcomes.append(
            {
                **key,
                "converted": end.converted,
                "outcome_time": end.outcome_time,
                "recorded_time": end.recorded_time,
            }
        )
        changes.append(
            {
                "of_tenant": tenant,
                "of_lead": lead.lead_id,
                "revision": lead.revision + 1,
                "outcome_converted": end.converted,
                "outcome_time": end.outcome_time,
                "update_time": moment,
            }
        )
    connection.execute(insert(lead_revisions), revisions)
    connection.execute(insert(lead_outcomes), outcomes)
    row = update(leads).where(leads.c.tenant == bindparam("of_tenant"), leads.c.lead_id == bindparam("of_lead"))
    names = ("revision", "outcome_converted", "outcome_time", "update_time")
    connection.execute(row.values({name: bindparam(name) for name in names}), changes)
