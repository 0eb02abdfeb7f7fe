"""Stored conversations in SQL, locked with a key of each lead."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

from cachetools import LRUCache
from sqlalchemy import ColumnElement, Connection, and_, delete, func, select

from core.adapters.message_sealing import LeadKey, MessageSealing, SealedMessage
from core.adapters.sql.conversation_keys import read_key, take_key
from core.adapters.sql.conversation_leads import hold_leads, is_known_since
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.message_json import message_from_json, message_to_json
from core.adapters.sql.tables import conversation_messages as table
from core.adapters.sql.upsert import insert_for
from core.conversation.message import Message
from core.conversation.stored import ConversationName, KeptConversation
from core.errors import NotFound, WrongState
from core.identifiers import TenantId
from core.ports import Clock, Page

_ROWS_AT_ONCE = 500
"""Rows of one statement: seven values each stay far below SQLite's limit of 32,766."""
_MESSAGES_AT_ONCE = 1_000
"""Messages of one transaction; those of one conversation are not parted."""
_CONVERSATIONS_REMEMBERED = 10_000
_DIGEST_BYTES = 16


class _Known(NamedTuple):
    """What this process knows to be stored of a conversation."""

    message_count: int
    digest: bytes
    """Of its messages."""
    newest: datetime
    """When the last of them was stored."""


class _Prepared(NamedTuple):
    """A conversation with what is to be written of it."""

    kept: KeptConversation
    begin: int
    """Messages before this index are stored already as they are."""
    contents: Sequence[bytes]
    """Of the messages from there on."""
    known: _Known | None
    """What ``begin`` rests on."""


class SqlConversationStore:
    """Keeps conversations. Implements :class:`core.conversation.stored.ConversationStore`.

    Args:
        database: Where to.
        sealing: Locks what is written.
        mask: What is made of a text before it is locked.
        clock: The moment of storing.
        on_refused: Told of conversations whose lead's key cannot be unlocked: they are not written.
    """

    def __init__(
        self,
        database: Database,
        sealing: MessageSealing,
        mask: Callable[[str], str],
        clock: Clock,
        on_refused: Callable[[int], object],
    ) -> None:
        self._database = database
        self._sealing = sealing
        self._mask = mask
        self._clock = clock
        self._on_refused = on_refused
        self._known: LRUCache[ConversationName, _Known] = LRUCache(_CONVERSATIONS_REMEMBERED)
        self._lock = threading.Lock()

    def store(self, kept: Sequence[KeptConversation]) -> int:
        """Write conversations; see :meth:`core.conversation.stored.ConversationStore.store`.

        Raises:
            DependencyDown: If the database does not work.
        """
        of_tenant = attrgetter("name.tenant")
        return sum(self._store(tenant, list(some)) for tenant, some in groupby(sorted(kept, key=of_tenant), of_tenant))

    @again
    def page(self, name: ConversationName, *, limit: int, after: int) -> Page[Message]:
        """Return a page of messages; see :meth:`core.conversation.stored.ConversationStore.page`."""
        asked = (
            select(table.c.message_index, table.c.nonce, table.c.ciphertext)
            .where(_is_of(name), table.c.message_index > after)
            .order_by(table.c.message_index)
            .limit(limit + 1)
        )
        with self._database.read(name.tenant) as connection:
            locked = read_key(connection, name.tenant, name.lead_id)
            rows = connection.execute(asked).all()
        if locked is None or (after < 0 and not rows):
            raise NotFound("conversation", name.conversation_id)
        key = self._sealing.open_key(name.tenant, name.lead_id, locked)
        next_key = str(rows[limit - 1].message_index) if len(rows) > limit else None
        return Page(items=tuple(_opened(key, name, row) for row in rows[:limit]), next_key=next_key)

    def _store(self, tenant: TenantId, kept: Sequence[KeptConversation]) -> int:
        # In one order, so that two processes never wait for each other crosswise.
        ordered = sorted(kept, key=attrgetter("name"))
        return sum(self._write_together(tenant, list(some)) for some in _few_messages(ordered))

    def _write_together(self, tenant: TenantId, kept: Sequence[KeptConversation]) -> int:
        # Masking takes its time: before the transaction, which those who record events wait for.
        prepared = [self._prepare(one) for one in kept]
        rows = refused = 0
        written: dict[ConversationName, _Known] = {}
        unlike: list[KeptConversation] = []
        with self._database.write(tenant) as connection:
            hold_leads(connection, tenant)
            now = self._clock()
            for one in prepared:
                name = one.kept.name
                if not is_known_since(connection, tenant, name.lead_id, one.kept.keep_time):
                    continue
                if one.known is not None and not _is_stored(connection, name, one.known):
                    unlike.append(one.kept)
                    continue
                try:
                    self._write(connection, one, now)
                except WrongState:
                    refused += 1
                    continue
                rows += len(one.contents)
                newest = now if one.known is None or one.contents else one.known.newest
                written[name] = _Known(len(one.kept.messages), _digest(one.kept.messages), newest)
        if refused:
            self._on_refused(refused)
        with self._lock:
            self._known.update(written)
            for each in unlike:
                self._known.pop(each.name, None)
        return rows + (self._write_together(tenant, unlike) if unlike else 0)

    def _prepare(self, kept: KeptConversation) -> _Prepared:
        with self._lock:
            known = self._known.get(kept.name)
        is_longer = known is not None and 0 < known.message_count <= len(kept.messages)
        if known is None or not is_longer or _digest(kept.messages[: known.message_count]) != known.digest:
            known = None
        begin = 0 if known is None else known.message_count
        contents = [message_to_json(message, self._mask) for message in kept.messages[begin:]]
        return _Prepared(kept, begin, contents, known)

    def _write(self, connection: Connection, one: _Prepared, now: datetime) -> None:
        name = one.kept.name
        key = take_key(connection, self._sealing, name.tenant, name.lead_id, now)
        values = (
            self._row(key, name, index, content, now) for index, content in enumerate(one.contents, start=one.begin)
        )
        while some := list(islice(values, _ROWS_AT_ONCE)):
            connection.execute(_upsert(connection), some)
        if one.known is None:
            connection.execute(delete(table).where(_is_of(name), table.c.message_index >= len(one.kept.messages)))

    @staticmethod
    def _row(key: LeadKey, name: ConversationName, index: int, content: bytes, now: datetime) -> dict[str, Any]:
        sealed = key.seal(name, index, content)
        return {
            **name._asdict(),
            "message_index": index,
            "nonce": sealed.nonce,
            "ciphertext": sealed.ciphertext,
            "store_time": now,
        }


