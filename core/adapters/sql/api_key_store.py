"""API keys in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.access.api_key import MOST_LIVE_SECRETS, ApiKey, ApiKeyTerms, StoredSecret
from core.access.grant import Grant, roles_of
from core.adapters.sql.audit_log import append_audit
from core.adapters.sql.database import Database
from core.adapters.sql.idempotency import answer_once
from core.adapters.sql.tables import api_key_secrets, api_keys
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import NotFound, WrongState
from core.identifiers import TenantId
from core.ports import Clock, Page

_keys, _secrets = api_keys.c, api_key_secrets.c


class SqlApiKeyStore:
    """Keeps API keys. Implements :class:`core.access.key_store.ApiKeyStore`.

    Args:
        database: Where to.
        clock: The moment of a change.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, caller: Caller, request_id: str, key_id: str, terms: ApiKeyTerms, *, secret: tuple[str, bytes]
    ) -> tuple[ApiKey, bool]:
        """Add a key with its first secret (prefix, digest); returns it, and whether this call made it.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """
        roles = sorted(terms.grant.roles)
        seconds = None if terms.lifetime is None else terms.lifetime.total_seconds()
        body = {"name": terms.name, "roles": roles, "owner_id": terms.grant.owner_id, "lifetime": seconds}

        def act(connection: Connection, now: datetime) -> str:
            row = {"tenant": caller.tenant, "key_id": key_id, "name": terms.name, "roles": ",".join(roles)}
            row |= {"owner_id": terms.grant.owner_id, "created_by": caller.actor}
            connection.execute(insert(api_keys).values(**row, create_time=now))
            end = None if terms.lifetime is None else now + terms.lifetime
            _insert_secret(connection, caller.tenant, key_id, _fresh(secret, now, end))
            return f"{terms.name} ({', '.join(roles)})"

        return self._change(caller, "CreateApiKey", request_id, key_id, body=body, act=act)

    def rotate(
        self, caller: Caller, request_id: str, key_id: str, *, overlap: timedelta, secret: tuple[str, bytes]
    ) -> tuple[ApiKey, bool]:
        """Add a second secret (prefix, digest); those before end after ``overlap``.

        Raises:
            NotFound: If the tenant has no such key.
            WrongState: API_KEY_REVOKED, or TWO_LIVE_SECRETS if it would be the third.
            AlreadyExists: If ``request_id`` was used for another body.
        """
        body = {"key_id": key_id, "overlap": overlap.total_seconds()}

        def act(connection: Connection, now: datetime) -> str:
            _lock_key(connection, caller.tenant, key_id)
            key = _read_key(connection, caller.tenant, key_id)
            _check_rotation(key, now, overlap)
            end = now + overlap
            for old in key.live_secrets(now):
                if old.expire_time is None or old.expire_time > end:
                    mine = (_secrets.tenant == caller.tenant, _secrets.prefix == old.prefix)
                    connection.execute(update(api_key_secrets).where(*mine).values(expire_time=end))
            over = (_secrets.tenant == caller.tenant, _secrets.key_id == key_id, _secrets.expire_time <= now)
            connection.execute(delete(api_key_secrets).where(*over))
            fresh = _fresh(secret, now, _same_lifetime(key, now))
            _insert_secret(connection, caller.tenant, key_id, fresh)
            return f"the secrets before end {end.isoformat(timespec='seconds')}"

        return self._change(caller, "RotateApiKey", request_id, key_id, body=body, act=act)

    def revoke(self, caller: Caller, request_id: str, key_id: str, reason: str) -> ApiKey:
        """End a key. Ending it twice changes nothing.

        Raises:
            NotFound: If the tenant has no such key.
            AlreadyExists: If ``request_id`` was used for another body.
        """

        def act(connection: Connection, now: datetime) -> str:
            _lock_key(connection, caller.tenant, key_id)
            mine = (_keys.tenant == caller.tenant, _keys.key_id == key_id, _keys.revoke_time.is_(None))
            connection.execute(update(api_keys).where(*mine).values(revoke_time=now))
            return reason

        body = {"key_id": key_id, "reason": reason}
        return self._change(caller, "RevokeApiKey", request_id, key_id, body=body, act=act)[0]

    def list(self, tenant: TenantId, *, limit: int, after: str | None) -> Page[ApiKey]:
        """Return up to ``limit`` keys with ids above ``after``, ordered by id."""
        query = select(api_keys).where(_keys.tenant == tenant).order_by(_keys.key_id).limit(limit + 1)
        if after is not None:
            query = query.where(_keys.key_id > after)
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).all()
            secrets = _secrets_of(connection, tenant, [row.key_id for row in rows[:limit]])
        next_key = rows[limit - 1].key_id if len(rows) > limit else None
        return Page(items=tuple(_key(row, secrets[row.key_id]) for row in rows[:limit]), next_key=next_key)

    def find(self, prefix: str) -> ApiKey | None:
        """Return the key one of whose secrets has this prefix, of whichever tenant, with that secret alone."""
        secret = select(api_key_secrets).where(_secrets.prefix == prefix)
        with self._database.read(ALL_TENANTS) as connection:
            found = connection.execute(secret).one_or_none()
            if found is None:
                return None
            mine = (_keys.tenant == found.tenant, _keys.key_id == found.key_id)
            return _key(connection.execute(select(api_keys).where(*mine)).one(), (_secret(found),))

    def _change(
        self,
        caller: Caller,
        method: str,
        request_id: str,
        key_id: str,
        *,
        body: dict[str, Any],
        act: Callable[[Connection, datetime], str],
    ) -> tuple[ApiKey, bool]:
        """Do it once, record it, and return the key as it is now. ``act`` returns the reason for the record."""
        why: list[str] = []
        with self._database.write(caller.tenant) as connection:
            now = self._clock()

            def once() -> dict[str, str]:
                why.append(act(connection, now))
                return {"key_id": key_id}

            answer = answer_once(
                connection,
                tenant=caller.tenant,
                method=method,
                request_id=request_id,
                body=body,
                now=now,
                act=once,
            )
            key = _read_key(connection, caller.tenant, answer["key_id"])
            if why:
                action = f"AccessService/{method}"
                append_audit(connection, caller, action=action, target=key_id, reason=why[0], now=now)
        return key, bool(why)


