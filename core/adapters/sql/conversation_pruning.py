"""Removes stored conversations that are kept no longer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists

from core.adapters.sql.database import Database
from core.adapters.sql.tables import conversation_messages as table
from core.conversation.stored import ConversationName
from core.identifiers import TenantId


def prune_conversations(database: Database, tenant: TenantId, before: datetime) -> int:
    """Remove conversations of which nothing was stored since a moment, and return how many messages they had.

    One that goes on is kept whole, however old its first message is.

    Raises:
        DependencyDown: If the database does not work.
    """
    newer = table.alias()
    is_alive = exists().where(
        *(newer.c[column] == table.c[column] for column in ConversationName._fields), newer.c.store_time >= before
    )
    old = delete(table).where(table.c.tenant == tenant, table.c.store_time < before, ~is_alive)
    with database.write(tenant) as connection:
        return connection.execute(old).rowcount
