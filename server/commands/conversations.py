"""``python -m server conversations lock-again``: after a new operator's key, before the old one is thrown away."""

from __future__ import annotations

import argparse

from core.adapters.message_sealing import MessageSealing
from core.adapters.sql.conversation_keys import SqlConversationKeys
from core.adapters.sql.engine import open_database
from core.errors import WrongState
from server.secret import conversation_keys
from server.settings import ServerSettings


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    conversations = subparsers.add_parser("conversations", help="change the key of stored conversations")
    again = conversations.add_subparsers(required=True).add_parser(
        "lock-again",
        help="lock the keys of stored conversations with the newest key",
        description="With LEADLINE_CONVERSATION_KEY=NEW,OLD in every server process. Afterwards OLD is not needed any "
        "more. Messages stay as they are.",
    )
    again.set_defaults(run=run)


def run(_: argparse.Namespace, settings: ServerSettings) -> int:
    """Lock the keys of all leads again, say how many there were, and return the exit code.

    Raises:
        WrongState: CONVERSATIONS_NOT_STORED if no key is set; CONVERSATION_KEY_UNKNOWN if a lead's key is locked with
            one that is not set.
        DependencyDown: If the database does not work.
    """
    keys = conversation_keys(settings)
    if not keys:
        raise WrongState("CONVERSATIONS_NOT_STORED", "no key of conversations is set")
    database = open_database(settings.database_url)
    try:
        database.migrate()
        sealing = MessageSealing(keys)
        count = SqlConversationKeys(database, sealing).lock_again()
    finally:
        database.close()
    print(f"Locked the conversations of {count:,} leads again, with the key {sealing.key_id}.")  # noqa: T201  a command
    return 0
