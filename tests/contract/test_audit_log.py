from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from core.adapters.sql import SqlAuditLog, SqlRegistryStore
from core.adapters.sql.audit_log import append_audit
from core.audit.chain import Head, parse_head
from core.caller import Caller
from core.errors import DependencyDown, WrongState
from core.identifiers import TenantId
from tests.parts.versions import make_version

ALICE = Caller(tenant=TenantId("acme"), actor="alice", correlation_id="c-1")
BOB = Caller(tenant=TenantId("other"), actor="bob")
VERSION = make_version()
KIND, NAME = VERSION.manifest.kind, VERSION.manifest.version


@pytest.fixture
def audit(database, clock):
    return SqlAuditLog(database, clock)


@pytest.fixture
def registry(database, clock):
    return SqlRegistryStore(database, clock)


def everything(audit, tenant=ALICE.tenant, **narrowed):
    asked = {"limit": 1_000, "after": None, "actor": "", "action": ""} | narrowed
    return list(audit.list(tenant, **asked).items)


def append(database, clock, caller=ALICE, target="t"):
    with database.write(caller.tenant) as connection:
        return append_audit(connection, caller, action="Service/Method", target=target, reason="", now=clock.now)


def test_every_change_of_the_registry_leaves_a_record(registry, audit):
    registry.register(ALICE, "r1", VERSION, "first")
    registry.activate(ALICE, "r2", KIND, NAME, expected=None, reason="go")
    second = make_version(1, create_time=VERSION.create_time + timedelta(days=1))
    registry.register(ALICE, "r3", second, "second")
    registry.activate(ALICE, "r4", KIND, second.manifest.version, expected=NAME, reason="better")
    registry.rollback(ALICE, "r5", KIND, expected=None, reason="worse")
    registry.retire(ALICE, "r6", KIND, [second.manifest.version], "old")
    records = everything(audit)[::-1]
    assert [(record.action, record.reason) for record in records] == [
        ("ModelService/RegisterModelVersion", "first"),
        ("ModelService/ActivateModelVersion", "go"),
        ("ModelService/RegisterModelVersion", "second"),
        ("ModelService/ActivateModelVersion", "better"),
        ("ModelService/RollbackModel", "worse"),
        ("ModelService/RetireModelVersions", "old"),
    ]
    assert [record.target for record in records[:5]] == [
        f"{KIND}/{name}" for name in (NAME, NAME, second.manifest.version, second.manifest.version, NAME)
    ]
    assert {(record.actor, record.correlation_id, record.decision) for record in records} == {
        ("alice", "c-1", "ALLOWED")
    }
    assert all(record.server_version for record in records)


def test_a_request_that_comes_again_leaves_no_second_record(registry, audit):
    for _ in range(3):
        registry.register(ALICE, "r1", VERSION, "")
    assert len(everything(audit)) == 1


def test_a_change_that_fails_leaves_no_record(registry, audit):
    with pytest.raises(WrongState):
        registry.rollback(ALICE, "r1", KIND, expected=None, reason="")
    assert everything(audit) == []


def test_a_change_whose_record_cannot_be_written_does_not_happen(registry, audit, database):
    registry.register(ALICE, "r1", VERSION, "")

    def fail(_connection, _cursor, statement, parameters, _context, _many):
        broken = statement.replace("INTO audit_records", "INTO audit_records_that_are_gone")
        return broken, parameters

    event.listen(database._engine, "before_cursor_execute", fail, retval=True)
    with pytest.raises(DependencyDown) as caught:
        registry.activate(ALICE, "r2", KIND, NAME, expected=None, reason="")
    assert caught.value.metadata == {"dependency": "audit"}
    event.remove(database._engine, "before_cursor_execute", fail)
    assert registry.active(ALICE.tenant, KIND) is None
    events = registry.events(ALICE.tenant, KIND, limit=9, after=None, version=None).items
    assert [happened.type.value for happened in events] == ["validated", "registered"]
    assert len(everything(audit)) == 1
    assert registry.activate(ALICE, "r2", KIND, NAME, expected=None, reason="").revision == 1
    assert len(everything(audit)) == 2


def test_each_tenant_has_a_chain_of_its_own(audit, database, clock):
    for caller in (ALICE, BOB, ALICE):
        append(database, clock, caller)
    assert [record.sequence for record in everything(audit, ALICE.tenant)] == [2, 1]
    assert [record.sequence for record in everything(audit, BOB.tenant)] == [1]
    assert audit.tenants() == ["acme", "other"]


