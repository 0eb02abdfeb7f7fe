from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.adapters.sql import SqlRegistryStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import AlreadyExists, InvalidInput, NotFound, VersionConflict, WrongState
from core.identifiers import TenantId, VersionName
from core.registry.retention import PrunePlan
from core.registry.version_store import VersionStore
from core.version import LEAD_SCORE, ActivePointer, ModelEventType, VersionState
from tests.parts.versions import CREATE_TIME, make_version, with_other_files

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")


@pytest.fixture
def store(database, clock) -> VersionStore:
    return SqlRegistryStore(database, clock)


@pytest.fixture
def names(store) -> list[VersionName]:
    """Four registered versions, oldest first."""
    versions = [make_version(seed, create_time=CREATE_TIME + timedelta(minutes=seed)) for seed in range(4)]
    for version in versions:
        store.register(ACME, f"register-{version.digest}", version, "first")
    return [version.manifest.version for version in versions]


def activate(store, request_id, name, *, expected=None, caller=ACME) -> ActivePointer:
    return store.activate(caller, request_id, LEAD_SCORE, name, expected=expected, reason="because")


def roll_back(store, request_id, *, expected=None) -> ActivePointer:
    return store.rollback(ACME, request_id, LEAD_SCORE, expected=expected, reason="bad figures")


def events(store, *, version=None, limit=1_000, caller=ACME):
    return store.events(caller.tenant, LEAD_SCORE, limit=limit, after=None, version=version).items


def test_a_registered_version_is_listed_with_its_events_and_metrics(store, database, clock):
    version = make_version()

    assert store.register(ACME, "r1", version, "monthly") == version

    name = version.manifest.version
    assert store.get(ACME.tenant, LEAD_SCORE, name) == version
    assert store.list(ACME.tenant, LEAD_SCORE, limit=9, after=None).items == (version,)
    validated, registered = events(store)
    assert (registered.type, validated.type) == (ModelEventType.REGISTERED, ModelEventType.VALIDATED)
    assert (registered.actor, registered.reason, registered.event_time) == ("alice", "monthly", clock.now)
    assert registered.evidence == {"digest": version.digest}
    assert validated.event_id > registered.event_id
    with database.read(ALL_TENANTS) as connection:
        row = connection.execute(text("SELECT * FROM model_metrics")).mappings().one()
    assert {key: row[key] for key in ("tenant", "model_version", "model_type", "auc_roc", "f1_score", "precision")} == {
        "tenant": "acme",
        "model_version": name,
        "model_type": "xgboost",
        "auc_roc": 0.91,
        "f1_score": 0.8,
        "precision": None,
    }
    assert (row["training_samples"], row["validation_samples"], row["feature_count"]) == (7_000, 1_848, 336)
    assert (row["conversion_rate"], bool(row["is_active"]), row["deployed_at"]) == (0.38, False, None)


def test_what_is_not_there_is_not_found(store, names):
    with pytest.raises(NotFound) as caught:
        store.get(ACME.tenant, LEAD_SCORE, VersionName("v1"))
    assert caught.value.reason == "MODEL_VERSION_NOT_FOUND"
    with pytest.raises(NotFound):
        store.get(OTHER.tenant, LEAD_SCORE, names[0])
    with pytest.raises(NotFound):
        store.get(ACME.tenant, "sentiment", names[0])
    with pytest.raises(NotFound):
        activate(store, "a1", names[0], caller=OTHER)
    assert store.active(ACME.tenant, LEAD_SCORE) is None


def test_registering_again_is_harmless_and_other_files_need_another_name(store):
    version = make_version()
    store.register(ACME, "r1", version, "first")

    retried = replace(version, create_time=CREATE_TIME + timedelta(days=1))
    assert store.register(ACME, "r1", retried, "first") == version
    assert store.register(ACME, "r2", retried, "again") == version
    with pytest.raises(AlreadyExists) as caught:
        store.register(ACME, "r3", with_other_files(version), "first")
    assert caught.value.reason == "MODEL_VERSION_ALREADY_EXISTS"
    with pytest.raises(AlreadyExists) as caught:
        store.register(ACME, "r1", make_version(1), "first")
    assert caught.value.reason == "REQUEST_ALREADY_EXISTS"
    assert len(events(store)) == 2


