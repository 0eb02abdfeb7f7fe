from __future__ import annotations

import copy
from datetime import timedelta

import grpc
import leadline
import pytest
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from leadline import Lead
from leadline.details import error_from_status


def fail_with(server, code, message, *details):
    status = status_pb2.Status(code=code, message=message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    server.fail("Score", status)


def failed_score(client):
    with pytest.raises(leadline.LeadlineError) as failed:
        client.score(Lead(lead_id="a"))
    return failed.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, leadline.InvalidRequest),
        (grpc.StatusCode.NOT_FOUND, leadline.NotFound),
        (grpc.StatusCode.ALREADY_EXISTS, leadline.AlreadyExists),
        (grpc.StatusCode.FAILED_PRECONDITION, leadline.FailedPrecondition),
        (grpc.StatusCode.ABORTED, leadline.Aborted),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, leadline.ResourceExhausted),
        (grpc.StatusCode.DEADLINE_EXCEEDED, leadline.DeadlineExceeded),
        (grpc.StatusCode.UNAUTHENTICATED, leadline.Unauthenticated),
        (grpc.StatusCode.PERMISSION_DENIED, leadline.PermissionDenied),
        (grpc.StatusCode.UNIMPLEMENTED, leadline.NotOffered),
        (grpc.StatusCode.INTERNAL, leadline.InternalError),
        (grpc.StatusCode.DATA_LOSS, leadline.LeadlineError),
    ],
)
def test_each_status_has_its_class(client, server, code, kind):
    server.fail("Score", code)
    error = failed_score(client)
    assert type(error) is kind
    assert error.code is code
    assert error.message == "as told"
    assert not isinstance(error, grpc.RpcError)


def test_reason_metadata_and_violations_are_decoded(client, server):
    info = error_details_pb2.ErrorInfo(reason="INVALID_REQUEST", domain="leadline", metadata={"limit": "3"})
    bad = error_details_pb2.BadRequest()
    bad.field_violations.add(field="lead.price", description="must be finite")
    bad.field_violations.add(field="lead.title", description="must be short")
    fail_with(server, code_pb2.INVALID_ARGUMENT, "two rules", info, bad)
    error = failed_score(client)
    assert error.reason == "INVALID_REQUEST"
    assert error.metadata == {"limit": "3"}
    assert [violation.field for violation in error.violations] == ["lead.price", "lead.title"]
    assert error.violations[0].rule == "must be finite"


def test_the_wait_of_a_rate_limit_is_decoded(client, server):
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromMilliseconds(1500)
    quota = error_details_pb2.QuotaFailure()
    quota.violations.add(subject="tenant:default", description="100 calls a second")
    info = error_details_pb2.ErrorInfo(reason="RATE_LIMITED")
    fail_with(server, code_pb2.RESOURCE_EXHAUSTED, "slow down", info, quota, retry)
    error = failed_score(client)
    assert error.retry_after == timedelta(seconds=1.5)
    assert error.violations == (leadline.Violation(field="tenant:default", rule="100 calls a second"),)


def test_the_resource_of_not_found_is_decoded(client):
    with pytest.raises(leadline.NotFound) as missing:
        client.get_lead("nobody")
    assert missing.value.reason == "LEAD_NOT_FOUND"
    assert missing.value.metadata == {"kind": "lead", "id": "nobody"}


def test_an_internal_error_names_its_incident(client, server):
    fail_with(server, code_pb2.INTERNAL, "", error_details_pb2.ErrorInfo(metadata={"incident_id": "4f3a"}))
    error = failed_score(client)
    assert error.incident_id == "4f3a"
    assert error.message == "internal"


def test_details_that_no_one_can_read_are_left_out(client, server):
    status = status_pb2.Status(code=code_pb2.ABORTED, message="someone was first")
    status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff\xff\xff")
    status.details.add(type_url="type.googleapis.com/no.such.Message", value=b"x")
    server.fail("Score", status)
    error = failed_score(client)
    assert type(error) is leadline.Aborted
    assert error.reason == ""


def test_details_at_odds_with_the_status_are_left_out(client, server):
    inner = rpc_status.to_status(status_pb2.Status(code=code_pb2.NOT_FOUND, message="other"))

    def score(method, request, context):
        context.set_trailing_metadata(inner.trailing_metadata)
        context.abort(grpc.StatusCode.ABORTED, "outer")

    server._enter = score
    error = failed_score(client)
    assert type(error) is leadline.Aborted
    assert error.message == "outer"


def test_an_unknown_status_number_is_the_base_class():
    error = error_from_status(status_pb2.Status(code=77, message="new"))
    assert type(error) is leadline.LeadlineError
    assert error.code is grpc.StatusCode.UNKNOWN


def test_a_message_above_the_limit_is_an_error_of_the_tree(client):
    error = None
    try:
        client.score(Lead(lead_id="a", description="x" * (73 * 1024 * 1024)))
    except leadline.LeadlineError as problem:
        error = problem
    assert type(error) is leadline.ResourceExhausted


def test_errors_survive_the_way_between_processes():
    error = leadline.InvalidRequest("bad", reason="R", violations=[leadline.Violation(field="f", rule="r")])
    twin = copy.copy(error)  # goes by the protocol that multiprocessing uses
    assert (twin.message, twin.code, twin.reason, twin.violations) == ("bad", error.code, "R", error.violations)
