from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.caller import LOCAL_CALLER, Role
from core.errors import InvalidInput, Unauthenticated
from core.identifiers import TenantId
from server.identity.authenticator import Authenticator
from server.identity.caller import Verified
from server.identity.certificates import CertificateIdentities, read_identities
from server.identity.remembered import Remembered

ACME = replace(LOCAL_CALLER, tenant=TenantId("acme"), actor="key")
OTHER = replace(LOCAL_CALLER, tenant=TenantId("other"), actor="token")
MESH = replace(LOCAL_CALLER, tenant=TenantId("mesh"), actor="certificate")


class Call:
    """The little of a call that says who makes it."""

    def __init__(self, *credentials: str | bytes, names: tuple[bytes, ...] = ()) -> None:
        self.metadata = (("user-agent", "x"), *(("authorization", value) for value in credentials))
        self.names = names

    def invocation_metadata(self):
        return self.metadata

    def auth_context(self):
        return {"x509_subject_alternative_name": list(self.names)} if self.names else {}


def remembered(known: dict) -> Remembered:
    def verify(text: str) -> Verified | None:
        return Verified(caller=known[text], expire_time=None) if text in known else None

    return Remembered(verify, lambda: datetime.now(UTC))


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator(
        api_keys=remembered({"ll_key": ACME}),
        tokens=remembered({"a.b.c": OTHER}),
        certificates=CertificateIdentities({"svc.mesh": MESH}),
    )


@pytest.mark.parametrize(
    ("call", "caller"),
    [
        (Call("Bearer ll_key"), ACME),
        (Call("bearer ll_key"), ACME),
        (Call("Bearer a.b.c"), OTHER),
        (Call(names=(b"svc.mesh",)), MESH),
        (Call(names=(b"10.0.0.1", b"svc.mesh")), MESH),
        (Call("Bearer ll_key", names=(b"svc.mesh",)), ACME),
    ],
)
def test_each_way_says_who_calls(authenticator, call, caller):
    assert authenticator(call) == caller


@pytest.mark.parametrize(
    "call",
    [
        Call(),
        Call(""),
        Call("Bearer"),
        Call("Bearer "),
        Call("Bearer  ll_key"),
        Call("ll_key"),
        Call("Basic ll_key"),
        Call("Bearer ll_wrong"),
        Call("Bearer x.y.z"),
        Call(b"Bearer ll_key"),
        Call("Bearer ll_key", "Bearer ll_key"),
        Call("Bearer ll_wrong", names=(b"svc.mesh",)),
        Call(names=(b"svc.mesh.evil",)),
        Call(names=(b"SVC.MESH",)),
    ],
)
def test_whatever_else_is_refused_with_the_same_words(authenticator, call):
    with pytest.raises(Unauthenticated) as caught:
        authenticator(call)
    assert caught.value.message == "this call needs a valid credential"
    assert caught.value.metadata == {}


def test_a_way_that_is_off_lets_nobody_in():
    only_keys = Authenticator(api_keys=remembered({"ll_key": ACME}))
    assert only_keys(Call("Bearer ll_key")) == ACME
    for call in (Call("Bearer a.b.c"), Call(names=(b"svc.mesh",))):
        with pytest.raises(Unauthenticated):
            only_keys(call)


def test_a_certificate_of_two_callers_is_neither():
    certificates = CertificateIdentities({"a": ACME, "b": OTHER})
    with pytest.raises(Unauthenticated):
        certificates.caller({"x509_subject_alternative_name": [b"a", b"b"]})


def test_a_peek_knows_the_tenant_of_a_credential_that_was_seen(authenticator):
    call = Call("Bearer ll_key")
    assert authenticator.peek(call.metadata) == ""
    authenticator(call)
    assert authenticator.peek(call.metadata) == "acme"
    for other in (Call("Bearer ll_wrong"), Call("Basic x"), Call("a", "b"), Call(b"\xff")):
        assert authenticator.peek(other.metadata) == ""


def test_whoever_has_but_a_certificate_is_known_by_the_connection(authenticator):
    assert authenticator.peek(Call().metadata) == "(certificate)"


def test_without_any_way_everybody_is_the_local_caller():
    nobody_asks = Authenticator()
    assert nobody_asks.is_open
    assert nobody_asks(Call()) == LOCAL_CALLER
    assert nobody_asks.peek(()) == "default"


def test_identities_are_read_from_a_file(tmp_path):
    file = tmp_path / "identities.toml"
    file.write_text(
        '[identities."crm.internal"]\ntenant = "acme"\nroles = ["scorer", "reader"]\n'
        '[identities."spiffe://x/ann"]\ntenant = "acme"\nroles = ["seller"]\nowner_id = "ann"\n'
    )
    identities = read_identities(file)
    crm = identities.caller({"x509_subject_alternative_name": [b"crm.internal"]})
    ann = identities.caller({"x509_subject_alternative_name": [b"spiffe://x/ann"]})
    assert (crm.tenant, crm.actor, crm.roles) == ("acme", "certificate:crm.internal", {Role.SCORER, Role.READER})
    assert ann.owner_id == "ann"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml",
        "other = 1",
        'identities = "x"',
        '[identities."a"]\ntenant = "acme"',
        '[identities."a"]\ntenant = "acme"\nroles = []',
        '[identities."a"]\ntenant = "acme"\nroles = ["root"]',
        '[identities."a"]\ntenant = "*"\nroles = ["reader"]',
        '[identities."a"]\nroles = ["reader"]',
        '[identities."a"]\ntenant = "acme"\nroles = ["seller"]',
        '[identities."a"]\ntenant = "acme"\nroles = ["reader"]\nrole = "admin"',
    ],
)
def test_a_file_that_says_something_else_is_refused_at_the_start(tmp_path, text):
    file = tmp_path / "identities.toml"
    file.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read_identities(file)
    assert caught.value.violations[0].field == "LEADLINE_MTLS_IDENTITIES"