def test_versions_are_listed_newest_first_in_pages(store, names):
    first = store.list(ACME.tenant, LEAD_SCORE, limit=3, after=None)
    second = store.list(ACME.tenant, LEAD_SCORE, limit=3, after=first.next_key)
    listed = [version.manifest.version for page in (first, second) for version in page.items]
    assert listed == names[::-1]
    assert (len(first.items), second.next_key) == (3, None)


def test_versions_of_one_moment_are_each_listed_once(store):
    for seed in range(5):
        store.register(ACME, f"r{seed}", make_version(seed), "first")
    seen, after = [], None
    while True:
        page = store.list(ACME.tenant, LEAD_SCORE, limit=2, after=after)
        seen += [version.manifest.version for version in page.items]
        after = page.next_key
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("key", ["", "x", "/", "2026-01-01/", "0001-01-01T00:00:00+23:59/v", "9" * 5_000, "-1", "1e5"])
def test_a_key_that_is_none_is_refused(store, key):
    with pytest.raises(InvalidInput) as caught:
        store.events(ACME.tenant, LEAD_SCORE, limit=5, after=key, version=None)
    assert caught.value.violations[0].field == "page_token"
    with pytest.raises(InvalidInput) as caught:
        store.list(ACME.tenant, LEAD_SCORE, limit=5, after=key)
    assert caught.value.violations[0].field == "page_token"


def test_activation_moves_pointer_state_events_and_metrics(store, database, names, clock):
    first = activate(store, "a1", names[0], expected="")
    clock.advance(60)
    second = activate(store, "a2", names[1], expected=names[0])

    assert (first.version, first.previous, first.revision) == (names[0], None, 1)
    assert (second.version, second.previous, second.revision) == (names[1], names[0], 2)
    assert second == store.active(ACME.tenant, LEAD_SCORE)
    assert second.digest == store.get(ACME.tenant, LEAD_SCORE, names[1]).digest
    states = [store.get(ACME.tenant, LEAD_SCORE, name).state for name in names[:3]]
    assert states == [VersionState.REGISTERED, VersionState.ACTIVE, VersionState.REGISTERED]
    assert events(store)[0].evidence["previous"] == names[0]
    with database.read(ALL_TENANTS) as connection:
        active = connection.execute(text("SELECT model_version FROM model_metrics WHERE is_active")).scalars().all()
        deployed = connection.execute(text("SELECT count(*) FROM model_metrics WHERE deployed_at IS NOT NULL")).scalar()
    assert (active, deployed) == ([names[1]], 2)


@pytest.mark.parametrize("expected", ["v-else", ""])
def test_activation_refuses_another_active_version_than_expected(store, names, expected):
    activate(store, "a1", names[0])
    with pytest.raises(VersionConflict) as caught:
        activate(store, "a2", names[1], expected=expected)
    assert caught.value.metadata == {"active": names[0], "expected": expected}
    with pytest.raises(VersionConflict):
        roll_back(store, "b1", expected=expected)
    assert store.active(ACME.tenant, LEAD_SCORE).version == names[0]
    assert activate(store, "a2", names[1], expected=names[0]).version == names[1]


def test_expecting_a_version_where_none_serves_conflicts(store, names):
    with pytest.raises(VersionConflict):
        activate(store, "a1", names[1], expected=names[0])


def test_activating_the_active_version_changes_nothing(store, names):
    activate(store, "a1", names[0])
    pointer = activate(store, "a2", names[1])
    assert activate(store, "a3", names[1]) == pointer
    assert [event.type for event in events(store)].count(ModelEventType.ACTIVATED) == 2


def test_a_repeated_activation_gives_the_first_answer_and_moves_nothing(store, names):
    first = activate(store, "a1", names[0], expected="")
    activate(store, "a2", names[1])
    assert activate(store, "a1", names[0], expected="") == first
    assert store.active(ACME.tenant, LEAD_SCORE).version == names[1]
    with pytest.raises(AlreadyExists):
        activate(store, "a1", names[1], expected="")