def _lock_key(connection: Connection, tenant: str, key_id: str) -> None:
    """Let two changes of one key follow each other."""
    query = select(_keys.key_id).where(_keys.tenant == tenant, _keys.key_id == key_id).with_for_update()
    if connection.scalar(query) is None:
        raise NotFound("api_key", key_id)


def _read_key(connection: Connection, tenant: str, key_id: str) -> ApiKey:
    row = connection.execute(select(api_keys).where(_keys.tenant == tenant, _keys.key_id == key_id)).one()
    return _key(row, _secrets_of(connection, tenant, [key_id])[key_id])


def _secrets_of(connection: Connection, tenant: str, key_ids: Sequence[str]) -> dict[str, tuple[StoredSecret, ...]]:
    query = (
        select(api_key_secrets)
        .where(_secrets.tenant == tenant, _secrets.key_id.in_(key_ids))
        .order_by(_secrets.create_time.desc(), _secrets.prefix)
    )
    found: dict[str, tuple[StoredSecret, ...]] = dict.fromkeys(key_ids, ())
    for row in connection.execute(query):
        found[row.key_id] += (_secret(row),)
    return found


def _check_rotation(key: ApiKey, now: datetime, overlap: timedelta) -> None:
    if key.revoke_time is not None:
        raise WrongState("API_KEY_REVOKED", f"API key {key.key_id!r} is revoked: make a new one", id=key.key_id)
    if overlap and len(key.live_secrets(now)) >= MOST_LIVE_SECRETS:
        message = f"API key {key.key_id!r} has two live secrets: wait for the older to end, or rotate with overlap 0"
        raise WrongState("TWO_LIVE_SECRETS", message, id=key.key_id)


def _same_lifetime(key: ApiKey, now: datetime) -> datetime | None:
    """Return when a new secret ends: it lives as long as the key was made for."""
    newest = key.secrets[0]
    return None if newest.expire_time is None else now + (newest.expire_time - newest.create_time)


def _fresh(secret: tuple[str, bytes], now: datetime, expire_time: datetime | None) -> StoredSecret:
    prefix, digest = secret
    return StoredSecret(prefix=prefix, digest=digest, create_time=now, expire_time=expire_time)


def _insert_secret(connection: Connection, tenant: str, key_id: str, secret: StoredSecret) -> None:
    row: dict[str, Any] = {"tenant": tenant, "key_id": key_id, "prefix": secret.prefix, "secret_hmac": secret.digest}
    row |= {"create_time": secret.create_time, "expire_time": secret.expire_time}
    connection.execute(insert(api_key_secrets).values(row))


def _secret(row: Row[Any]) -> StoredSecret:
    return StoredSecret(
        prefix=row.prefix,
        digest=bytes(row.secret_hmac),
        create_time=row.create_time,
        expire_time=row.expire_time,
    )


def _key(row: Row[Any], secrets: tuple[StoredSecret, ...]) -> ApiKey:
    return ApiKey(
        tenant=TenantId(row.tenant),
        key_id=row.key_id,
        name=row.name,
        grant=Grant(roles=roles_of(row.roles.split(",")), owner_id=row.owner_id),
        created_by=row.created_by,
        create_time=row.create_time,
        revoke_time=row.revoke_time,
        secrets=secrets,
    )