def _few_messages(kept: Sequence[KeptConversation]) -> Iterator[Sequence[KeptConversation]]:
    """Yield conversations in parts of few messages, so that no transaction takes long."""
    some: list[KeptConversation] = []
    count = 0
    for one in kept:
        if some and count + len(one.messages) > _MESSAGES_AT_ONCE:
            yield some
            some, count = [], 0
        some.append(one)
        count += len(one.messages)
    if some:
        yield some


def _is_stored(connection: Connection, name: ConversationName, known: _Known) -> bool:
    """Return whether what is stored is what this process knows of: nobody else has written, erased or pruned it."""
    asked = select(func.count(), func.max(table.c.store_time)).where(_is_of(name)).select_from(table)
    return tuple(connection.execute(asked).one()) == (known.message_count, known.newest)


def _is_of(name: ConversationName) -> ColumnElement[bool]:
    return and_(
        table.c.tenant == name.tenant,
        table.c.lead_id == name.lead_id,
        table.c.conversation_id == name.conversation_id,
    )


def _upsert(connection: Connection) -> Any:
    statement = insert_for(connection, table)
    changes = {column: statement.excluded[column] for column in ("nonce", "ciphertext", "store_time")}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changes)


def _opened(key: LeadKey, name: ConversationName, row: Any) -> Message:
    sealed = SealedMessage(nonce=row.nonce, ciphertext=row.ciphertext)
    return message_from_json(key.open(name, row.message_index, sealed))


def _digest(messages: Sequence[Message]) -> bytes:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for message in messages:
        parts = (message.text, message.role, message.message_id, str(message.send_time))
        for part in parts:
            content = part.encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(4) + content)
    return digest.digest()
