"""The command after a new operator's key."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from core.adapters.message_sealing import MessageSealing, key_id_of
from core.adapters.sql import open_database
from core.adapters.sql.conversation_keys import take_key
from core.adapters.sql.tables import conversation_keys
from core.identifiers import LeadId, TenantId
from server.__main__ import main
from tests.parts.clock import SetClock

OLD, NEW = b"o" * 32, b"n" * 32


def written(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


@pytest.fixture
def url(tmp_path):
    """A database with the key of one lead."""
    address = f"sqlite:///{tmp_path}/leadline.db"
    database = open_database(address)
    database.migrate()
    with database.write("acme") as connection:
        take_key(connection, MessageSealing([OLD]), TenantId("acme"), LeadId("ann"), SetClock()())
    database.close()
    return address


def run(url, *keys: bytes) -> int:
    environ = {"LEADLINE_DATABASE_URL": url}
    if keys:
        environ["LEADLINE_CONVERSATION_KEY"] = written(*keys)
    return main(["conversations", "lock-again"], environ)


def key_ids(url):
    database = open_database(url)
    with database.read("*") as connection:
        found = connection.scalars(select(conversation_keys.c.key_id)).all()
    database.close()
    return found


def test_all_keys_are_locked_with_the_newest_one(url, capsys):
    assert run(url, NEW, OLD) == 0
    assert capsys.readouterr().out == f"Locked the conversations of 1 leads again, with the key {key_id_of(NEW)}.\n"
    assert key_ids(url) == [key_id_of(NEW)]
    assert run(url, NEW) == 0


def test_without_the_old_key_nothing_changes(url):
    assert run(url, NEW) == 1
    assert key_ids(url) == [key_id_of(OLD)]


def test_without_any_key_it_says_so(url):
    assert run(url) == 1
