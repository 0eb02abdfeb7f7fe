"""Feedback, outcomes and predictions written straight into the tables, at any moment of recording."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from core.adapters.sql.feedback_rows import row_of
from core.adapters.sql.tables import lead_feedback, lead_feedback_history, lead_outcomes, leads, predictions
from core.feedback.feedback import Feedback, FeedbackAction, FeedbackSource, StoredFeedback
from core.identifiers import LeadId, TenantId

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count()


def day(number: float) -> datetime:
    """Return midnight of a day, or a moment in it."""
    return DAY_0 + timedelta(days=number)


def said(
    lead_id: str = "a",
    action: FeedbackAction = FeedbackAction.VIEW,
    *,
    at: datetime = DAY_0,
    recorded: datetime | None = None,
    by: str = "agent",
    confidence: float = 1.0,
    feedback_id: str | None = None,
    revision: int = 1,
    **fields: Any,
) -> StoredFeedback:
    """Return one revision of a piece of feedback, recorded as it happened unless told otherwise."""
    recorded = at if recorded is None else recorded
    feedback = Feedback(
        feedback_id=feedback_id or f"f{next(_numbers)}",
        lead_id=LeadId(lead_id),
        action=action,
        agent_id=by,
        occurred_time=at,
        source=FeedbackSource.MANUAL,
        **fields,
    )
    return StoredFeedback(
        feedback=feedback,
        confidence=confidence,
        revision=revision,
        actor="key:crm",
        create_time=recorded,
        record_time=recorded,
    )


def add_feedback(connection: Connection, tenant: str, pieces: Iterable[StoredFeedback]) -> None:
    """Write pieces; a later revision of one that is there makes that one history."""
    rows = [row_of(TenantId(tenant), piece) for piece in pieces]
    plain = [row for row in rows if row["revision"] == 1]
    if plain:
        connection.execute(insert(lead_feedback), plain)
    for row in rows:
        if row["revision"] > 1:
            _supersede(connection, row)


def _supersede(connection: Connection, row: dict[str, Any]) -> None:
    table = lead_feedback.c
    mine = (table.tenant == row["tenant"], table.feedback_id == row["feedback_id"])
    old = dict(connection.execute(select(lead_feedback).where(*mine)).mappings().one())
    connection.execute(insert(lead_feedback_history).values(old | {"superseded_at": row["updated_at"]}))
    connection.execute(delete(lead_feedback).where(*mine))
    connection.execute(insert(lead_feedback).values(row | {"created_at": old["created_at"]}))


def add_leads(connection: Connection, tenant: str, lead_ids: Iterable[str], recorded: datetime = DAY_0) -> None:
    """Write leads without outcomes."""
    rows = [
        {
            "tenant": tenant,
            "lead_id": lead_id,
            "revision": 1,
            "body": "{}",
            "owner_id": "",
            "create_time": recorded,
            "update_time": recorded,
        }
        for lead_id in lead_ids
    ]
    connection.execute(insert(leads), rows)


def add_outcome(
    connection: Connection,
    tenant: str,
    lead_id: str,
    *,
    converted: bool,
    at: datetime,
    recorded: datetime | None = None,
    revision: int = 1,
) -> None:
    """Write one line of the history of a lead's outcomes."""
    row = {"tenant": tenant, "lead_id": lead_id, "revision": revision, "converted": converted}
    times = {"outcome_time": at, "recorded_time": at if recorded is None else recorded}
    connection.execute(insert(lead_outcomes).values(row | times))


def shown(
    lead_id: str,
    at: datetime,
    *,
    tenant: str = "acme",
    token_id: str | None = None,
    version: str = "v1",
    source: str = "model",
    probability: float = 0.25,
) -> dict[str, Any]:
    """Return a row of the log of predictions."""
    return {
        "tenant": tenant,
        "lead_id": lead_id,
        "token_id": token_id or f"t{next(_numbers)}",
        "version": version,
        "source": source,
        "score": 100.0 * probability,
        "probability": probability,
        "score_time": at,
        "features": b"",
    }


def add_shown(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows of the log of predictions."""
    connection.execute(insert(predictions), list(rows))