def test_rollback_swaps_with_the_version_before(store, names, clock):
    activate(store, "a1", names[0])
    activate(store, "a2", names[1])

    back = roll_back(store, "b1", expected=names[1])
    again = roll_back(store, "b2")

    assert (back.version, back.previous, back.revision) == (names[0], names[1], 3)
    assert (again.version, again.previous, again.revision) == (names[1], names[0], 4)
    assert roll_back(store, "b1", expected=names[1]) == back
    newest, before = events(store)[:2]
    assert (newest.type, newest.version) == (ModelEventType.ROLLED_BACK, names[1])
    assert (before.version, before.evidence["rolled_back_from"], before.reason) == (names[0], names[1], "bad figures")


def test_rollback_needs_a_version_before(store, names):
    for number in range(2):
        with pytest.raises(WrongState) as caught:
            roll_back(store, f"b{number}")
        assert caught.value.reason == "NO_PREVIOUS_VERSION"
        activate(store, f"a{number}", names[0])


def test_retired_versions_are_neither_activated_nor_retired_again(store, names):
    activate(store, "a1", names[0])
    activate(store, "a2", names[1])

    retired = store.retire(ACME, "t1", LEAD_SCORE, [*names, names[3]], "old")

    assert [version.manifest.version for version in retired] == [names[2], names[3]]
    assert {version.state for version in retired} == {VersionState.RETIRED}
    assert store.retire(ACME, "t1", LEAD_SCORE, [*names, names[3]], "old") == retired
    assert store.retire(ACME, "t2", LEAD_SCORE, names, "old") == []
    with pytest.raises(WrongState) as caught:
        activate(store, "a3", names[2])
    assert caught.value.reason == "VERSION_RETIRED"
    with pytest.raises(AlreadyExists):
        store.register(ACME, "r9", store.get(ACME.tenant, LEAD_SCORE, names[2]), "back")
    assert events(store, version=names[2])[0].type is ModelEventType.RETIRED
    assert len(events(store, version=names[2])) == 3


def test_retiring_an_unknown_version_retires_none(store, names):
    with pytest.raises(NotFound):
        store.retire(ACME, "t1", LEAD_SCORE, [names[0], VersionName("v1")], "old")
    assert store.get(ACME.tenant, LEAD_SCORE, names[0]).state is VersionState.REGISTERED


def test_events_are_paged_newest_first(store, names):
    seen, after = [], None
    while True:
        page = store.events(ACME.tenant, LEAD_SCORE, limit=3, after=after, version=None)
        seen += [event.event_id for event in page.items]
        after = page.next_key
        if after is None:
            break
    assert len(seen) == 8
    assert seen == sorted(seen, reverse=True)
    assert events(store, caller=OTHER) == ()


def test_the_log_says_what_served_when(store, names, clock):
    moments = [clock.now]
    for step in (lambda: activate(store, "a1", names[0]), lambda: activate(store, "a2", names[1])):
        clock.advance(60)
        step()
        moments.append(clock.now)
    clock.advance(60)
    roll_back(store, "b1")
    clock.advance(60)
    store.retire(ACME, "t1", LEAD_SCORE, [names[3]], "old")

    def at(moment):
        return store.active_at(ACME.tenant, LEAD_SCORE, moment)

    assert [at(moment) for moment in moments] == [None, names[0], names[1]]
    assert at(moments[1] - timedelta(microseconds=1)) is None
    assert at(clock.now) == names[0]
    assert store.active_at(OTHER.tenant, LEAD_SCORE, clock.now) is None


def test_events_do_not_go_back_in_time_when_the_clock_does(store, names, clock):
    activate(store, "a1", names[0])
    activated = clock.now
    clock.advance(-3_600)
    activate(store, "a2", names[1])
    assert events(store)[0].event_time == activated
    assert store.active_at(ACME.tenant, LEAD_SCORE, activated) == names[1]


