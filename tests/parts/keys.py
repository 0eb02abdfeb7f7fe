"""API keys for tests, made in the database of a home as the operator's command makes them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.access.api_key import ApiKeyTerms
from core.access.api_keys import ApiKeys, IssuedKey
from core.access.grant import Grant
from core.adapters.sql import open_database
from core.adapters.sql.api_key_store import SqlApiKeyStore
from core.caller import Caller, Role
from core.identifiers import TenantId
from tests.parts.fitted import database_url

PEPPER = "pepper of the tests, long enough to be one"


@contextmanager
def open_keys(url: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
    database = open_database(url)
    try:
        database.migrate()
        yield ApiKeys(SqlApiKeyStore(database, clock), PEPPER.encode())
    finally:
        database.close()


def operator(tenant: str) -> Caller:
    return Caller(tenant=TenantId(tenant), actor="operator")


def terms(role: Role, *, name: str = "test", owner_id: str = "", lifetime: timedelta | None = None) -> ApiKeyTerms:
    return ApiKeyTerms(name=name, grant=Grant(roles=frozenset({role}), owner_id=owner_id), lifetime=lifetime)


def make_key(home: Path, tenant: str, role: Role, **fields) -> IssuedKey:
    """Return a key of a tenant with its secret."""
    return make_key_at(database_url(home), tenant, role, **fields)


def make_key_at(url: str, tenant: str, role: Role, **fields) -> IssuedKey:
    with open_keys(url) as keys:
        return keys.create(operator(tenant), secrets.token_hex(8), terms(role, **fields))


def bearer(secret: str) -> tuple[tuple[str, str], ...]:
    """Return the metadata of a call with this credential."""
    return (("authorization", f"Bearer {secret}"),)