def test_a_refused_call_is_recorded_as_denied(audit, clock):
    audit.record_denied(ALICE, "ModelService/ActivateModelVersion", "lead_score/v\x001", "ROLE_MISSING")
    (record,) = everything(audit)
    assert (record.decision, record.reason) == ("DENIED", "ROLE_MISSING")
    assert record.target == "lead_score/v\N{REPLACEMENT CHARACTER}1"
    assert record.record_time == clock.now


def test_concurrent_records_make_one_chain(audit, database, clock):
    failures = []

    def append_some(name):
        try:
            for number in range(5):
                append(database, clock, target=f"{name}-{number}")
        except Exception as error:  # noqa: BLE001  told by the test
            failures.append(error)

    threads = [threading.Thread(target=append_some, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    verdict = audit.verify(ALICE.tenant)
    assert verdict.broken_at is None
    assert verdict.head.sequence == 30
    assert len({record.target for record in everything(audit)}) == 30


def test_history_never_goes_back_when_the_clock_does(audit, database, clock):
    first = append(database, clock)
    clock.now -= timedelta(hours=1)
    assert append(database, clock).record_time == first.record_time
    assert audit.verify(ALICE.tenant).broken_at is None


def test_pages_hold_every_record_once_newest_first(audit, database, clock):
    for number in range(7):
        append(database, clock, replace(ALICE, actor=f"actor-{number % 2}"))
    seen, after = [], None
    while True:
        page = audit.list(ALICE.tenant, limit=3, after=after, actor="", action="")
        seen += [record.sequence for record in page.items]
        after = page.next_key
        if after is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert [record.sequence for record in everything(audit, actor="actor-1")] == [6, 4, 2]
    assert everything(audit, action="Service/Other") == []


@pytest.mark.parametrize("statement", ["UPDATE audit_records SET actor = 'x'", "DELETE FROM audit_records"])
def test_records_are_only_ever_added(audit, database, clock, statement):
    append(database, clock)
    with pytest.raises(DBAPIError, match="only ever added"), database.write(ALICE.tenant) as connection:
        connection.execute(text(statement))
    assert audit.verify(ALICE.tenant).broken_at is None


def tamper(database, statement):
    """Do what only who owns the database can do."""
    with database.write("*") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_records DISABLE TRIGGER ALL"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE audit_records ENABLE TRIGGER ALL"))
        else:
            connection.execute(text("DROP TRIGGER audit_records_no_update"))
            connection.execute(text("DROP TRIGGER audit_records_no_delete"))
            connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit_records SET actor = 'mallory' WHERE sequence = 2", 2),
        ("UPDATE audit_records SET decision = 'NONSENSE' WHERE sequence = 3", 3),
        ("DELETE FROM audit_records WHERE sequence = 1", 1),
        ("DELETE FROM audit_records WHERE sequence = 3", 3),
        ("UPDATE audit_records SET sequence = sequence + 1 WHERE sequence = 4", 4),
    ],
)
def test_what_the_owner_of_the_database_changes_is_found(audit, database, clock, statement, broken_at):
    for number in range(4):
        append(database, clock, target=str(number))
    append(database, clock, BOB)
    tamper(database, statement + " AND tenant = 'acme'")
    assert audit.verify(ALICE.tenant).broken_at == broken_at
    assert audit.verify(BOB.tenant).broken_at is None


@pytest.mark.parametrize("column", ["record_time", "actor", "target", "sequence"])
def test_what_no_column_should_hold_is_found_in_sqlite(migrated_file, tmp_path, opened, clock, column):
    database = opened(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'leadline.db')}")
    audit = SqlAuditLog(database, clock)
    for number in range(3):
        append(database, clock, target=str(number))
    tamper(database, f"UPDATE audit_records SET {column} = x'ff00' WHERE sequence = 2")  # noqa: S608  our own names
    assert audit.verify(ALICE.tenant).broken_at == 2


def test_an_end_that_was_cut_off_is_found_with_the_head_that_was_noted(audit, database, clock):
    for number in range(4):
        append(database, clock, target=str(number))
    anchor = parse_head(str(audit.verify(ALICE.tenant).head))
    append(database, clock)
    assert audit.verify(ALICE.tenant, anchor).broken_at is None
    tamper(database, "DELETE FROM audit_records WHERE sequence >= 4")
    assert audit.verify(ALICE.tenant).broken_at is None
    assert audit.verify(ALICE.tenant, anchor).broken_at == 4
    assert audit.verify(ALICE.tenant, Head(sequence=2, hash="0" * 64)).broken_at == 2
