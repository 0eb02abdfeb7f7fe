from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.access.api_key import prefix_of, secret_digest
from core.access.api_keys import ApiKeys
from core.adapters.sql.api_key_store import SqlApiKeyStore
from core.adapters.sql.audit_log import SqlAuditLog
from core.caller import Role
from core.errors import AlreadyExists, InvalidInput, NotFound, WrongState
from tests.parts.keys import PEPPER, operator, terms

ACME, OTHER = operator("acme"), operator("other")
HOUR = timedelta(hours=1)


@pytest.fixture
def store(database, clock) -> SqlApiKeyStore:
    return SqlApiKeyStore(database, clock)


@pytest.fixture
def keys(store) -> ApiKeys:
    return ApiKeys(store, PEPPER.encode())


def is_known(store, text: str, clock) -> bool:
    """Return whether a server would take the secret."""
    key = store.find(prefix_of(text))
    digest = secret_digest(text, PEPPER.encode())
    return key is not None and any(secret.digest == digest for secret in key.live_secrets(clock.now))


def test_a_key_is_found_by_the_prefix_of_its_secret_in_whichever_tenant(keys, store, clock):
    acme = keys.create(ACME, "r1", terms(Role.SELLER, name="Ann's phone", owner_id="ann"))
    other = keys.create(OTHER, "r1", terms(Role.ADMIN))
    found = store.find(prefix_of(acme.secret))
    assert (found.tenant, found.name, found.grant.owner_id, found.created_by) == (
        "acme",
        "Ann's phone",
        "ann",
        "operator",
    )
    assert found.create_time == clock.now
    assert found == acme.key
    assert store.find(prefix_of(other.secret)).tenant == "other"
    assert store.find("abcdefghijkm") is None


