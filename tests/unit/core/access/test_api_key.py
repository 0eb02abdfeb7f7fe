from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from core.access.api_key import (
    ApiKey,
    ApiKeyTerms,
    StoredSecret,
    is_same_secret,
    new_key_id,
    new_secret,
    prefix_of,
    secret_digest,
)
from core.access.grant import Grant
from core.caller import Role
from core.errors import InvalidInput
from core.identifiers import TenantId, check_identifier

NOW = datetime(2026, 5, 1, tzinfo=UTC)
READER = Grant(roles=frozenset({Role.READER}))


def stored(prefix: str, expire_time: datetime | None = None) -> StoredSecret:
    return StoredSecret(prefix=prefix, digest=b"d" * 32, create_time=NOW, expire_time=expire_time)


def key(*secrets: StoredSecret, revoke_time: datetime | None = None) -> ApiKey:
    return ApiKey(
        tenant=TenantId("acme"),
        key_id="ll_abcdefgh",
        name="crm",
        grant=READER,
        created_by="me",
        create_time=NOW,
        revoke_time=revoke_time,
        secrets=secrets,
    )


def test_a_secret_begins_with_the_id_of_its_key_and_holds_256_random_bits():
    key_id = check_identifier(new_key_id(), "key_id")
    first, second = new_secret(key_id), new_secret(key_id)
    mark, prefix, random = first.text.split("_", 2)
    assert first.text.startswith(key_id)
    assert (mark, prefix) == ("ll", first.prefix)
    assert (len(prefix), len(base64.urlsafe_b64decode(random + "="))) == (12, 32)
    assert first.text.rpartition("_")[2] != second.text.rpartition("_")[2]
    assert len({new_secret(key_id).prefix for _ in range(50)}) > 45


def test_the_prefix_is_found_in_whole_secrets_only():
    secret = new_secret(new_key_id())
    assert prefix_of(secret.text) == secret.prefix
    for text in ("", secret.text[:-1], secret.text + "a", secret.text + "\n", secret.text.upper(), "ll__", "Bearer x"):
        assert prefix_of(text) is None


def test_the_digest_depends_on_every_character_and_on_the_pepper():
    secret = new_secret(new_key_id()).text
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    digest = secret_digest(secret, b"pepper")
    assert len(digest) == 32
    assert is_same_secret(digest, secret_digest(secret, b"pepper"))
    assert not is_same_secret(digest, secret_digest(secret, b"salt"))
    assert not is_same_secret(digest, secret_digest(other, b"pepper"))


def test_nothing_that_is_printed_shows_a_secret():
    secret = new_secret(new_key_id())
    assert secret.text not in repr(secret)
    assert "dddd" not in repr(key(stored("p")))


def test_a_secret_ends_at_its_time_and_all_end_with_the_key():
    old, new = stored("old", NOW + timedelta(hours=1)), stored("new")
    assert key(new, old).live_secrets(NOW) == (new, old)
    assert key(new, old).live_secrets(NOW + timedelta(hours=1)) == (new,)
    assert key(new, old, revoke_time=NOW).live_secrets(NOW) == ()
    assert key(new, old).expire_time is None
    assert key(old).expire_time == NOW + timedelta(hours=1)


def test_the_holder_of_a_key_is_a_caller_of_its_tenant_with_its_roles():
    caller = key().caller()
    assert (caller.tenant, caller.actor, caller.roles, caller.owner_id) == (
        "acme",
        "key:ll_abcdefgh",
        {Role.READER},
        "",
    )


@pytest.mark.parametrize(
    ("name", "lifetime", "field"),
    [
        ("", None, "name"),
        ("  ", None, "name"),
        ("x" * 201, None, "name"),
        ("line\nbreak", None, "name"),
        ("crm", timedelta(0), "lifetime"),
        ("crm", timedelta(days=3651), "lifetime"),
    ],
)
def test_terms_are_valid_or_not_made(name, lifetime, field):
    with pytest.raises(InvalidInput) as caught:
        ApiKeyTerms(name=name, grant=READER, lifetime=lifetime)
    assert caught.value.violations[0].field == field
