from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.lead import EARLIEST, LATEST, Lead, _is_fine, _violations


def broken(**fields):
    with pytest.raises(InvalidInput) as refused:
        Lead(**{"lead_id": "l", **fields})
    return [violation.field for violation in refused.value.violations]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"lead_id": ""}, ["lead_id"]),
        ({"lead_id": "x" * 129}, ["lead_id"]),
        ({"lead_id": "a b"}, ["lead_id"]),
        ({"lead_id": "a\n"}, ["lead_id"]),
        ({"lead_id": "ä"}, ["lead_id"]),
        ({"title": "x" * 1_001}, ["title"]),
        ({"description": "x" * 20_001}, ["description"]),
        ({"category": "x" * 201}, ["category"]),
        ({"location_name": "x" * 201}, ["location_name"]),
        ({"email": "x" * 321}, ["email"]),
        ({"phone": "1" * 65}, ["phone"]),
        ({"owner_id": "not an id"}, ["owner_id"]),
        ({"price": -0.01}, ["price"]),
        ({"price": math.inf}, ["price"]),
        ({"price": math.nan}, ["price"]),
        ({"posted_time": datetime(2026, 1, 1)}, ["posted_time"]),  # noqa: DTZ001  what is refused
        ({"posted_time": EARLIEST - timedelta(microseconds=1)}, ["posted_time"]),
        ({"posted_time": LATEST}, ["posted_time"]),
        ({"attributes": {"": 1.0}}, ["attributes"]),
        ({"attributes": {"x" * 101: 1.0}}, ["attributes"]),
        ({"attributes": {f"a{i}": 1.0 for i in range(257)}}, ["attributes"]),
        ({"attributes": {"a b": math.nan, "c": math.inf}}, ["attributes['a b']", "attributes['c']"]),
        ({"attributes": {"a": "x" * 1_001}}, ["attributes['a']"]),
        ({"lead_id": "", "price": math.nan, "phone": "1" * 65}, ["lead_id", "phone", "price"]),
    ],
)
def test_a_lead_is_built_valid_or_not_at_all_and_every_broken_field_is_named(fields, names):
    assert broken(**fields) == names


@pytest.mark.parametrize(
    "fields",
    [
        {"lead_id": "Az09_.:-"},
        {"lead_id": "x" * 128},
        {"title": "x" * 1_000, "description": "x" * 20_000},
        {"price": 0.0},
        {"price": 1.7e308},
        {"posted_time": EARLIEST},
        {"posted_time": (LATEST - timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-12)))},
        {"attributes": {f"a{i}": "" for i in range(256)}},
        {"attributes": {"x" * 100: "x" * 1_000, "n": -1e308, "f": False}},
        {"owner_id": "o:1"},
    ],
)
def test_the_limits_themselves_are_allowed(fields):
    assert Lead(**{"lead_id": "l", **fields})


TEXT = st.text(max_size=3)
MAYBE_BAD = {
    "lead_id": st.sampled_from(["l", "", "a b"]),
    "title": st.sampled_from(["", "t", "x" * 1_001]),
    "description": st.sampled_from(["", "x" * 20_001]),
    "category": st.sampled_from(["", "x" * 201]),
    "location_name": st.sampled_from(["", "x" * 201]),
    "email": st.sampled_from(["", "x" * 321]),
    "phone": st.sampled_from(["", "x" * 65]),
    "price": st.sampled_from([None, 0.0, -1.0, math.nan, math.inf]),
    "posted_time": st.sampled_from([None, EARLIEST, LATEST, datetime(2026, 1, 1)]),  # noqa: DTZ001
}


@given(st.fixed_dictionaries(MAYBE_BAD))
def test_the_fast_check_says_fine_exactly_when_nothing_is_broken(fields):
    lead = object.__new__(Lead)
    for name, value in {**fields, "owner_id": "", "attributes": {}}.items():
        object.__setattr__(lead, name, value)
    assert _is_fine(lead) == (not _violations(lead))


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "t"},
        {"description": "d"},
        {"category": "c"},
        {"location_name": "p"},
        {"price": 0.0},
        {"email": "e"},
        {"phone": "1"},
        {"posted_time": datetime(2026, 1, 1, tzinfo=UTC)},
        {"owner_id": "o"},
        {"attributes": {"a": False}},
    ],
)
def test_a_lead_with_any_field_is_more_than_a_reference(fields):
    assert not Lead(lead_id="l", **fields).is_reference()
    assert Lead(lead_id="l").is_reference()


def test_fields_can_be_named_as_the_caller_wrote_them():
    with pytest.raises(InvalidInput) as refused:
        Lead(lead_id="l", price=math.nan)
    assert refused.value.under("leads[17]").violations[0].field == "leads[17].price"
