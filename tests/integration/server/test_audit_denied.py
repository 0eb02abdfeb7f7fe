"""Refused privileged calls against a running server that asks who calls."""

from __future__ import annotations

import time
import urllib.request

import grpc
import pytest
from leadline.v1 import access_service_pb2, audit_service_pb2, scoring_service_pb2
from leadline.v1 import model_service_pb2 as pb
from sqlalchemy import text

from core.adapters.sql import ALL_TENANTS
from core.caller import Role
from tests.parts.errors import failure_of
from tests.parts.fitted import small_version
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.messages import lead_message
from tests.parts.ports import free_port
from tests.parts.serving import served_here

DENIED = audit_service_pb2.AUDIT_DECISION_DENIED


@pytest.fixture
def credentials(home):
    asked = {"admin": ("default", Role.ADMIN), "scorer": ("default", Role.SCORER), "other": ("other", Role.ADMIN)}
    return {name: bearer(make_key(home, *whose).secret) for name, whose in asked.items()}


@pytest.fixture
def guarded(home, credentials):
    with served_here(home, auth="api_key", api_key_pepper=PEPPER, metrics_port=free_port()) as (server, stubs):
        yield server, stubs


def records(stubs, credential):
    return list(stubs.audit.ListAuditRecords(audit_service_pb2.ListAuditRecordsRequest(), metadata=credential).records)


def try_rollback(stubs, credential, request_id="r"):
    with pytest.raises(grpc.RpcError) as caught:
        stubs.models.RollbackModel(
            pb.RollbackModelRequest(request_id=request_id), metadata=(*credential, ("x-correlation-id", "c-17"))
        )
    return failure_of(caught.value).code


def test_a_refused_privileged_call_is_recorded_with_who_and_what(guarded, credentials):
    _, stubs = guarded
    before = len(records(stubs, credentials["admin"]))
    assert try_rollback(stubs, credentials["scorer"]) is grpc.StatusCode.PERMISSION_DENIED
    found = records(stubs, credentials["admin"])
    assert len(found) == before + 1
    assert (found[0].action, found[0].decision) == ("ModelService/RollbackModel", DENIED)
    assert (found[0].reason, found[0].correlation_id) == ("PERMISSION_DENIED", "c-17")
    assert found[0].actor
    assert found[0].actor != found[-1].actor


def test_each_tenant_sees_its_own_records_only(guarded, credentials):
    _, stubs = guarded
    try_rollback(stubs, credentials["scorer"])
    mine, others = (records(stubs, credentials[name]) for name in ("admin", "other"))
    assert {record.hash for record in mine}.isdisjoint({record.hash for record in others})
    assert [record.action for record in others] == ["AccessService/CreateApiKey"]
    token = stubs.audit.ListAuditRecords(
        audit_service_pb2.ListAuditRecordsRequest(page_size=1), metadata=credentials["admin"]
    ).next_page_token
    with pytest.raises(grpc.RpcError) as caught:
        stubs.audit.ListAuditRecords(
            audit_service_pb2.ListAuditRecordsRequest(page_size=1, page_token=token), metadata=credentials["other"]
        )
    assert failure_of(caught.value).code is grpc.StatusCode.INVALID_ARGUMENT


def test_without_its_audit_log_a_server_refuses_privileged_calls_and_goes_on_scoring(guarded, credentials):
    server, stubs = guarded
    with server.database.write(ALL_TENANTS) as connection:
        connection.execute(text("ALTER TABLE audit_records RENAME TO away"))
    assert try_rollback(stubs, credentials["scorer"]) is grpc.StatusCode.PERMISSION_DENIED
    for call in (
        lambda: stubs.models.ActivateModelVersion(
            pb.ActivateModelVersionRequest(request_id="a", version=small_version(1).name),
            metadata=credentials["admin"],
        ),
        lambda: stubs.access.CreateApiKey(
            access_service_pb2.CreateApiKeyRequest(request_id="k", name="k", roles=[access_service_pb2.ROLE_SCORER]),
            metadata=credentials["admin"],
        ),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert failure_of(caught.value).code is grpc.StatusCode.UNAVAILABLE
    request = scoring_service_pb2.ScoreRequest(lead=lead_message())
    scored = stubs.scoring.Score(request, metadata=credentials["scorer"])
    assert scored.result.model_version == small_version(0).name
    with server.database.write(ALL_TENANTS) as connection:
        connection.execute(text("ALTER TABLE away RENAME TO audit_records"))
    keys = stubs.access.ListApiKeys(access_service_pb2.ListApiKeysRequest(), metadata=credentials["admin"])
    assert len(keys.keys) == 2


def test_neither_a_short_deadline_nor_a_busy_log_keeps_a_refusal_off_the_record(guarded, credentials):
    server, stubs = guarded
    before = len(records(stubs, credentials["admin"]))
    with server.database.write("default"), pytest.raises(grpc.RpcError):
        stubs.models.RollbackModel(pb.RollbackModelRequest(request_id="r"), metadata=credentials["scorer"], timeout=0.1)
    for _ in range(100):
        if len(records(stubs, credentials["admin"])) > before:
            break
        time.sleep(0.05)
    assert records(stubs, credentials["admin"])[0].action == "ModelService/RollbackModel"


def test_a_flood_of_refusals_leaves_one_record(guarded, credentials):
    _, stubs = guarded
    before = len(records(stubs, credentials["admin"]))
    for number in range(20):
        try_rollback(stubs, credentials["scorer"], f"r{number}")
    assert len(records(stubs, credentials["admin"])) == before + 1


def figures(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.http.port}/metrics") as answer:
        return answer.read().decode()


def test_a_refusal_without_a_record_is_counted(guarded, credentials):
    server, stubs = guarded
    with server.database.write(ALL_TENANTS) as connection:
        connection.execute(text("ALTER TABLE audit_records RENAME TO away"))
    assert try_rollback(stubs, credentials["scorer"]) is grpc.StatusCode.PERMISSION_DENIED
    assert "leadline_audit_failed_total 1.0" in figures(server)
