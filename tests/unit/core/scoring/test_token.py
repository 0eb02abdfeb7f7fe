from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.scoring.token import Attribution, TokenSigner, new_token_id

SIGNER = TokenSigner(b"s" * 32)
NAME = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=30)
SHOWN = st.builds(
    Attribution,
    token_id=NAME,
    tenant=NAME,
    lead_id=NAME,
    model_version=NAME,
    source=NAME,
    score=st.floats(0, 100).map(lambda score: round(score, 6)),
    score_time=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    experiment=NAME,
    variant=NAME,
)
ONE = Attribution(
    token_id="0123456789abcdef01234567",  # noqa: S106  an id, not a secret
    tenant="default",
    lead_id="lead-1",
    model_version="v20260101_120000_1a2b3c4d",
    source="model",
    score=63.21,
    score_time=datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC),
)


@given(SHOWN)
def test_a_token_says_what_was_signed(shown):
    assert SIGNER.read(SIGNER.sign(shown)) == shown


def test_a_token_can_stand_in_an_address_and_carries_microseconds():
    token = SIGNER.sign(ONE)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
    moved = replace(ONE, score_time=ONE.score_time.astimezone(timezone(timedelta(hours=5))))
    assert SIGNER.read(SIGNER.sign(moved)) == ONE


def test_two_signers_of_one_secret_understand_each_other():
    assert TokenSigner(b"s" * 32).read(SIGNER.sign(ONE)) == ONE


def refused(token):
    with pytest.raises(InvalidInput) as problem:
        SIGNER.read(token)
    assert problem.value.violations[0].field == "attribution_token"


@given(at=st.integers(0, 10_000), character=st.sampled_from("ABab01-_=+/ é\n"))
def test_a_changed_character_is_noticed(at, character):
    token = SIGNER.sign(ONE)
    at %= len(token)
    changed = token[:at] + character + token[at + 1 :]
    if changed != token:
        refused(changed)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(at, bit):
    raw = bytearray(base64.urlsafe_b64decode(SIGNER.sign(ONE)))
    raw[at % len(raw)] ^= 1 << bit
    refused(base64.urlsafe_b64encode(bytes(raw)).decode())


@settings(max_examples=200)
@given(st.text() | st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_nonsense_is_refused(token):
    refused(token)


def test_cut_joined_and_foreign_tokens_are_refused():
    token = SIGNER.sign(ONE)
    for wrong in (token[:-4], token[4:], token + token, f"{token} ", "", TokenSigner(b"t" * 32).sign(ONE)):
        refused(wrong)


def test_another_spelling_of_the_same_bytes_is_refused():
    """Else one answer would have many tokens, and a list of those already used would not find them."""
    tokens = [SIGNER.sign(replace(ONE, lead_id="l" * n)) for n in range(1, 40)]
    found = 0
    for token in tokens:
        plain = token.replace("-", "+").replace("_", "/")
        if plain != token:
            refused(plain)
            found += 1
    assert found
    padded = next(token for token in tokens if token.endswith("="))
    stem = padded.rstrip("=")
    last = stem[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    refused(stem[:-1] + alphabet[alphabet.index(last) + 1] + padded[len(stem) :])


def test_a_name_that_holds_the_separator_cannot_pretend_to_be_two_fields():
    refused(SIGNER.sign(replace(ONE, experiment="a\x1fb")))


def test_a_short_secret_is_refused():
    with pytest.raises(InvalidInput) as problem:
        TokenSigner(b"s" * 31)
    assert problem.value.violations[0].field == "token_secret"


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_the_signature_is_that_of_hmac_sha_256(length):
    secret = bytes(range(length))
    token = TokenSigner(secret).sign(ONE)
    raw = base64.urlsafe_b64decode(token)
    assert raw[:16] == hmac.digest(secret, raw[16:], "sha256")[:16]


def test_token_ids_do_not_repeat():
    random = Random(7)
    ids = {new_token_id(random) for _ in range(1_000)}
    assert len(ids) == 1_000
    assert {len(token_id) for token_id in ids} == {24}