def test_fifty_activations_at_once_leave_one_line_of_history(store, names):
    def move(number: int) -> ActivePointer:
        return activate(store, f"a{number}", names[number % len(names)])

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(move, range(50)))

    activations = [event for event in events(store)[::-1] if event.type is ModelEventType.ACTIVATED]
    served = [event.version for event in activations]
    assert [event.evidence["previous"] for event in activations] == ["", *served[:-1]]
    assert [event.evidence["pointer_revision"] for event in activations] == [str(n + 1) for n in range(len(served))]
    pointer = store.active(ACME.tenant, LEAD_SCORE)
    assert (pointer.version, pointer.previous, pointer.revision) == (served[-1], served[-2], len(served))


def test_of_many_swaps_against_one_expectation_one_wins(store, names):
    activate(store, "a", names[0])
    barrier = threading.Barrier(12)

    def swap(number: int) -> str:
        barrier.wait()
        try:
            return activate(store, f"a{number}", names[1 + number % 3], expected=names[0]).version
        except VersionConflict:
            return ""

    with ThreadPoolExecutor(12) as threads:
        winners = [version for version in threads.map(swap, range(12)) if version]
    assert len(winners) == 1
    assert store.active(ACME.tenant, LEAD_SCORE).version == winners[0]


def test_a_prune_is_decided_once_and_answers_the_same_again(store, names):
    activate(store, "a1", names[0])
    seen = []

    def choose(versions, protected, users):
        seen.append((tuple(v.manifest.version for v in versions), *protected, sorted(users.values())))
        return PrunePlan(pruned=tuple(names[1:3]), kept=(names[3], names[0]), reclaimed_bytes=7)

    preview = store.preview_prune(ACME, LEAD_SCORE, choose)
    assert store.get(ACME.tenant, LEAD_SCORE, names[1]).state is VersionState.REGISTERED
    plan = store.prune(ACME, "p1", LEAD_SCORE, 1, choose)
    repeated = store.prune(ACME, "p1", LEAD_SCORE, 1, choose)

    assert preview == plan == repeated
    assert seen == [(tuple(names[::-1]), names[0], [1, 1, 1, 1])] * 2
    assert store.get(ACME.tenant, LEAD_SCORE, names[1]).state is VersionState.RETIRED
    with pytest.raises(AlreadyExists):
        store.prune(ACME, "p1", LEAD_SCORE, 2, choose)


def test_a_folder_is_in_use_until_its_last_version_is_retired(store, names):
    version = store.get(ACME.tenant, LEAD_SCORE, names[0])
    store.register(OTHER, "r1", replace(version, created_by="bob"), "same files")
    deleted = []

    def delete(digest: str) -> int:
        deleted.append(digest)
        return 5

    for caller in (ACME, OTHER):
        assert store.while_unused(version.digest, delete) == 0
        store.retire(caller, "t1", LEAD_SCORE, [names[0]], "old")
    assert store.while_unused(version.digest, delete) == 5
    assert deleted == [version.digest]


def test_no_version_is_registered_while_its_folder_is_deleted(store):
    version = make_version()
    deleting, registered = threading.Event(), threading.Event()

    def register() -> None:
        deleting.wait(10)
        store.register(ACME, "r1", version, "first")
        registered.set()

    def delete(_: str) -> int:
        deleting.set()
        return int(registered.wait(0.3))

    thread = threading.Thread(target=register)
    thread.start()
    assert store.while_unused(version.digest, delete) == 0
    thread.join(10)
    assert registered.is_set()


def test_the_manifest_is_stored_as_its_canonical_text(store, database):
    version = make_version()
    store.register(ACME, "r1", version, "first")
    with database.read(ALL_TENANTS) as connection:
        stored = connection.execute(text("SELECT manifest, digest FROM model_versions")).one()
    assert json.loads(stored.manifest)["version"] == version.manifest.version
    assert stored.digest == version.digest


def test_tenants_with_an_active_version_are_told_in_order_and_not_more_than_asked_for(store, names):
    assert store.served_tenants(LEAD_SCORE, 10) == []
    version = make_version()
    store.register(OTHER, "r1", version, "first")
    activate(store, "a1", version.manifest.version, caller=OTHER)
    activate(store, "a1", names[0])
    assert store.served_tenants(LEAD_SCORE, 10) == ["acme", "other"]
    assert store.served_tenants(LEAD_SCORE, 1) == ["acme"]
    assert store.served_tenants("another_kind", 10) == []
