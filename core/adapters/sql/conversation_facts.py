"""What analyses said of leads, in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select

from core.adapters.sql.conversation_leads import hold_leads, is_known_since
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables import conversation_facts as table
from core.adapters.sql.upsert import insert_for
from core.conversation.facts_store import MOST_CONVERSATIONS, NewFacts, StoredFacts
from core.criteria.facts import FactValue
from core.identifiers import LeadId, TenantId

LEADS_AT_ONCE = 100
"""Conversations of one transaction: those who record events of the tenant wait for it."""
_columns = table.c
_NEWEST = func.coalesce(_columns.last_message_time, _columns.update_time)
_OF_LEAD = (
    select(table)
    .where(_columns.tenant == bindparam("tenant"), _columns.lead_id == bindparam("lead_id"))
    .order_by(_NEWEST.desc(), _columns.update_time.desc(), _columns.conversation_id.desc())
    .limit(MOST_CONVERSATIONS)
)
"""Built once: putting it together takes longer than running it."""
_MOMENTS = ("lead_message_time", "deadline", "quiet_from")


class SqlConversationFacts:
    """Keeps facts. Implements :class:`core.conversation.facts_store.ConversationFacts`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def of_lead(self, tenant: TenantId, lead_id: LeadId) -> Sequence[StoredFacts]:
        """Return what was said of a lead's conversations; see the port."""
        with self._database.read(tenant) as connection:
            rows = connection.execute(_OF_LEAD, {"tenant": tenant, "lead_id": lead_id})
            return [_stored(row) for row in rows]

    @again
    def append(self, new: Sequence[NewFacts]) -> None:
        """Write what was said, in the place of what was said before of fewer messages, or earlier.

        Of a lead that was erased since, nothing is.

        Raises:
            DependencyDown: If the database does not work.
        """
        of_tenant = attrgetter("tenant")
        for tenant, some in groupby(sorted(new, key=of_tenant), of_tenant):
            for part in _parts(one.stored for one in some):
                self._append(tenant, part)

    def _append(self, tenant: TenantId, part: Sequence[StoredFacts]) -> None:
        with self._database.write(tenant) as connection:
            hold_leads(connection, tenant)
            rows = [
                _row(tenant, one) for one in part if is_known_since(connection, tenant, one.lead_id, one.update_time)
            ]
            if rows:
                connection.execute(_upsert(connection), rows)


class _Conversation(NamedTuple):
    lead_id: LeadId
    conversation_id: str


def _parts(stored: Iterable[StoredFacts]) -> Iterable[Sequence[StoredFacts]]:
    """Yield the newest of each conversation, in one order: two processes never wait for each other crosswise."""
    newest: dict[_Conversation, StoredFacts] = {}
    for one in sorted(stored, key=lambda one: (one.message_count, one.update_time)):
        newest[_Conversation(one.lead_id, one.conversation_id)] = one
    ordered = [newest[name] for name in sorted(newest)]
    for start in range(0, len(ordered), LEADS_AT_ONCE):
        yield ordered[start : start + LEADS_AT_ONCE]


def _upsert(connection: Connection) -> Any:
    insert = insert_for(connection, table)
    new = insert.excluded
    is_longer = new.message_count > _columns.message_count
    is_later = and_(new.message_count == _columns.message_count, new.update_time >= _columns.update_time)
    return insert.on_conflict_do_update(
        index_elements=[_columns.tenant, _columns.lead_id, _columns.conversation_id],
        set_={name: new[name] for name in ("message_count", "last_message_time", "body", "update_time")},
        where=or_(is_longer, is_later),
    )


def _row(tenant: TenantId, stored: StoredFacts) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "lead_id": stored.lead_id,
        "conversation_id": stored.conversation_id,
        "message_count": stored.message_count,
        "last_message_time": stored.last_message_time,
        "body": _body(stored),
        "update_time": stored.update_time,
    }


def _body(stored: StoredFacts) -> str:
    moments = {name: _text(getattr(stored, name)) for name in _MOMENTS}
    return json.dumps({"facts": dict(stored.facts), **moments}, separators=(",", ":"))


def _stored(row: Row[Any]) -> StoredFacts:
    body = json.loads(row.body)
    return StoredFacts(
        lead_id=LeadId(row.lead_id),
        conversation_id=row.conversation_id,
        message_count=row.message_count,
        last_message_time=row.last_message_time,
        facts=_facts(body["facts"]),
        update_time=row.update_time,
        **{name: _moment(body[name]) for name in _MOMENTS},
    )


def _facts(content: Mapping[str, Any]) -> dict[str, FactValue]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
