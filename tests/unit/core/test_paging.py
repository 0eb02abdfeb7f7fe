from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.identifiers import TenantId
from core.paging import decode_page_token, encode_page_token, page_limit

TENANT = TenantId("acme")


@pytest.mark.parametrize(
    ("asked", "given_size"), [(0, 50), (1, 1), (50, 50), (1_000, 1_000), (1_001, 1_000), (2**31 - 1, 1_000)]
)
def test_page_sizes_are_bounded(asked, given_size):
    assert page_limit(asked) == given_size


def test_a_list_may_have_a_default_of_its_own():
    assert page_limit(0, default=100) == 100
    assert page_limit(7, default=100) == 7


def test_a_negative_page_size_is_refused():
    with pytest.raises(InvalidInput) as caught:
        page_limit(-1)
    assert caught.value.violations[0].field == "page_size"


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_token_comes_back_as_its_key(key, filters):
    assert decode_page_token(encode_page_token(TENANT, "leads", filters, key), TENANT, "leads", filters) == key


def test_the_first_page_has_no_token_and_neither_has_what_follows_the_last():
    assert decode_page_token("", TENANT, "leads", {}) is None
    assert encode_page_token(TENANT, "leads", {}, None) == ""


@pytest.mark.parametrize(("name", "filters"), [("events", {"owner": "x"}), ("leads", {}), ("leads", {"owner": "y"})])
def test_a_token_is_good_for_its_own_list_only(name, filters):
    token = encode_page_token(TENANT, "leads", {"owner": "x"}, "key")
    with pytest.raises(InvalidInput):
        decode_page_token(token, TENANT, name, filters)


def test_a_token_of_another_tenant_is_refused():
    token = encode_page_token(TENANT, "leads", {}, "key")
    with pytest.raises(InvalidInput) as caught:
        decode_page_token(token, TenantId("other"), "leads", {})
    assert caught.value.violations[0].field == "page_token"


@given(st.data())
def test_a_damaged_token_is_refused(data):
    token = encode_page_token(TENANT, "leads", {}, "some-key")
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[position]))
    with pytest.raises(InvalidInput) as caught:
        decode_page_token(token[:position] + other + token[position + 1 :], TENANT, "leads", {})
    assert caught.value.violations[0].field == "page_token"


@given(st.text(min_size=1))
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidInput):
        decode_page_token(text, TENANT, "leads", {})


@pytest.mark.parametrize("content", [None, [], {}, {"k": 1}, {"k": None, "f": ""}, "text", 5])
def test_other_json_is_refused(content):
    token = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(InvalidInput):
        decode_page_token(token, TENANT, "leads", {})


def test_json_of_any_depth_and_length_is_refused():
    for content in ("[" * 2_000, "[" * 1_000_000, "9" * 3_000):
        with pytest.raises(InvalidInput):
            decode_page_token(base64.urlsafe_b64encode(content.encode()).decode(), TENANT, "leads", {})
