"""Keys of leads' stored messages, locked with the operator's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.adapters.message_sealing import LeadKey, LockedKey, MessageSealing
from core.adapters.sql.database import Database
from core.adapters.sql.tables import conversation_keys as table
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.identifiers import LeadId, TenantId

_KEYS_AT_ONCE = 500
_columns = table.c


def read_key(connection: Connection, tenant: TenantId, lead_id: LeadId) -> LockedKey | None:
    """Return the key of a lead; None if it has none."""
    mine = (_columns.tenant == tenant, _columns.lead_id == lead_id)
    row = connection.execute(select(_columns.key_id, _columns.wrapped_key).where(*mine)).one_or_none()
    return None if row is None else LockedKey(key_id=row.key_id, wrapped_key=row.wrapped_key)


def take_key(
    connection: Connection, sealing: MessageSealing, tenant: TenantId, lead_id: LeadId, now: datetime
) -> LeadKey:
    """Return the key of a lead, made where there is none.

    Args:
        connection: In a writing transaction.
        sealing: Locks and unlocks it.
        tenant: Whose lead.
        lead_id: The lead.
        now: The present moment.

    Raises:
        WrongState: As :meth:`core.adapters.message_sealing.MessageSealing.open_key`.
    """
    locked = read_key(connection, tenant, lead_id)
    if locked is not None:
        return sealing.open_key(tenant, lead_id, locked)
    key, made = sealing.make_key(tenant, lead_id)
    row = {"tenant": tenant, "lead_id": lead_id, "create_time": now}
    row |= {"key_id": made.key_id, "wrapped_key": made.wrapped_key}
    connection.execute(insert_for(connection, table).values(row).on_conflict_do_nothing())
    there = read_key(connection, tenant, lead_id)
    if there is None or there == made:
        return key
    # Another process was quicker.
    return sealing.open_key(tenant, lead_id, there)


class SqlConversationKeys:
    """Brings the keys of all leads under the operator's newest key.

    Args:
        database: Where they are.
        sealing: Locks and unlocks them.
    """

    def __init__(self, database: Database, sealing: MessageSealing) -> None:
        self._database = database
        self._sealing = sealing

    def lock_again(self) -> int:
        """Lock every key with the operator's newest key that is locked with an older one, and return how many were.

        Raises:
            WrongState: CONVERSATION_KEY_UNKNOWN if one is locked with a key that is not set any more; those before it
                are locked anew.
            DependencyDown: If the database does not work.
        """
        changed = 0
        while some := self._older():
            with self._database.write(ALL_TENANTS) as connection:
                for row in some:
                    old = LockedKey(key_id=row.key_id, wrapped_key=row.wrapped_key)
                    new = self._sealing.lock_again(TenantId(row.tenant), LeadId(row.lead_id), old)
                    # One that was erased meanwhile stays so.
                    same = (_columns.tenant == row.tenant, _columns.lead_id == row.lead_id)
                    values = {"key_id": new.key_id, "wrapped_key": new.wrapped_key}
                    where = (*same, _columns.wrapped_key == old.wrapped_key)
                    changed += connection.execute(update(table).where(*where).values(values)).rowcount
        return changed

    def _older(self) -> Sequence[Any]:
        asked = select(table).where(_columns.key_id != self._sealing.key_id)
        with self._database.read(ALL_TENANTS) as connection:
            return connection.execute(asked.order_by(_columns.tenant, _columns.lead_id).limit(_KEYS_AT_ONCE)).all()
