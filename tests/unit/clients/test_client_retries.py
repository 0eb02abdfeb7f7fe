from __future__ import annotations

import json
import socket
from datetime import timedelta
from importlib.resources import files

import grpc
import leadline
import pytest
from leadline import Lead

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def test_the_policy_is_the_documented_one():
    policy = json.loads(files("leadline").joinpath("service_config.json").read_text())["methodConfig"][0]
    assert policy["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE", "CANCELLED"]
    assert policy["retryPolicy"]["maxAttempts"] == 4


def test_a_read_is_tried_again_while_the_server_is_unavailable(client, server):
    server.fail("Score", UNAVAILABLE, UNAVAILABLE, UNAVAILABLE)
    assert client.score(Lead(lead_id="a")).lead_id == "a"
    assert len(server.calls["Score"]) == 4


def test_it_gives_up_after_four_attempts(client, server):
    server.fail("Score", *[UNAVAILABLE] * 5)
    with pytest.raises(leadline.Unavailable):
        client.score(Lead(lead_id="a"))
    assert len(server.calls["Score"]) == 4


@pytest.mark.parametrize("code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_nothing_else_is_tried_again(client, server, code):
    server.fail("Score", code)
    with pytest.raises(leadline.LeadlineError):
        client.score(Lead(lead_id="a"))
    assert len(server.calls["Score"]) == 1


def test_a_write_keeps_its_request_id_over_retries(client, server):
    server.fail("UpsertLeads", UNAVAILABLE, UNAVAILABLE)
    result = client.upsert_leads([Lead(lead_id="a")])
    ids = {request.request_id for request in server.requests("UpsertLeads")}
    assert len(server.calls["UpsertLeads"]) == 3
    assert ids == {result.request_id}


def test_a_write_above_the_usual_retry_buffer_is_tried_again_too(client, server):
    server.fail("UpsertLeads", UNAVAILABLE)
    client.upsert_leads([Lead(lead_id=f"lead-{number}", description="x" * 20_000) for number in range(100)])
    first, second = server.requests("UpsertLeads")
    assert first.ByteSize() > 1_900_000
    assert first == second


def test_two_writes_have_different_request_ids(client, server):
    client.upsert_leads([Lead(lead_id="a")])
    client.upsert_leads([Lead(lead_id="a")])
    first, second = server.requests("UpsertLeads")
    assert first.request_id != second.request_id


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("ActivateModelVersion", lambda client: client.activate_model_version("v2")),
        ("RollbackModel", lambda client: client.rollback_model()),
        ("ClearShadowVersion", lambda client: client.clear_shadow()),
        ("PruneModelVersions", lambda client: client.prune_model_versions(3)),
    ],
)
def test_changes_of_models_keep_their_request_id_over_retries(client, server, method, call):
    server.fail(method, UNAVAILABLE)
    call(client)
    first, second = server.requests(method)
    assert first.request_id == second.request_id != ""


def test_a_failed_write_says_the_request_id_to_repeat_it_with(client, server):
    server.fail("RollbackModel", grpc.StatusCode.DEADLINE_EXCEEDED)
    with pytest.raises(leadline.DeadlineExceeded) as failed:
        client.rollback_model()
    client.rollback_model(request_id=failed.value.request_id)
    first, second = server.requests("RollbackModel")
    assert first.request_id == second.request_id


def test_no_server_is_unavailable_and_quickly_so():
    with socket.socket() as reserved:  # bound, not listening: connections are refused
        reserved.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{reserved.getsockname()[1]}"
        with leadline.Client(target, timeout=timedelta(seconds=20)) as client, pytest.raises(leadline.Unavailable):
            client.score(Lead(lead_id="a"))


def test_a_silent_server_ends_at_the_deadline():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        target = f"127.0.0.1:{silent.getsockname()[1]}"
        with leadline.Client(target, timeout=timedelta(seconds=0.3)) as client:
            with pytest.raises(leadline.DeadlineExceeded):
                client.score(Lead(lead_id="a"))
            with pytest.raises(leadline.DeadlineExceeded):
                list(client.stream_score([Lead(lead_id="a")], timeout=timedelta(seconds=0.3)))
