"""What the server stores of conversations, for the tenants who want that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.adapters.sql.database import Database
from core.adapters.write_behind import WriteBehind
from core.conversation.keeping import ConversationKeeping, WaitingConversations
from core.conversation.stored import ConversationName, ConversationStore
from core.conversation.stored_reading import ConversationReading
from core.ports import Clock, LeadLookup
from core.privacy.redaction import redact
from server.observed.conversation_metrics import StoredConversationMetrics
from server.running import Background
from server.secret import conversation_keys
from server.settings import ServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversations:
    """The use cases behind storing and reading conversations."""

    keeping: ConversationKeeping | None
    """None where nobody stores."""
    reading: ConversationReading
    background: Sequence[Background]
    """With threads of their own."""


def build_stored_conversations(
    settings: ServerSettings,
    database: Database,
    leads: LeadLookup,
    metrics: StoredConversationMetrics,
    clock: Clock,
) -> StoredConversations:
    """Put it together. Nothing connects yet.

    Args:
        settings: Who stores, and the operator's keys.
        database: Migrated.
        leads: Whose leads are whose.
        metrics: Where messages are counted.
        clock: The present moment.
    """
    keys = conversation_keys(settings)
    if not keys:
        return StoredConversations(
            keeping=None, reading=ConversationReading(None, lambda _: False, leads), background=()
        )
    store = _store(settings, keys, database, metrics, clock)
    waiting = WaitingConversations(store, metrics.lost)
    log = WriteBehind[ConversationName](
        lambda names: metrics.stored(waiting.write(names)), _do_nothing, metrics.lost, name="stored-conversations"
    )
    keeping = ConversationKeeping(settings.stored_conversations, waiting, log.offer, clock)
    return StoredConversations(
        keeping=keeping, reading=ConversationReading(store, keeping.stores, leads), background=(log,)
    )


def _store(
    settings: ServerSettings,
    keys: Sequence[bytes],
    database: Database,
    metrics: StoredConversationMetrics,
    clock: Clock,
) -> ConversationStore:
    # Encryption takes its time to load, which nobody should wait for who stores nothing.
    from core.adapters.message_sealing import MessageSealing  # noqa: PLC0415
    from core.adapters.sql.conversation_store import SqlConversationStore  # noqa: PLC0415

    mask = _masked if settings.conversation_masking else str
    return SqlConversationStore(database, MessageSealing(keys), mask, clock, metrics.lost)


def _masked(text: str) -> str:
    return redact(text).text


def _do_nothing(_: object) -> None:
    """Do nothing."""
