"""Every method of the contract with every kind of credential, against the published table."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor

from core.caller import Role
from core.identifiers import LeadId
from core.lead import Lead, LeadWrite
from server.access.table import served_descriptors
from tests.parts.fitted import database_url
from tests.parts.keys import PEPPER, bearer, make_key, open_keys, operator, terms
from tests.parts.serving import ROOT, Stubs, served_here

METHODS = {
    f"/{service.full_name}/{method.name}": method for service in served_descriptors() for method in service.methods
}
REFUSALS = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}
OPEN = ("/grpc.health.v1.Health/", "/grpc.reflection.v1alpha.ServerReflection/")
NOT_KNOWN = (
    "none",
    "empty",
    "garbage",
    "unknown",
    "another scheme",
    "one letter wrong",
    "expired",
    "revoked",
    "old pepper",
)


def published() -> Mapping[str, frozenset[str]]:
    """Return the roles of every method as docs/reference.md tells them."""
    found: dict[str, frozenset[str]] = {}
    service = ""
    for line in (ROOT / "docs" / "reference.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            service = line.removeprefix("### ")
        row = re.fullmatch(r"\| `(\w+)` \|.*\| ([\w, ]+) \|", line)
        if row and service:
            found[f"/{service}/{row[1]}"] = frozenset(row[2].split(", "))
        if line.startswith("## "):
            service = ""
    return found


@pytest.fixture(scope="module")
def matrix_home(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(active_home, tmp_path_factory.mktemp("matrix") / "home"))


@pytest.fixture(scope="module")
def credentials(matrix_home: Path) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the metadata of each kind of caller."""
    known: dict[str, tuple[tuple[str, str], ...]] = {"none": (), "empty": (("authorization", ""),)}
    owner = {Role.SELLER: "ann"}
    for role in Role:
        known[role.value] = bearer(make_key(matrix_home, "acme", role, owner_id=owner.get(role, "")).secret)
    admin = make_key(matrix_home, "acme", Role.ADMIN).secret
    known["other tenant"] = bearer(make_key(matrix_home, "other", Role.ADMIN).secret)
    known["garbage"] = bearer("no-key-at-all")
    known["unknown"] = bearer("ll_" + "a" * 12 + "_" + "b" * 43)
    known["another scheme"] = (("authorization", f"Basic {admin}"),)
    known["one letter wrong"] = bearer(admin[:-2] + ("AA" if admin[-2:] != "AA" else "BB"))
    with open_keys(database_url(matrix_home), lambda: datetime.now(UTC) - timedelta(hours=1)) as keys:
        known["expired"] = bearer(
            keys.create(operator("acme"), "expired", terms(Role.ADMIN, lifetime=timedelta(minutes=59))).secret
        )
        revoked = keys.create(operator("acme"), "revoked", terms(Role.ADMIN))
        keys.revoke(operator("acme"), "revoke", revoked.key.key_id, "")
    known["revoked"] = bearer(revoked.secret)
    with open_keys(database_url(matrix_home)) as keys:
        other = type(keys)(keys.store, b"another pepper of another server").create(
            operator("acme"), "pepper", terms(Role.ADMIN)
        )
    known["old pepper"] = bearer(other.secret)
    return known


@pytest.fixture(scope="module")
def server(matrix_home: Path) -> Iterator[Stubs]:
    settings = {"auth": "api_key", "api_key_pepper": PEPPER, "reflection": "true", "tenant_calls_per_second": 0}
    with served_here(matrix_home, **settings) as (_, stubs):
        yield stubs


def answer(stubs: Stubs, name: str, method: MethodDescriptor, metadata) -> grpc.StatusCode:
    """Return the code a call with an empty request ends with; of a stream, the code of its first answer."""
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    kind = ("stream" if method.client_streaming else "unary") + ("_stream" if method.server_streaming else "_unary")
    call = getattr(stubs.channel, kind)(name, request.SerializeToString, response.FromString)
    sent = iter([request()]) if method.client_streaming else request()
    try:
        answered = call(sent, metadata=metadata, timeout=20)
        if method.server_streaming:
            next(answered, None)
            answered.cancel()
    except grpc.RpcError as problem:
        return problem.code()
    return grpc.StatusCode.OK


