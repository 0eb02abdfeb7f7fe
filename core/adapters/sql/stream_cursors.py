"""How far readers of the log of events have come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from core.adapters.sql.tables import stream_cursors
from core.adapters.sql.upsert import insert_for
from core.identifiers import TenantId

_cursors = stream_cursors.c


def read_cursor(connection: Connection, tenant: TenantId, name: str) -> tuple[int, Mapping[str, Any]]:
    """Return the sequence a reader has come to, and what it remembers; 0 and nothing before it began."""
    mine = (_cursors.tenant == tenant, _cursors.name == name)
    row = connection.execute(select(_cursors.sequence, _cursors.body).where(*mine)).one_or_none()
    return (0, {}) if row is None else (row.sequence, json.loads(row.body))


def move_cursor(
    connection: Connection, tenant: TenantId, name: str, sequence: int, *, now: datetime, body: Mapping[str, Any]
) -> None:
    """Put a cursor at a sequence, in the transaction of what was made of the events up to it."""
    row = {"sequence": sequence, "body": json.dumps(body, sort_keys=True), "update_time": now}
    statement = insert_for(connection, stream_cursors).values(tenant=tenant, name=name, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "name"], set_=row))
