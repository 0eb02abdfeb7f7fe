from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.paging import decode_page_token, encode_page_token, page_limit


@pytest.mark.parametrize(
    ("asked", "given_size"), [(0, 50), (1, 1), (50, 50), (1_000, 1_000), (1_001, 1_000), (2**31 - 1, 1_000)]
)
def test_page_sizes_are_bounded(asked, given_size):
    assert page_limit(asked) == given_size


def test_a_negative_page_size_is_refused():
    with pytest.raises(InvalidInput) as caught:
        page_limit(-1)
    assert caught.value.violations[0].field == "page_size"


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_token_comes_back_as_its_key(key, filters):
    assert decode_page_token(encode_page_token("leads", filters, key), "leads", filters) == key


def test_the_first_page_has_no_token_and_neither_has_what_follows_the_last():
    assert decode_page_token("", "leads", {}) is None
    assert encode_page_token("leads", {}, None) == ""


@pytest.mark.parametrize(("name", "filters"), [("events", {"owner": "x"}), ("leads", {}), ("leads", {"owner": "y"})])
def test_a_token_is_good_for_its_own_list_only(name, filters):
    token = encode_page_token("leads", {"owner": "x"}, "key")
    with pytest.raises(InvalidInput):
        decode_page_token(token, name, filters)


@given(st.data())
def test_a_damaged_token_is_refused(data):
    token = encode_page_token("leads", {}, "some-key")
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[position]))
    with pytest.raises(InvalidInput) as caught:
        decode_page_token(token[:position] + other + token[position + 1 :], "leads", {})
    assert caught.value.violations[0].field == "page_token"


@given(st.text(min_size=1))
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidInput):
        decode_page_token(text, "leads", {})


@pytest.mark.parametrize("content", [None, [], {}, {"k": 1}, {"k": None, "f": ""}, "text", 5])
def test_other_json_is_refused(content):
    token = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(InvalidInput):
        decode_page_token(token, "leads", {})


def test_json_of_any_depth_and_length_is_refused():
    for content in ("[" * 2_000, "[" * 1_000_000, "9" * 3_000):
        with pytest.raises(InvalidInput):
            decode_page_token(base64.urlsafe_b64encode(content.encode()).decode(), "leads", {})