def test_the_published_table_holds_every_method():
    assert set(published()) == {name for name in METHODS if not name.startswith(OPEN)}
    assert set().union(*published().values()) == {role.value for role in Role}


@pytest.mark.parametrize("kind", [*NOT_KNOWN, *(role.value for role in Role), "other tenant"])
def test_every_method_lets_in_whom_the_table_says_and_nobody_else(server, credentials, kind):
    table, found = published(), {}
    for name, method in METHODS.items():
        found[name] = answer(server, name, method, credentials[kind])
    expected = {}
    for name in METHODS:
        if name.startswith(OPEN):
            continue
        if kind in NOT_KNOWN:
            expected[name] = grpc.StatusCode.UNAUTHENTICATED
        elif ("admin" if kind == "other tenant" else kind) not in table[name]:
            expected[name] = grpc.StatusCode.PERMISSION_DENIED
    assert {name: code for name, code in found.items() if code in REFUSALS} == expected


def test_each_refusal_says_the_same_whatever_was_wrong(server, credentials):
    from leadline.v1.system_service_pb2 import GetStatusRequest

    said = set()
    for kind in NOT_KNOWN:
        with pytest.raises(grpc.RpcError) as caught:
            server.system.GetStatus(GetStatusRequest(), metadata=credentials[kind])
        details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
        said.add((caught.value.code(), caught.value.details(), details))
    assert len(said) == 1


def test_another_tenant_finds_nothing_of_this_one(server, credentials, matrix_home):
    from leadline.v1 import access_service_pb2, audit_service_pb2, lead_service_pb2

    from core.adapters.sql import SqlLeadStore, open_database

    database = open_database(database_url(matrix_home))
    store = SqlLeadStore(database, lambda: datetime.now(UTC))
    store.upsert(operator("acme"), "r1", [LeadWrite(lead=Lead(lead_id=LeadId("acme-lead"), title="x"), outcome=None)])
    database.close()
    other = credentials["other tenant"]
    texts = []
    for lead_id in ("acme-lead", "no-lead"):
        with pytest.raises(grpc.RpcError) as caught:
            server.leads.GetLead(lead_service_pb2.GetLeadRequest(lead_id=lead_id), metadata=other)
        texts.append((caught.value.code(), caught.value.details().replace(lead_id, "ID")))
    assert texts[0] == texts[1] == (grpc.StatusCode.NOT_FOUND, "no lead 'ID'")
    assert not server.leads.ListLeads(lead_service_pb2.ListLeadsRequest(), metadata=other).leads
    keys = server.access.ListApiKeys(access_service_pb2.ListApiKeysRequest(), metadata=other).keys
    assert [key.created_by for key in keys] == ["operator"]
    records = server.audit.ListAuditRecords(audit_service_pb2.ListAuditRecordsRequest(), metadata=other).records
    assert [record.action for record in records] == ["AccessService/CreateApiKey"]


def test_refused_privileged_calls_are_in_the_audit_records(server, credentials, matrix_home):
    from leadline.v1 import audit_service_pb2
    from leadline.v1.model_service_pb2 import RollbackModelRequest

    # A key of its own: what was refused to the others within the last minute is told together.
    metadata = (*bearer(make_key(matrix_home, "acme", Role.READER).secret), ("x-correlation-id", "why-not"))
    with pytest.raises(grpc.RpcError):
        server.models.RollbackModel(RollbackModelRequest(request_id="r1"), metadata=metadata)
    request = audit_service_pb2.ListAuditRecordsRequest(action="ModelService/RollbackModel")
    records = server.audit.ListAuditRecords(request, metadata=credentials["analyst"]).records
    newest = records[0]
    assert newest.decision == audit_service_pb2.AUDIT_DECISION_DENIED
    assert (newest.reason, newest.correlation_id) == ("PERMISSION_DENIED", "why-not")
    assert newest.actor.startswith("key:ll_")
