"""The head of a tenant's log of events: its newest sequence, and whether somebody was erased."""

from __future__ import annotations

from sqlalchemy import Connection, case, select

from core.adapters.sql.tables import event_heads
from core.adapters.sql.upsert import insert_for
from core.behavior.event_log import LogHead
from core.identifiers import TenantId

_heads = event_heads.c


def read_head(connection: Connection, tenant: TenantId) -> LogHead:
    """Return the head of a tenant's log; zeros before the first event."""
    asked = select(_heads.sequence, _heads.recorded_us, _heads.erasures).where(_heads.tenant == tenant)
    row = connection.execute(asked).one_or_none()
    return LogHead(0, 0, 0) if row is None else LogHead(*row)


def move_head(connection: Connection, tenant: TenantId, count: int, now_us: int) -> tuple[int, int]:
    """Take the next sequences of a tenant, and hold its head until the transaction ends.

    Writers of a tenant wait for each other here, so that sequences become visible in their order.

    Args:
        connection: In a writing transaction.
        tenant: Whose log it is.
        count: How many sequences to take.
        now_us: The present moment. A clock that was set back does not set the log back.

    Returns:
        The last sequence taken, and the moment of recording.
    """
    latest = case((_heads.recorded_us > now_us, _heads.recorded_us), else_=now_us)
    moved = {"sequence": _heads.sequence + count, "recorded_us": latest}
    first = insert_for(connection, event_heads).values(tenant=tenant, sequence=count, recorded_us=now_us, erasures=0)
    statement = first.on_conflict_do_update(index_elements=["tenant"], set_=moved)
    sequence, recorded_us = connection.execute(statement.returning(_heads.sequence, _heads.recorded_us)).one()
    return sequence, recorded_us


def notice_event_erasure(connection: Connection, tenant: TenantId) -> None:
    """Say that events of a lead go, and hold the head so that no new one of it slips in unsaid.

    Where there is no head yet it is made: what is not there cannot be held, and the first events would come in between.
    """
    first = insert_for(connection, event_heads).values(tenant=tenant, sequence=0, recorded_us=0, erasures=1)
    raised = {"erasures": _heads.erasures + 1}
    connection.execute(first.on_conflict_do_update(index_elements=["tenant"], set_=raised))
