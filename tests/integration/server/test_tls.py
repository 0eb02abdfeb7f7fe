"""The way to the port: encrypted, known by certificates, and changed without a restart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.rpc import code_pb2
from leadline.v1 import lead_pb2, lead_service_pb2, scoring_service_pb2
from leadline.v1.system_service_pb2 import GetStatusRequest

from core.caller import Role
from core.errors import InvalidInput
from server.app import build_server
from server.settings import read_settings
from tests.parts.certificates import Authority
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import Stubs, environment, served_here

IDENTITIES = """
[identities."crm.internal"]
tenant = "acme"
roles = ["reader"]
[identities."spiffe://acme/ann"]
tenant = "acme"
roles = ["seller"]
owner_id = "ann"
"""
OK = grpc.StatusCode.OK
UNAVAILABLE, UNAUTHENTICATED = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def tls(authority, tmp_path) -> dict[str, object]:
    """Return the settings of a server with a certificate."""
    certificate, key = authority.issue(tmp_path, "server", dns=["localhost"])
    return {"host": "localhost", "tls_certificate": certificate, "tls_key": key}


@pytest.fixture
def mtls(tls, authority, tmp_path) -> dict[str, object]:
    """Return the settings of a server that wants one of its callers too."""
    identities = tmp_path / "identities.toml"
    identities.write_text(IDENTITIES)
    authorities = authority.write(tmp_path / "callers.pem")
    return {**tls, "auth": "mtls", "tls_client_ca": authorities, "mtls_identities": identities}


def to(server, authority: Authority, pair: tuple[bytes, bytes] | None = None) -> Stubs:
    certificate, key = pair or (None, None)
    return Stubs(f"localhost:{server.port}", grpc.ssl_channel_credentials(authority.pem, key, certificate))


def code_of(stubs: Stubs, metadata=()) -> grpc.StatusCode:
    with stubs:
        try:
            stubs.system.GetStatus(GetStatusRequest(), metadata=metadata, timeout=20)
        except grpc.RpcError as problem:
            return problem.code()
    return OK


def test_a_key_travels_encrypted_or_not_at_all(home, tls, authority):
    reader = bearer(make_key(home, "acme", Role.READER).secret)
    with served_here(home, **tls, auth="api_key", api_key_pepper=PEPPER) as (server, _):
        assert code_of(to(server, authority), reader) is OK
        assert code_of(to(server, Authority("stranger")), reader) is UNAVAILABLE
        assert code_of(Stubs(f"localhost:{server.port}"), reader) is UNAVAILABLE


def test_a_new_certificate_is_taken_without_a_restart(home, tls, authority, tmp_path):
    reader = bearer(make_key(home, "acme", Role.READER).secret)
    with served_here(home, **tls, auth="api_key", api_key_pepper=PEPPER) as (server, _):
        before = to(server, authority)
        before.system.GetStatus(GetStatusRequest(), metadata=reader)
        other = Authority("new")
        certificate, key = other.issue_pem("server", dns=["localhost"])
        replace(tls["tls_certificate"], certificate)
        # Half of the change: certificate and key do not belong together, so the one before goes on.
        assert code_of(to(server, authority), reader) is OK
        replace(tls["tls_key"], key)
        assert code_of(to(server, other), reader) is OK
        assert code_of(to(server, authority), reader) is UNAVAILABLE
        # Connections that were there stay.
        assert code_of(before, reader) is OK


def test_callers_are_known_by_their_certificates(home, mtls, authority):
    crm = authority.issue_pem("crm", dns=["crm.internal"])
    with served_here(home, **mtls) as (server, _):
        assert code_of(to(server, authority, crm)) is OK
        with to(server, authority, crm) as stubs, pytest.raises(grpc.RpcError) as caught:
            stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="r1"))
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_certificate_may_be_a_sellers(home, mtls, authority):
    ann = authority.issue_pem("ann", uris=["spiffe://acme/ann"])
    with served_here(home, **mtls) as (server, _), to(server, authority, ann) as stubs:
        lead = lead_pb2.Lead(lead_id="a", owner_id="bob", title="x")
        request = scoring_service_pb2.BatchScoreRequest(leads=[lead])
        assert stubs.scoring.BatchScore(request).results[0].error.code == code_pb2.INVALID_ARGUMENT


def test_no_other_certificate_lets_anybody_in(home, mtls, authority):
    with served_here(home, **mtls) as (server, _):
        assert code_of(to(server, authority)) is UNAVAILABLE
        stranger = Authority("stranger").issue_pem("crm", dns=["crm.internal"])
        assert code_of(to(server, authority, stranger)) is UNAVAILABLE
        # Signed by whom we trust, but nobody we know; the common name is no name.
        for pair in (authority.issue_pem("x", dns=["other.internal"]), authority.issue_pem("crm.internal")):
            assert code_of(to(server, authority, pair)) is UNAUTHENTICATED


def test_a_credential_goes_before_the_certificate(home, mtls, authority):
    admin = make_key(home, "acme", Role.ADMIN).secret
    crm = authority.issue_pem("crm", dns=["crm.internal"])
    with served_here(home, **{**mtls, "auth": "mtls,api_key", "api_key_pepper": PEPPER}) as (server, _):
        with to(server, authority, crm) as stubs:
            records = stubs.access.ListApiKeys
            from leadline.v1.access_service_pb2 import ListApiKeysRequest

            assert len(records(ListApiKeysRequest(), metadata=bearer(admin)).keys) == 1
        assert code_of(to(server, authority, crm), bearer("ll_wrong")) is UNAUTHENTICATED


def test_the_command_shows_its_certificate(home, mtls, authority, tmp_path):
    certificate, key = authority.issue(tmp_path, "crm", dns=["crm.internal"])
    with served_here(home, **mtls) as (server, _):
        command = [Path(sys.executable).parent / "leadline", "--target", f"localhost:{server.port}"]
        environ = {"LEADLINE_CLIENT_CERTIFICATE": str(certificate), "LEADLINE_CLIENT_KEY": str(key)}
        done = subprocess.run(
            [*command, "--tls-ca", authority.write(tmp_path / "ca.pem"), "status"],
            env={"PATH": "/usr/bin:/bin", **environ},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr


def test_a_key_of_another_certificate_stops_the_start(home, tls, authority, tmp_path):
    _, other_key = authority.issue(tmp_path, "other", dns=["localhost"])
    settings = read_settings(environment(home, **{**tls, "tls_key": other_key}))
    with pytest.raises(InvalidInput, match="LEADLINE_TLS_CERTIFICATE must be the certificate of"):
        build_server(settings)


def replace(path: Path, content: bytes) -> None:
    """Change a file as certificate tools do: at once."""
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)
