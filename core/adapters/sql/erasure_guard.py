"""Keeps what is made of events from outliving the lead they are about."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Table, delete, select, tuple_

from core.adapters.sql.tables import event_heads, lead_events
from core.identifiers import TenantId

_PAIRS_AT_ONCE = 500
"""Values of one IN."""


def hold_erasures(connection: Connection, tenant: TenantId, erasures: int) -> bool:
    """Let no lead of a tenant be erased until the transaction ends.

    Whoever read events, and now writes something made of them, calls this first: erasing takes the same row before it
    removes anything, so it either has happened before and is seen here, or removes what is written after this.

    Args:
        connection: In a writing transaction. Those who record events wait meanwhile: it should be short.
        tenant: Whose leads.
        erasures: As it was before the events were read.

    Returns:
        Whether no lead was erased since.
    """
    return _held(connection, tenant) == erasures


def remove_rows_of_erased(
    connection: Connection, table: Table, tenant: TenantId, newest: Iterable[tuple[str, int]]
) -> int:
    """Remove rows that were just written of leads that were erased since they were made, and return how many.

    For rows that wait between being made and being written, by the newest event they rest on: an event goes only with
    its lead. Called last in the transaction, as those who record events wait from here on.

    Args:
        connection: In the writing transaction of the rows.
        table: Of rows with ``lead_id`` and ``up_to_sequence``.
        tenant: Whose leads.
        newest: Lead and sequence of the newest event of each row; 0 where a row rests on no event, and stays.
    """
    made_of = sorted({one for one in newest if one[1]})
    if not made_of:
        return 0
    _held(connection, tenant)
    removed = 0
    for start in range(0, len(made_of), _PAIRS_AT_ONCE):
        part = made_of[start : start + _PAIRS_AT_ONCE]
        gone = _gone(connection, tenant, part)
        if gone:
            pair = tuple_(table.c.lead_id, table.c.up_to_sequence)
            removed += connection.execute(delete(table).where(table.c.tenant == tenant, pair.in_(gone))).rowcount
    return removed


def _held(connection: Connection, tenant: TenantId) -> int:
    row = select(event_heads.c.erasures).where(event_heads.c.tenant == tenant)
    # In SQLite a writing transaction is alone anyway.
    return connection.scalar(row.with_for_update(read=True)) or 0


def _gone(connection: Connection, tenant: TenantId, made_of: list[tuple[str, int]]) -> list[tuple[str, int]]:
    events = lead_events.c
    asked = select(events.lead_id, events.sequence).where(
        events.tenant == tenant, events.sequence.in_([sequence for _, sequence in made_of])
    )
    there = {(row.lead_id, row.sequence) for row in connection.execute(asked)}
    return [one for one in made_of if one not in there]
