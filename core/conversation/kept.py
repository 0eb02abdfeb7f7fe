"""Conversations as they were after the last call, so that the next one reads only what is new."""

from __future__ import annotations

import hashlib
import secrets
import threading
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.conversation.state import ConversationState
from core.identifiers import TenantId

MOST_BYTES = 64 * 2**20
"""Of all that is kept by one process."""
MOST_OF_ONE = 2
"""States kept of one conversation: the newest, and the one before for callers that send the same again."""
STATE_BYTES, SPAN_BYTES, ENTITY_BYTES = 8_000, 1_000, 1_200
"""What a state costs, and each piece of evidence and each fact in it, a little more than was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationKey:
    """Which conversation."""

    tenant: TenantId
    lead_id: str
    conversation_id: str
    pinned: tuple[tuple[str, str], ...]
    """Versions that had to answer, by kind."""
    opening: bytes
    """The first message, as it was sent: tells conversations without a name apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The answers of single messages, as they are sent."""

    content: bytes = b""
    starts: array[int]
    """Where each begins, and where the last one ends."""

    @classmethod
    def nothing(cls) -> Written:
        """Return the answers of no message."""
        return cls(starts=array("Q", [0]))

    def after(self, answers: Sequence[bytes]) -> Written:
        """Return these and some more."""
        starts = self.starts[:]
        end = starts[-1]
        for answer in answers:
            end += len(answer)
            starts.append(end)
        return Written(content=b"".join((self.content, *answers)), starts=starts)

    def since(self, index: int) -> bytes:
        """Return the answers from the message at ``index`` on."""
        return self.content[self.starts[index] :] if index else self.content


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConversation:
    """A conversation after its first messages."""

    digest: bytes
    """Of these messages as they were sent."""
    byte_count: int
    """How many bytes those are."""
    plan: bytes
    """What read them: see :class:`core.conversation.heads.readings.HeadReadings`."""
    state: ConversationState
    written: Written
    size_bytes: int = field(init=False)
    """What it takes in memory, about."""

    def __post_init__(self) -> None:
        starts = self.written.starts
        written = len(self.written.content) + starts.itemsize * len(starts)
        object.__setattr__(self, "size_bytes", _state_bytes(self.state) + written)


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept of a conversation."""

    conversation: KeptConversation | None
    """After as many of its messages as there is one of; None without any."""
    digest: bytes
    """Of all its messages."""


class KeptConversations:
    """Keeps conversations within a bound; what was asked for longest ago goes first. Safe to share between threads.

    Args:
        most_bytes: Of all of them.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[ConversationKey, tuple[KeptConversation, ...]] = OrderedDict()
        self._lock = threading.Lock()
        self._secret = secrets.token_bytes(32)
        self.bytes_held = 0

    def digest(self, content: bytes) -> bytes:
        """Return what messages are told by: nobody outside of this process can make two that are told alike."""
        return self._hash(content).digest()

    def longest(self, key: ConversationKey, content: bytes) -> Found:
        """Return the conversation after as many of these messages as there is one of.

        Args:
            key: Which conversation.
            content: All its messages as they were sent: a conversation that went on begins with the bytes it had.
        """
        with self._lock:
            kept = self._kept.get(key, ())
            if kept:
                self._kept.move_to_end(key)
        longest, hashed, view, done = None, self._hash(), memoryview(content), 0
        # The shortest first, so that all bytes are hashed once.
        for one in sorted(kept, key=lambda one: one.byte_count):
            if one.byte_count > len(content):
                break
            hashed.update(view[done : one.byte_count])
            done = one.byte_count
            if hashed.digest() == one.digest:
                longest = one
        hashed.update(view[done:])
        return Found(conversation=longest, digest=hashed.digest())

    def keep(self, key: ConversationKey, conversation: KeptConversation) -> None:
        """Keep a conversation as it is now."""
        if conversation.size_bytes > self._most_bytes:
            return
        with self._lock:
            before = self._kept.pop(key, ())
            others = [one for one in before if one.byte_count != conversation.byte_count]
            kept = (*others, conversation)[-MOST_OF_ONE:]
            self._kept[key] = kept
            self.bytes_held += _size(kept) - _size(before)
            while self.bytes_held > self._most_bytes:
                _, gone = self._kept.popitem(last=False)
                self.bytes_held -= _size(gone)

    def _hash(self, content: bytes = b"") -> hashlib.blake2b:
        return hashlib.blake2b(content, key=self._secret, digest_size=16)


def _size(kept: Sequence[KeptConversation]) -> int:
    return sum(one.size_bytes for one in kept)


def _state_bytes(state: ConversationState) -> int:
    mood, needs = state.mood, state.needs
    shown = [level.evidence for level in (mood.urgency, mood.buying_intent, *mood.intents.values())]
    shown += [objection.evidence for objection in state.objections.values()]
    spans = sum(len(message) for messages in shown for message in messages)
    # A character takes up to 4 bytes.
    text = 4 * len(state.agent_text)
    return STATE_BYTES + SPAN_BYTES * spans + ENTITY_BYTES * len(needs.entities) + text
