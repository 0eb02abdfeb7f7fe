"""``python -m server keys create``: the first key of a tenant, made where the database is."""

from __future__ import annotations

import argparse
import secrets
from datetime import UTC, datetime, timedelta

from core.access.api_key import ApiKeyTerms
from core.access.api_keys import ApiKeys
from core.access.grant import Grant, roles_of
from core.adapters.sql.api_key_store import SqlApiKeyStore
from core.adapters.sql.engine import open_database
from core.caller import Caller, Role
from core.identifiers import TenantId, check_identifier
from server.secret import api_key_pepper
from server.settings import ServerSettings

ACTOR = "operator"
"""Who made the key, in its row and in the audit record."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    keys = subparsers.add_parser("keys", help="make the first API key of a tenant")
    create = keys.add_subparsers(required=True).add_parser(
        "create",
        help="make a key and print its secret, once",
        description="Writes to the database directly, so that there is a first key. Its holder makes the others with "
        "`leadline keys create`.",
    )
    create.add_argument("--tenant", required=True, help="whose key it is; a tenant exists as soon as it has a key")
    create.add_argument("--role", action="append", required=True, choices=[*Role], help="may be given several times")
    create.add_argument("--name", required=True, help="what the key is for")
    create.add_argument("--owner-id", default="", help="whose leads a seller may see")
    create.add_argument("--days", type=float, help="how long the key lives; by default until it is revoked")
    create.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: ServerSettings) -> int:
    """Make the key, print its secret, and return the exit code.

    Raises:
        InvalidInput: If an argument is out of range.
        WrongState: API_KEYS_OFF if the settings hold no pepper.
        DependencyDown: If the database does not work.
    """
    operator = Caller(tenant=TenantId(check_identifier(arguments.tenant, "tenant")), actor=ACTOR)
    lifetime = None if arguments.days is None else timedelta(days=arguments.days)
    grant = Grant(roles=roles_of(arguments.role), owner_id=arguments.owner_id)
    terms = ApiKeyTerms(name=arguments.name, grant=grant, lifetime=lifetime)
    database = open_database(settings.database_url)
    try:
        database.migrate()
        keys = ApiKeys(SqlApiKeyStore(database, lambda: datetime.now(UTC)), api_key_pepper(settings))
        issued = keys.create(operator, secrets.token_hex(16), terms)
    finally:
        database.close()
    print(f"Key {issued.key.key_id} of tenant {operator.tenant}. Its secret is shown this once; keep it safe:")  # noqa: T201  a command
    print(issued.secret)  # noqa: T201  for people
    return 0
