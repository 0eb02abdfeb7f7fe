"""JSON Web Tokens: one that is right, and the known ways of making one up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from core.caller import Role
from core.errors import DependencyDown
from server.identity.key_set import KeySet
from server.identity.tokens import TokenVerifier
from server.settings import JwtSettings

ISSUER, AUDIENCE = "https://login.example", "leadline"
RSA_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
STRANGER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SHORT = rsa.generate_private_key(public_exponent=65_537, key_size=1_024)  # noqa: S505 - on purpose


def claims(**changes) -> dict:
    now = int(time.time())
    known = {"iss": ISSUER, "aud": AUDIENCE, "sub": "crm", "exp": now + 300, "nbf": now - 1, "iat": now - 1}
    known |= {"leadline_tenant": "acme", "leadline_roles": ["scorer"]}
    known |= changes
    return {name: value for name, value in known.items() if value is not None}


def token(key=RSA_KEY, algorithm="RS256", kid="rsa", headers=None, **changes) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid, **(headers or {})})


@pytest.fixture
def key_file(tmp_path) -> Path:
    keys = [
        {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "rsa", "use": "sig"},
        {**ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ec"},
        {**OKPAlgorithm.to_jwk(ED_KEY.public_key(), as_dict=True), "kid": "ed"},
        {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "encryption", "use": "enc"},
        {**RSAAlgorithm.to_jwk(SHORT.public_key(), as_dict=True), "kid": "short"},
        {"kty": "oct", "k": base64.urlsafe_b64encode(b"s" * 32).decode(), "kid": "shared"},
    ]
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": keys}))
    return path


@pytest.fixture
def verify(key_file) -> TokenVerifier:
    return verifier(key_file)


def verifier(key_file, *algorithms: str) -> TokenVerifier:
    settings = JwtSettings(
        issuer=ISSUER, audience=AUDIENCE, keys=str(key_file), algorithms=algorithms or ("RS256", "ES256", "EdDSA")
    )
    return TokenVerifier(settings, KeySet(settings.keys))


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"), [(RSA_KEY, "RS256", "rsa"), (EC_KEY, "ES256", "ec"), (ED_KEY, "EdDSA", "ed")]
)
def test_a_token_says_who_calls(verify, key, algorithm, kid):
    verified = verify(token(key, algorithm, kid))
    caller = verified.caller
    assert (caller.tenant, caller.actor, caller.roles, caller.owner_id) == ("acme", "token:crm", {Role.SCORER}, "")
    assert 250 < verified.expire_time.timestamp() - time.time() < 310


def test_a_sellers_token_names_the_owner(verify):
    assert verify(token(leadline_roles=["seller"], leadline_owner="ann")).caller.owner_id == "ann"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.evil"},
        {"iss": None},
        {"aud": "another service"},
        {"aud": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "never"},
        {"nbf": int(time.time()) + 24 * 3600},
        {"nbf": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "line\nbreak"},
        {"sub": "x" * 129},
        {"leadline_tenant": None},
        {"leadline_tenant": "*"},
        {"leadline_tenant": ""},
        {"leadline_tenant": ["acme"]},
        {"leadline_roles": None},
        {"leadline_roles": []},
        {"leadline_roles": "admin"},
        {"leadline_roles": ["scorer", "root"]},
        {"leadline_roles": ["seller"]},
        {"leadline_roles": ["seller", "admin"], "leadline_owner": "ann"},
        {"leadline_owner": "ann"},
    ],
)
def test_a_claim_that_is_wrong_or_missing_makes_the_token_worthless(verify, changes):
    assert verify(token(**changes)) is None


def test_a_token_of_a_stranger_is_refused(verify):
    assert verify(token(STRANGER)) is None


def test_no_algorithm_is_no_signature(verify):
    assert verify(_unsigned({"alg": "none", "kid": "rsa"})) is None
    assert verify(_unsigned({"alg": "None", "kid": "rsa"})) is None
    assert verify(_unsigned({"kid": "rsa"})) is None


def test_the_public_key_is_no_shared_secret(verify, key_file):
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    forged = _hmac_signed({"alg": "HS256", "typ": "JWT", "kid": "rsa"}, public)
    assert verify(forged) is None
    # Even if somebody listed the algorithm, the key says what it is for.
    assert verifier(key_file, "RS256", "HS256")(forged) is None


def test_a_shared_secret_in_the_set_is_not_used(verify):
    assert verify(_hmac_signed({"alg": "HS256", "kid": "shared"}, b"s" * 32)) is None


def test_only_listed_algorithms_count_whatever_the_key_could_do(key_file):
    assert verifier(key_file, "ES256")(token()) is None
    assert verifier(key_file, "RS256", "RS512")(token(algorithm="RS512")) is None


def test_what_the_token_says_about_where_keys_are_is_ignored(verify):
    jwk = RSAAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True)
    for headers in ({"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example/cert"}, {"jwk": jwk}):
        assert verify(token(STRANGER, headers=headers)) is None
        assert verify(token(headers=headers)).caller.tenant == "acme"


def test_an_unknown_or_missing_key_id_is_refused(verify):
    assert verify(token(kid="another")) is None
    assert verify(jwt.encode(claims(), RSA_KEY, "RS256")) is None


def test_a_key_for_something_else_or_one_too_short_is_not_used(verify):
    assert verify(token(kid="encryption")) is None
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        weak = token(SHORT, kid="short")
    assert verify(weak) is None


@pytest.mark.parametrize(
    "text", ["", ".", "a.b.c", "é.é.é", "eyJhbGciOiJSUzI1NiJ9", "[" * 4_000, ".".join(["e30"] * 5)]
)
def test_what_is_no_token_is_refused(verify, text):
    assert verify(text) is None


def test_a_header_of_many_levels_is_refused(verify):
    deep = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":' + b"[" * 3_000 + b"]" * 3_000 + b"}").decode().rstrip("=")
    assert verify(f"{deep}.e30.AAAA") is None


def test_without_the_keys_nobody_knows(tmp_path):
    with pytest.raises(DependencyDown):
        verifier(tmp_path / "missing.json")(token())


def _unsigned(header: dict) -> str:
    return f"{_part(header)}.{_part(claims())}."


def _hmac_signed(header: dict, secret: bytes) -> str:
    content = f"{_part(header)}.{_part(claims())}"
    signature = hmac.digest(secret, content.encode(), hashlib.sha256)
    return f"{content}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _part(content: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
