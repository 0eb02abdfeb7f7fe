"""Keeps what leads wrote from outliving them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, or_, select

from core.adapters.sql.erasure_guard import hold_erasures
from core.adapters.sql.tables import event_heads, lead_events, leads
from core.adapters.sql.upsert import insert_for
from core.behavior.recording import microseconds_of
from core.identifiers import LeadId, TenantId


def hold_leads(connection: Connection, tenant: TenantId) -> None:
    """Let no lead of a tenant be erased until the transaction ends.

    Called first in a writing transaction: erasing takes the same row before anything else.
    """
    # What is not there cannot be held.
    head = insert_for(connection, event_heads).values(tenant=tenant, sequence=0, recorded_us=0, erasures=0)
    connection.execute(head.on_conflict_do_nothing())
    hold_erasures(connection, tenant, 0)


def is_known_since(connection: Connection, tenant: TenantId, lead_id: LeadId, moment: datetime) -> bool:
    """Return whether a lead is stored, or has events, and already did at a moment.

    One that was erased is not, even where somebody has stored another one of its id since.

    Args:
        connection: In a transaction that holds the leads.
        tenant: Whose lead.
        lead_id: The lead.
        moment: When the conversation with it was sent.
    """
    stored = exists().where(leads.c.tenant == tenant, leads.c.lead_id == lead_id, leads.c.create_time <= moment)
    events = lead_events.c
    active = exists().where(
        events.lead_id == lead_id, events.tenant == tenant, events.recorded_us <= microseconds_of(moment)
    )
    return bool(connection.scalar(select(or_(stored, active))))
