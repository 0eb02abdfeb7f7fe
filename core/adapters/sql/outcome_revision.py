"""The number that tells those who keep something made of outcomes that there are others now."""

from __future__ import annotations

from sqlalchemy import Connection, select

from core.adapters.sql.tables import outcome_revisions
from core.adapters.sql.upsert import insert_for
from core.identifiers import TenantId


def read_outcome_revision(connection: Connection, tenant: TenantId) -> int:
    """Return the number, 0 before the first outcome."""
    return connection.scalar(select(outcome_revisions.c.revision).where(outcome_revisions.c.tenant == tenant)) or 0


def raise_outcome_revision(connection: Connection, tenant: TenantId) -> None:
    """Raise it by one. Writers of a tenant wait for each other here until their transactions end."""
    statement = insert_for(connection, outcome_revisions).values(tenant=tenant, revision=1)
    raised = {"revision": outcome_revisions.c.revision + 1}
    connection.execute(statement.on_conflict_do_update(index_elements=["tenant"], set_=raised))
