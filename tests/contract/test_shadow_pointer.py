from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.adapters.sql import SqlRegistryStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import NotFound, WrongState
from core.identifiers import TenantId, VersionName
from core.registry.retention import plan_prune
from core.registry.version_store import VersionStore
from core.version import LEAD_SCORE, ModelEventType, ShadowPointer
from tests.parts.versions import CREATE_TIME, make_version

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")


@pytest.fixture
def store(database, clock) -> VersionStore:
    return SqlRegistryStore(database, clock)


@pytest.fixture
def names(store) -> list[VersionName]:
    """Four registered versions, oldest first; the first serves."""
    versions = [make_version(seed, create_time=CREATE_TIME + timedelta(minutes=seed)) for seed in range(4)]
    for version in versions:
        store.register(ACME, f"register-{version.digest}", version, "first")
    found = [version.manifest.version for version in versions]
    store.activate(ACME, "serve", LEAD_SCORE, found[0], expected="", reason="go")
    return found


def shadow(store, request_id, name, **options) -> ShadowPointer:
    return store.set_shadow(ACME, request_id, LEAD_SCORE, name, reason="not proven", **options)


def events(store, kind: ModelEventType):
    listed = store.events(ACME.tenant, LEAD_SCORE, limit=100, after=None, version=None).items
    return [event for event in listed if event.type is kind]


def test_a_shadow_is_set_read_and_logged_with_its_evidence(store, names, clock):
    assert store.shadow(ACME.tenant, LEAD_SCORE) is None

    pointer = shadow(store, "s1", names[1], evidence={"p_better_log_loss": "0.81"})

    assert store.shadow(ACME.tenant, LEAD_SCORE) == pointer
    digest = store.get(ACME.tenant, LEAD_SCORE, names[1]).digest
    assert pointer == ShadowPointer(version=names[1], digest=digest, reason="not proven", start_time=clock.now)
    (event,) = events(store, ModelEventType.SHADOWED)
    assert (event.version, event.actor, event.reason) == (names[1], "alice", "not proven")
    assert event.evidence == {"p_better_log_loss": "0.81", "previous_shadow": ""}
    assert store.shadow(OTHER.tenant, LEAD_SCORE) is None


def test_another_shadow_takes_its_place_and_the_same_one_changes_nothing(store, names, clock):
    first = shadow(store, "s1", names[1])
    clock.advance(60)
    assert shadow(store, "s2", names[1]) == first
    assert shadow(store, "s3", names[2]).version == names[2]
    assert shadow(store, "s1", names[1]) == first
    assert store.shadow(ACME.tenant, LEAD_SCORE).version == names[2]
    assert [e.evidence["previous_shadow"] for e in events(store, ModelEventType.SHADOWED)] == [names[1], ""]


def test_activating_the_shadow_ends_it_with_the_evidence_of_the_move(store, names):
    shadow(store, "s1", names[1])
    store.activate(
        ACME, "a1", LEAD_SCORE, names[1], expected=names[0], reason="better", evidence={"p_better_log_loss": "0.99"}
    )
    assert store.shadow(ACME.tenant, LEAD_SCORE) is None
    newest = events(store, ModelEventType.ACTIVATED)[0]
    assert newest.evidence == {"p_better_log_loss": "0.99", "previous": names[0], "pointer_revision": "2"}


def test_activating_another_version_leaves_the_shadow(store, names):
    shadow(store, "s1", names[1])
    store.activate(ACME, "a1", LEAD_SCORE, names[2], expected=None, reason="go")
    assert store.shadow(ACME.tenant, LEAD_SCORE).version == names[1]


def test_a_shadow_can_be_cleared_and_every_change_is_audited(store, names, database):
    shadow(store, "s1", names[1])
    assert store.clear_shadow(ACME, "c1", LEAD_SCORE, reason="enough") == names[1]
    assert store.clear_shadow(ACME, "c1", LEAD_SCORE, reason="enough") == names[1]
    assert store.shadow(ACME.tenant, LEAD_SCORE) is None
    query = "SELECT action, target, reason FROM audit_records WHERE action LIKE '%Shadow%' ORDER BY sequence"
    with database.read(ALL_TENANTS) as connection:
        assert [tuple(row) for row in connection.execute(text(query))] == [
            ("ModelService/SetShadowVersion", f"{LEAD_SCORE}/{names[1]}", "not proven"),
            ("ModelService/ClearShadowVersion", f"{LEAD_SCORE}/{names[1]}", "enough"),
        ]


def test_a_request_that_found_no_shadow_clears_none_when_it_comes_again(store, names):
    assert store.clear_shadow(ACME, "c1", LEAD_SCORE, reason="") is None
    shadow(store, "s1", names[1])
    assert store.clear_shadow(ACME, "c1", LEAD_SCORE, reason="") is None
    assert store.clear_shadow(OTHER, "c1", LEAD_SCORE, reason="") is None
    assert store.shadow(ACME.tenant, LEAD_SCORE).version == names[1]


def test_what_serves_or_is_gone_or_is_not_there_is_no_shadow(store, names):
    store.retire(ACME, "t1", LEAD_SCORE, [names[3]], "old")
    for name, reason in ((names[0], "VERSION_ACTIVE"), (names[3], "VERSION_RETIRED")):
        with pytest.raises(WrongState) as refused:
            shadow(store, f"s-{name}", name)
        assert refused.value.reason == reason
    with pytest.raises(NotFound):
        store.set_shadow(OTHER, "s1", LEAD_SCORE, names[1], reason="")
    assert store.shadow(ACME.tenant, LEAD_SCORE) is None


def test_neither_prune_nor_retirement_takes_the_shadow(store, names):
    shadow(store, "s1", names[1])
    assert store.retire(ACME, "t1", LEAD_SCORE, [names[1]], "old") == []

    def choose(versions, protected, users):
        return plan_prune(versions, protected=protected, keep_count=1, users=users)

    plan = store.prune(ACME, "p1", LEAD_SCORE, 1, choose)
    assert plan.pruned == (names[2],)
    assert set(plan.kept) == {names[0], names[1], names[3]}


def test_one_question_finds_the_pointers_of_every_tenant(store, names):
    assert store.shadows_everywhere(LEAD_SCORE) == {}
    served = store.active(ACME.tenant, LEAD_SCORE)
    assert store.active_everywhere(LEAD_SCORE) == {ACME.tenant: served}
    version = make_version(9, create_time=CREATE_TIME)
    store.register(OTHER, "register", version, "first")
    pointer = shadow(store, "s1", names[1])
    theirs = store.set_shadow(OTHER, "s1", LEAD_SCORE, version.manifest.version, reason="")
    assert store.shadows_everywhere(LEAD_SCORE) == {ACME.tenant: pointer, OTHER.tenant: theirs}
    assert store.active_everywhere(LEAD_SCORE) == {ACME.tenant: served}
    assert store.shadows_everywhere("another_kind") == store.active_everywhere("another_kind") == {}
