"""API keys over a running server: made, rotated without a gap, and over everywhere once revoked."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import grpc
import leadline
import pytest
from google.protobuf.duration_pb2 import Duration
from leadline import Client
from leadline.v1 import access_service_pb2 as pb
from leadline.v1 import scoring_service_pb2
from leadline.v1.system_service_pb2 import GetStatusRequest

from core.caller import Role
from tests.parts.fitted import database_url, model_dir
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import ROOT, served_apart, served_here

KEYS = {"auth": "api_key", "api_key_pepper": PEPPER}
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


def code_of(stubs, secret: str) -> grpc.StatusCode:
    try:
        stubs.system.GetStatus(GetStatusRequest(), metadata=bearer(secret))
    except grpc.RpcError as problem:
        return problem.code()
    return grpc.StatusCode.OK


def until_refused(stubs, secret: str) -> float:
    """Return after how many seconds the secret was refused."""
    started = time.monotonic()
    while time.monotonic() - started < 20:
        if code_of(stubs, secret) is UNAUTHENTICATED:
            return time.monotonic() - started
        time.sleep(0.05)
    raise AssertionError("it was not refused")


def test_a_key_is_made_rotated_with_an_overlap_and_revoked(home):
    admin = make_key(home, "acme", Role.ADMIN).secret
    with served_here(home, **KEYS) as (server, stubs), Client(f"127.0.0.1:{server.port}", api_key=admin) as client:
        first = client.create_api_key("crm", [leadline.Role.READER], request_id="r1")
        assert client.create_api_key("crm", [leadline.Role.READER], request_id="r1").secret == ""
        assert first.key.roles == (leadline.Role.READER,)
        assert code_of(stubs, first.secret) is grpc.StatusCode.OK
        second = client.rotate_api_key(first.key.key_id)
        assert second.key.live_secret_count == 2
        assert {code_of(stubs, secret) for secret in (first.secret, second.secret)} == {grpc.StatusCode.OK}
        assert client.revoke_api_key(first.key.key_id, "done").revoke_time
        assert max(until_refused(stubs, secret) for secret in (first.secret, second.secret)) < 5
        listed = {key.key_id: key for key in client.list_api_keys()}
        assert listed[first.key.key_id].live_secret_count == 0
        records = list(client.audit_records())
        assert [record.action.partition("/")[2] for record in records if record.target == first.key.key_id] == [
            "RevokeApiKey",
            "RotateApiKey",
            "CreateApiKey",
        ]


def test_an_old_secret_ends_with_the_overlap(home):
    admin = make_key(home, "acme", Role.ADMIN).secret
    with served_here(home, **KEYS) as (_, stubs):
        first = make_key(home, "acme", Role.READER)
        assert code_of(stubs, first.secret) is grpc.StatusCode.OK
        request = pb.RotateApiKeyRequest(request_id="r1", key_id=first.key.key_id, overlap=Duration(seconds=1))
        second = stubs.access.RotateApiKey(request, metadata=bearer(admin)).secret
        assert until_refused(stubs, first.secret) < 5
        assert code_of(stubs, second) is grpc.StatusCode.OK


def test_a_key_that_is_revoked_on_one_server_is_refused_by_another_process_within_five_seconds(home):
    admin = make_key(home, "acme", Role.ADMIN).secret
    reader = make_key(home, "acme", Role.READER)
    with served_here(home, **KEYS) as (_, here), served_apart(home, **KEYS) as apart:
        from tests.parts.serving import Stubs

        with Stubs(apart.wait_until_serving()) as there:
            assert code_of(there, reader.secret) is grpc.StatusCode.OK
            request = pb.RevokeApiKeyRequest(request_id="r1", key_id=reader.key.key_id)
            here.access.RevokeApiKey(request, metadata=bearer(admin))
            assert until_refused(there, reader.secret) < 5
            assert code_of(there, admin) is grpc.StatusCode.OK


def test_a_stream_ends_with_its_key(home):
    scorer = make_key(home, "acme", Role.SCORER)
    admin = make_key(home, "acme", Role.ADMIN).secret
    with served_here(home, **KEYS) as (_, stubs):
        revoked_at: list[float] = []

        def requests():
            for number in range(400):
                if number == 3:
                    revoke = pb.RevokeApiKeyRequest(request_id="r1", key_id=scorer.key.key_id)
                    stubs.access.RevokeApiKey(revoke, metadata=bearer(admin))
                    revoked_at.append(time.monotonic())
                lead = {"lead_id": f"a{number}", "title": "x"}
                yield scoring_service_pb2.StreamScoreRequest(request={"lead": lead})
                time.sleep(0.05)

        answers = stubs.scoring.StreamScore(requests(), metadata=bearer(scorer.secret))
        with pytest.raises(grpc.RpcError) as caught:
            list(answers)
        assert caught.value.code() is UNAUTHENTICATED
        assert time.monotonic() - revoked_at[0] < 5


def test_the_first_key_is_made_where_the_database_is(home):
    environ = {"LEADLINE_DATABASE_URL": database_url(home), "LEADLINE_MODEL_DIR": str(model_dir(home))}
    made = subprocess.run(
        [sys.executable, "-m", "server", "keys", "create", "--tenant", "acme", "--role", "admin", "--name", "first"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    sentence, secret = made.stdout.splitlines()
    assert "shown this once" in sentence
    # The pepper was made beside the database, as the server makes it.
    with served_here(home, auth="api_key") as (server, _):
        command = [Path(sys.executable).parent / "leadline", "--target", f"127.0.0.1:{server.port}"]

        def leadline_keys(*words: str) -> str:
            done = subprocess.run(
                [*command, "keys", *words],
                env={"PATH": "/usr/bin:/bin", "LEADLINE_API_KEY": secret},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        shown = leadline_keys("create", "Ann's phone", "--role", "seller", "--owner-id", "ann", "--days", "30").strip()
        assert shown.startswith("ll_")
        listed = leadline_keys("list", "--json")
        assert shown not in listed
        key = next(key for key in map(json.loads, listed.splitlines()) if key["owner_id"] == "ann")
        assert (key["roles"], key["live_secret_count"]) == (["seller"], 1)
        assert leadline_keys("rotate", key["key_id"]).startswith(key["key_id"])
        assert (
            leadline_keys("revoke", key["key_id"], "--reason", "lost") == f"{key['key_id']} (Ann's phone) is revoked.\n"
        )
        assert "revoked" in leadline_keys("list")


def test_nobody_is_asked_in_local_mode_and_the_log_says_so(home):
    with served_apart(home) as process:
        process.wait_until_serving()
        said = [entry for entry in process.entries() if "nobody is asked" in entry.get("message", "")]
    assert [entry["level"] for entry in said] == ["warning"]


def test_no_credential_gets_into_the_log(home):
    reader = make_key(home, "acme", Role.READER).secret
    from tests.parts.serving import Stubs

    wrong = reader[:-4] + "AAAA"
    with served_apart(home, **KEYS, log_level="debug") as process, Stubs(process.wait_until_serving()) as stubs:
        assert code_of(stubs, reader) is grpc.StatusCode.OK
        assert code_of(stubs, wrong) is UNAUTHENTICATED
        process.close()
        text = "".join(process.lines)
    assert "UNAUTHENTICATED" in text
    assert reader not in text
    assert wrong not in text
