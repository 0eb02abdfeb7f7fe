"""The second lock between tenants: a connection to PostgreSQL names the tenant it works for.

Row-level policies show it the rows of that tenant only, and let it write no others, whatever its SQL says. SQLite has
no such thing: there the tenant in every key and every query stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from core.adapters.sql.tables import metadata

ALL_TENANTS: Final = "*"
"""Names every tenant at once; no tenant's id can be this. For the few questions that are nobody's own."""

_SESSION_TENANT = "leadline_tenant"
_NAME = text("SELECT set_config('leadline.tenant', :tenant, :is_local)")
_UNWALLED = text(
    "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE NOT row_security_active(CAST(name AS regclass))"
)


class Walls(StrEnum):
    """What the second lock is worth."""

    HELD = "HELD"
    ABSENT = "ABSENT"
    """SQLite has no such thing."""
    PASSED_BY = "PASSED_BY"
    """Policies do not hold for the role of the connection, as for superusers, or were switched off."""


def name_for_session(connection: Connection, tenant: str) -> None:
    """Name the tenant until another one is named. Costs nothing if the connection has named it before.

    Args:
        connection: In AUTOCOMMIT mode: a rollback would take the name back.
        tenant: Who it works for.
    """
    if connection.dialect.name != "postgresql" or connection.info.get(_SESSION_TENANT) == tenant:
        return
    # Forgotten first: when the statement fails nobody knows which name holds.
    connection.info.pop(_SESSION_TENANT, None)
    connection.execute(_NAME, {"tenant": tenant, "is_local": False})
    connection.info[_SESSION_TENANT] = tenant


def name_for_transaction(connection: Connection, tenant: str) -> None:
    """Name the tenant until the transaction ends, however it ends."""
    if connection.dialect.name != "postgresql" or connection.info.get(_SESSION_TENANT) == tenant:
        return
    _name_within(connection, tenant)


@contextmanager
def across_tenants(connection: Connection, tenant: str) -> Iterator[None]:
    """Look across tenants for the length of the block, then be ``tenant``'s again.

    The block is for one question. If it fails, so must the transaction, which forgets the name.

    Args:
        connection: In a transaction of ``tenant``.
        tenant: Who the transaction works for.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    _name_within(connection, ALL_TENANTS)
    yield
    _name_within(connection, tenant)


def walls_of(connection: Connection) -> Walls:
    """Return whether the policies of every table hold for the role of this connection."""
    if connection.dialect.name != "postgresql":
        return Walls.ABSENT
    unwalled = connection.scalars(_UNWALLED, {"names": list(metadata.tables)}).all()
    return Walls.PASSED_BY if unwalled else Walls.HELD


def _name_within(connection: Connection, tenant: str) -> None:
    connection.execute(_NAME, {"tenant": tenant, "is_local": True})
