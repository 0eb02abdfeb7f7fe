"""AuditService against a running server: who did what."""

from __future__ import annotations

import grpc
import pytest
from leadline.v1 import audit_service_pb2, model_pb2
from leadline.v1 import model_service_pb2 as pb

from tests.parts.errors import failure_of
from tests.parts.fitted import small_version
from tests.parts.serving import served_here

ALLOWED = audit_service_pb2.AUDIT_DECISION_ALLOWED


@pytest.fixture
def fresh(home):
    with served_here(home) as (_, stubs):
        yield stubs


def records(stubs, **asked):
    return list(stubs.audit.ListAuditRecords(audit_service_pb2.ListAuditRecordsRequest(**asked)).records)


def test_every_privileged_call_is_recorded_with_who_what_and_why(fresh):
    first, second = (f"lead_score/{small_version(number).name}" for number in (0, 1))
    before = records(fresh)
    assert {record.action for record in before} == {
        "ModelService/RegisterModelVersion",
        "ModelService/ActivateModelVersion",
    }
    metadata = [("x-correlation-id", "c-17")]
    fresh.models.ActivateModelVersion(
        pb.ActivateModelVersionRequest(request_id="a", version=small_version(1).name, reason="better"),
        metadata=metadata,
    )
    fresh.models.RollbackModel(pb.RollbackModelRequest(request_id="b", reason="worse"))
    fresh.models.PruneModelVersions(pb.PruneModelVersionsRequest(request_id="c", keep_count=1))
    newest = records(fresh)[: -len(before)]
    assert [(record.action, record.target, record.reason) for record in newest] == [
        ("ModelService/PruneModelVersions", "lead_score", "older than the 1 newest"),
        ("ModelService/RollbackModel", first, "worse"),
        ("ModelService/ActivateModelVersion", second, "better"),
    ]
    assert {(record.actor, record.decision) for record in newest} == {("local", ALLOWED)}
    assert all(record.server_version and record.record_time.seconds for record in newest)
    assert [record.previous_hash for record in newest[:-1]] == [record.hash for record in newest[1:]]


def test_a_call_that_comes_again_or_fails_or_changes_nothing_is_not_recorded_again(fresh):
    before = len(records(fresh))
    for _ in range(2):
        fresh.models.RegisterModelVersion(
            pb.RegisterModelVersionRequest(
                request_id="again",
                files=[
                    model_pb2.ArtifactFile(name=name, content=content)
                    for name, content in small_version(0).files.items()
                ],
            )
        )
    fresh.models.PruneModelVersions(pb.PruneModelVersionsRequest(request_id="p", dry_run=True))
    with pytest.raises(grpc.RpcError):
        fresh.models.ActivateModelVersion(pb.ActivateModelVersionRequest(request_id="x", version="v-none"))
    assert len(records(fresh)) == before + 1


def test_records_come_in_pages_and_by_action(fresh):
    everything = records(fresh)
    request = audit_service_pb2.ListAuditRecordsRequest(page_size=2)
    paged = []
    while True:
        page = fresh.audit.ListAuditRecords(request)
        paged += page.records
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    assert paged == everything
    assert len(everything) == 3
    action = "ModelService/ActivateModelVersion"
    assert [record.action for record in records(fresh, action=action)] == [action]
    assert records(fresh, actor="nobody") == []


def test_a_page_token_is_good_for_the_same_filters_only(fresh):
    token = fresh.audit.ListAuditRecords(audit_service_pb2.ListAuditRecordsRequest(page_size=1)).next_page_token
    with pytest.raises(grpc.RpcError) as caught:
        records(fresh, page_token=token, actor="alice")
    assert failure_of(caught.value).code is grpc.StatusCode.INVALID_ARGUMENT
