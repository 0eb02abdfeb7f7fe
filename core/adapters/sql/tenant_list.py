"""Which tenants there are."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select

from core.adapters.sql.database import Database
from core.adapters.sql.walls import ALL_TENANTS
from core.identifiers import TenantId


def tenants_of(database: Database, *tables: Table) -> tuple[TenantId, ...]:
    """Return the tenants that have a row in one of the tables, in order.

    Each costs one look into an index, however many rows a tenant has: a table's key begins with the tenant.

    Raises:
        DependencyDown: If the database does not work.
    """
    with database.read(ALL_TENANTS) as connection:
        return tuple(sorted({tenant for table in tables for tenant in _of_one(connection, table)}))


def _of_one(connection: Connection, table: Table) -> list[TenantId]:
    found: list[TenantId] = []
    column = table.c.tenant
    following = connection.scalar(select(func.min(column)))
    while following is not None:
        found.append(TenantId(following))
        following = connection.scalar(select(func.min(column)).where(column > following))
    return found
