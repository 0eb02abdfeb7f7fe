"""JSON Web Tokens over a running server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from leadline.v1 import lead_service_pb2, scoring_service_pb2

from tests.parts.keys import bearer
from tests.parts.messages import lead_message
from tests.parts.serving import served_here

ISSUER, AUDIENCE = "https://login.example", "leadline"
KEY, STRANGER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def token(key=KEY, **changes) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "crm", "exp": now + 60, "nbf": now - 1}
    claims |= {"leadline_tenant": "acme", "leadline_roles": ["scorer"], **changes}
    return jwt.encode(claims, key, "ES256", headers={"kid": "k"})


@pytest.fixture
def code_of(home, tmp_path) -> Callable[..., grpc.StatusCode]:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [{**ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "k"}]}))
    settings = {"auth": "jwt", "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_keys": keys}
    with served_here(home, **settings) as (_, stubs):
        score = scoring_service_pb2.ScoreRequest(lead=lead_message())
        listing = lead_service_pb2.ListLeadsRequest()

        def call(credential: str, *, listed: bool = False) -> grpc.StatusCode:
            try:
                if listed:
                    stubs.leads.ListLeads(listing, metadata=bearer(credential))
                else:
                    stubs.scoring.Score(score, metadata=bearer(credential))
            except grpc.RpcError as error:
                return error.code()
            return grpc.StatusCode.OK

        yield call


def test_a_token_is_let_in_with_its_roles_and_no_others(code_of):
    assert code_of(token()) is grpc.StatusCode.OK
    assert code_of(token(), listed=True) is grpc.StatusCode.PERMISSION_DENIED
    assert code_of(token(leadline_roles=["reader"]), listed=True) is grpc.StatusCode.OK


@pytest.mark.parametrize(
    "changes",
    [{"exp": 1}, {"nbf": 4_000_000_000}, {"iss": "https://else.example"}, {"aud": "else"}, {"leadline_tenant": ""}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_token_that_is_not_for_us_or_not_for_now_is_refused(code_of, changes):
    assert code_of(token(**changes)) is grpc.StatusCode.UNAUTHENTICATED


def test_a_token_of_a_stranger_is_refused(code_of):
    assert code_of(token(STRANGER)) is grpc.StatusCode.UNAUTHENTICATED
    assert code_of(token() + "x") is grpc.StatusCode.UNAUTHENTICATED
