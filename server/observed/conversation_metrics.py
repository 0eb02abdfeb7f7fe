"""What the server counts of stored conversations: never a word of them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class StoredConversationMetrics:
    """Messages that were stored, and conversations that were not.

    Args:
        registry: Where they are told.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._stored = Counter(
            "leadline_conversation_messages_stored", "Messages of conversations that were stored.", registry=registry
        )
        self._lost = Counter(
            "leadline_conversations_lost",
            "Conversations that were to be stored and were not; they come again with the next message.",
            registry=registry,
        )

    def stored(self, count: int) -> None:
        """Count messages that were stored; called off the response path."""
        self._stored.inc(count)

    def lost(self, count: int) -> None:
        """Count conversations that were not stored."""
        self._lost.inc(count)