def test_the_secret_is_kept_nowhere(keys, database):
    issued = keys.create(ACME, "r1", terms(Role.READER))
    tail = issued.secret.rpartition("_")[2]
    from sqlalchemy import select

    from core.adapters.sql.tables import metadata

    with database.read("acme") as connection:
        stored = [str(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
    assert any(issued.key.key_id in row for row in stored)
    assert not any(tail in row for row in stored)


def test_a_request_that_comes_again_makes_no_second_key_and_shows_no_secret(keys):
    first = keys.create(ACME, "r1", terms(Role.READER))
    again = keys.create(ACME, "r1", terms(Role.READER))
    assert first.secret
    assert again.secret == ""
    assert again.key == first.key
    assert len(keys.list(ACME.tenant, limit=10, after=None).items) == 1
    with pytest.raises(AlreadyExists):
        keys.create(ACME, "r1", terms(Role.ADMIN))


def test_keys_of_a_tenant_are_listed_by_id_over_pages(keys):
    made = sorted(keys.create(ACME, f"r{n}", terms(Role.READER)).key.key_id for n in range(5))
    keys.create(OTHER, "r1", terms(Role.READER))
    first = keys.list(ACME.tenant, limit=3, after=None)
    second = keys.list(ACME.tenant, limit=3, after=first.next_key)
    assert [key.key_id for key in (*first.items, *second.items)] == made
    assert second.next_key is None


def test_a_key_ends_with_its_lifetime(keys, store, clock):
    issued = keys.create(ACME, "r1", terms(Role.READER, lifetime=HOUR))
    clock.advance(3_599)
    assert is_known(store, issued.secret, clock)
    clock.advance(1)
    assert not is_known(store, issued.secret, clock)


def test_after_a_rotation_both_secrets_hold_until_the_overlap_ends(keys, store, clock):
    first = keys.create(ACME, "r1", terms(Role.READER))
    clock.advance(10)
    second = keys.rotate(ACME, "r2", first.key.key_id, HOUR)
    assert second.secret.startswith(first.key.key_id)
    assert len(second.key.live_secrets(clock.now)) == 2
    assert is_known(store, first.secret, clock)
    assert is_known(store, second.secret, clock)
    clock.advance(3_600)
    assert not is_known(store, first.secret, clock)
    assert is_known(store, second.secret, clock)


def test_a_third_live_secret_is_refused_unless_the_others_end_at_once(keys, store, clock):
    first = keys.create(ACME, "r1", terms(Role.READER))
    second = keys.rotate(ACME, "r2", first.key.key_id, HOUR)
    with pytest.raises(WrongState) as caught:
        keys.rotate(ACME, "r3", first.key.key_id, HOUR)
    assert caught.value.reason == "TWO_LIVE_SECRETS"
    third = keys.rotate(ACME, "r4", first.key.key_id, timedelta(0))
    assert [is_known(store, issued.secret, clock) for issued in (first, second, third)] == [False, False, True]


def test_an_overlap_does_not_lengthen_a_life_and_the_new_secret_gets_the_whole_of_it(keys, clock):
    first = keys.create(ACME, "r1", terms(Role.READER, lifetime=HOUR))
    clock.advance(1_800)
    rotated = keys.rotate(ACME, "r2", first.key.key_id, timedelta(days=1)).key
    new, old = rotated.secrets
    assert old.expire_time == first.key.expire_time
    assert new.expire_time == clock.now + HOUR


def test_a_rotation_that_comes_again_shows_no_secret(keys):
    first = keys.create(ACME, "r1", terms(Role.READER))
    keys.rotate(ACME, "r2", first.key.key_id, None)
    again = keys.rotate(ACME, "r2", first.key.key_id, None)
    assert again.secret == ""
    assert len(again.key.secrets) == 2


def test_rotations_at_once_leave_two_live_secrets(keys, clock):
    key_id = keys.create(ACME, "r1", terms(Role.READER)).key.key_id
    together = threading.Barrier(4)

    def rotate(number: int) -> str:
        together.wait()
        try:
            return keys.rotate(ACME, f"rotation-{number}", key_id, HOUR).secret
        except WrongState:
            return ""

    with ThreadPoolExecutor(4) as pool:
        shown = [secret for secret in pool.map(rotate, range(4)) if secret]
    assert len(shown) == 1
    (key,) = keys.list(ACME.tenant, limit=10, after=None).items
    assert len(key.live_secrets(clock.now)) == 2


def test_a_revoked_key_is_over_with_all_of_its_secrets(keys, store, clock):
    first = keys.create(ACME, "r1", terms(Role.READER))
    second = keys.rotate(ACME, "r2", first.key.key_id, HOUR)
    revoked = keys.revoke(ACME, "r3", first.key.key_id, "left the company")
    assert revoked.revoke_time == clock.now
    assert not any(is_known(store, issued.secret, clock) for issued in (first, second))
    clock.advance(60)
    assert keys.revoke(ACME, "r4", first.key.key_id, "again").revoke_time == revoked.revoke_time
    with pytest.raises(WrongState) as caught:
        keys.rotate(ACME, "r5", first.key.key_id, HOUR)
    assert caught.value.reason == "API_KEY_REVOKED"


def test_another_tenants_key_does_not_exist(keys, store, clock):
    issued = keys.create(ACME, "r1", terms(Role.READER))
    for act in (
        lambda: keys.rotate(OTHER, "r2", issued.key.key_id, None),
        lambda: keys.revoke(OTHER, "r3", issued.key.key_id, ""),
        lambda: keys.revoke(OTHER, "r4", "ll_zzzzzzzz", ""),
    ):
        with pytest.raises(NotFound) as caught:
            act()
        assert caught.value.reason == "API_KEY_NOT_FOUND"
    assert is_known(store, issued.secret, clock)


def test_every_change_is_recorded_once(keys, database, clock):
    issued = keys.create(ACME, "r1", terms(Role.READER, name="crm"))
    keys.create(ACME, "r1", terms(Role.READER, name="crm"))
    keys.rotate(ACME, "r2", issued.key.key_id, HOUR)
    keys.revoke(ACME, "r3", issued.key.key_id, "lost")
    log = SqlAuditLog(database, clock)
    records = log.list(ACME.tenant, limit=10, after=None, actor=None, action=None).items
    assert [record.action for record in records] == [
        "AccessService/RevokeApiKey",
        "AccessService/RotateApiKey",
        "AccessService/CreateApiKey",
    ]
    assert {record.target for record in records} == {issued.key.key_id}
    assert [record.reason for record in records][::2] == ["lost", "crm (reader)"]
    assert log.verify(ACME.tenant).broken_at is None


@pytest.mark.parametrize(("key_id", "overlap"), [("", None), ("a b", None), ("ll_abcdefgh", timedelta(days=91))])
def test_what_cannot_be_right_is_refused(keys, key_id, overlap):
    with pytest.raises(InvalidInput):
        keys.rotate(ACME, "r1", key_id, overlap)


def test_without_a_pepper_no_key_is_made(store):
    with pytest.raises(WrongState) as caught:
        ApiKeys(store, b"").create(ACME, "r1", terms(Role.READER))
    assert caught.value.reason == "API_KEYS_OFF"
