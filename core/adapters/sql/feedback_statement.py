"""The plain case of a write of feedback as one statement of PostgreSQL.

Claim of the request id, look at the lead, and the row itself: one exchange of messages and one commit. A transaction of
several statements takes four times the processor time, most of it in exchanging messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Connection, Double, Integer, Table
from sqlalchemy.exc import IntegrityError

from core.adapters.sql.columns import UtcTime
from core.adapters.sql.feedback_rows import row_of
from core.adapters.sql.tables import idempotent_requests, lead_feedback, leads
from core.caller import Caller
from core.feedback.feedback import StoredFeedback

_TYPES = {Boolean: "boolean", Double: "double precision", Integer: "integer", UtcTime: "timestamptz"}
_CLAIM, _ROW = "claim_", "row_"


def write_if_plain(connection: Connection, caller: Caller, claim: Mapping[str, Any], new: StoredFeedback) -> bool:
    """Write feedback if the request, and the id of the feedback, are new and the lead is the caller's.

    Args:
        connection: Of PostgreSQL; each statement is a transaction by itself.
        caller: Who writes.
        claim: The row that claims the request id, with the answer.
        new: As a first revision.

    Returns:
        Whether it was written. If not nothing was, and the transaction that goes step by step finds out why.
    """
    given = {f"{_CLAIM}{name}": value for name, value in claim.items()}
    given |= {f"{_ROW}{name}": value for name, value in row_of(caller.tenant, new).items()}
    try:
        done = connection.exec_driver_sql(_STATEMENT, {**given, "owner_id": caller.owner_id})
    except IntegrityError:
        # Somebody else wrote under the same id at the same moment.
        return False
    return done.rowcount == 1


def _values(table: Table, prefix: str) -> str:
    return ", ".join(f"%({prefix}{column.name})s::{_type_of(column.type)}" for column in table.c)


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.c)


def _type_of(kind: object) -> str:
    return next((name for known, name in _TYPES.items() if isinstance(kind, known)), "text")


_STATEMENT = f"""
WITH claimed AS (
  INSERT INTO {idempotent_requests.name} ({_names(idempotent_requests)})
  SELECT {_values(idempotent_requests, _CLAIM)}
  WHERE EXISTS (
    SELECT FROM {leads.name}
    WHERE tenant = %(row_tenant)s::text AND lead_id = %(row_lead_id)s::text
      AND (%(owner_id)s::text = '' OR owner_id = %(owner_id)s::text)
  ) AND NOT EXISTS (
    SELECT FROM {lead_feedback.name}
    WHERE tenant = %(row_tenant)s::text AND feedback_id = %(row_feedback_id)s::text
  )
  ON CONFLICT DO NOTHING
  RETURNING tenant
)
INSERT INTO {lead_feedback.name} ({_names(lead_feedback)})
SELECT {_values(lead_feedback, _ROW)}
FROM claimed
"""  # noqa: S608  names of our own tables and columns
