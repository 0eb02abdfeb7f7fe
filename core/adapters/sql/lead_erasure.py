"""Removes a lead from every table that knows it."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete

from core.adapters.sql.event_heads import notice_event_erasure
from core.adapters.sql.outcome_revision import raise_outcome_revision
from core.adapters.sql.tables import lead_outcomes, metadata
from core.adapters.sql.unit_removals import notice_erasure, remove_units_of
from core.identifiers import LeadId, TenantId


def tables_with_leads() -> tuple[Table, ...]:
    """Return every table whose rows are about a lead each, the referring before the referred to."""
    return tuple(table for table in reversed(metadata.sorted_tables) if "lead_id" in table.c)


def erase_lead(connection: Connection, tenant: TenantId, lead_id: LeadId) -> int:
    """Delete all rows of a lead and return how many there were.

    What was computed from it and names it no more stays: served sums, models, and the state of the online learner,
    whose updates by this lead are gone. A unit of an experiment that was the lead itself goes with it; units that rest
    on it are worked out anew. How an experiment was set never changes: a lead's id that it names among its
    ``overrides`` stays there.

    Args:
        connection: In a writing transaction of the tenant. Whoever erases says so in the audit log within it.
        tenant: Whose lead it is.
        lead_id: The lead.
    """
    # First, as writers of events take the head before they write rows: taken crosswise both would wait for ever.
    notice_event_erasure(connection, tenant)
    erased, rested = remove_units_of(connection, tenant, lead_id)
    for table in tables_with_leads():
        mine = (table.c.tenant == tenant, table.c.lead_id == lead_id)
        count = connection.execute(delete(table).where(*mine)).rowcount
        erased += count
        if table is lead_outcomes and count:
            raise_outcome_revision(connection, tenant)
    notice_erasure(connection, tenant, rested)
    return erased
