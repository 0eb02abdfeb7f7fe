from __future__ import annotations

from dataclasses import replace

import pytest

from core.adapters.message_sealing import MessageSealing, SealedMessage, key_id_of
from core.conversation.stored import ConversationName
from core.errors import InvalidInput, WrongState
from core.identifiers import LeadId, TenantId

OLD, NEW = b"o" * 32, b"n" * 32
ACME, ANN = TenantId("acme"), LeadId("ann")
CHAT = ConversationName(ACME, ANN, "chat")


@pytest.fixture
def sealing():
    return MessageSealing([OLD])


def test_a_message_comes_back_and_does_not_show(sealing):
    key, locked = sealing.make_key(ACME, ANN)
    sealed = key.seal(CHAT, 3, b"the words")
    assert b"words" not in sealed.ciphertext
    assert sealing.open_key(ACME, ANN, locked).open(CHAT, 3, sealed) == b"the words"


def test_the_same_message_never_looks_the_same(sealing):
    key, _ = sealing.make_key(ACME, ANN)
    assert key.seal(CHAT, 0, b"a").nonce != key.seal(CHAT, 0, b"a").nonce


@pytest.mark.parametrize(
    ("name", "index"),
    [
        (CHAT, 1),
        (CHAT._replace(conversation_id="other"), 0),
        (CHAT._replace(lead_id=LeadId("bob")), 0),
        (CHAT._replace(tenant=TenantId("other")), 0),
    ],
    ids=["another index", "another conversation", "another lead", "another tenant"],
)
def test_a_message_that_was_moved_does_not_open(sealing, name, index):
    key, _ = sealing.make_key(ACME, ANN)
    sealed = key.seal(CHAT, 0, b"the words")
    with pytest.raises(WrongState) as caught:
        key.open(name, index, sealed)
    assert caught.value.reason == "CONVERSATION_DAMAGED"


@pytest.mark.parametrize(
    "change", [{"nonce": b"0" * 12}, {"nonce": b""}, {"ciphertext": b"0" * 40}, {"ciphertext": b""}]
)
def test_a_message_that_was_changed_does_not_open(sealing, change):
    key, _ = sealing.make_key(ACME, ANN)
    damaged: SealedMessage = replace(key.seal(CHAT, 0, b"the words"), **change)
    with pytest.raises(WrongState):
        key.open(CHAT, 0, damaged)


def test_the_key_of_a_lead_opens_for_that_lead_only(sealing):
    _, locked = sealing.make_key(ACME, ANN)
    with pytest.raises(WrongState) as caught:
        sealing.open_key(ACME, LeadId("bob"), locked)
    assert caught.value.reason == "CONVERSATION_DAMAGED"


def test_an_older_key_unlocks_and_the_newest_locks_again(sealing):
    key, locked = sealing.make_key(ACME, ANN)
    sealed = key.seal(CHAT, 0, b"the words")
    rotated = MessageSealing([NEW, OLD])
    assert rotated.open_key(ACME, ANN, locked).open(CHAT, 0, sealed) == b"the words"
    again = rotated.lock_again(ACME, ANN, locked)
    assert again.key_id == key_id_of(NEW) != locked.key_id
    assert MessageSealing([NEW]).open_key(ACME, ANN, again).open(CHAT, 0, sealed) == b"the words"


def test_a_key_that_is_missing_is_named_and_not_shown(sealing):
    _, locked = sealing.make_key(ACME, ANN)
    with pytest.raises(WrongState) as caught:
        MessageSealing([NEW]).open_key(ACME, ANN, locked)
    assert (caught.value.reason, caught.value.metadata) == ("CONVERSATION_KEY_UNKNOWN", {"key_id": key_id_of(OLD)})
    assert OLD.hex() not in str(caught.value)


@pytest.mark.parametrize("keys", [[], [b"short"], [OLD, b"x" * 33]])
def test_operators_keys_have_32_bytes(keys):
    with pytest.raises(InvalidInput):
        MessageSealing(keys)
