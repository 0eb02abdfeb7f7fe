from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.attributes import Attributes
from core.features.categorical import Levels
from core.lead import Lead

FAMILY = Attributes(
    ["size", "age"],
    {"source": Levels(names=("fair", "web")), "vip": Levels(names=("false", "true"), missing_as="false")},
)


def hot(found, name):
    return [key for key, value in found.items() if key.startswith(f"attribute:{name}=") and value]


def test_numbers_and_categories(values):
    lead = Lead(lead_id="l", attributes={"size": 3.5, "age": 0.0, "source": " web ", "vip": True, "new one": "x"})
    assert values(FAMILY, lead) == {
        "attribute:size": 3.5,
        "attribute:age": 0.0,
        "attribute:source=fair": 0.0,
        "attribute:source=web": 1.0,
        "attribute:source=(other)": 0.0,
        "attribute:source=(missing)": 0.0,
        "attribute:vip=false": 0.0,
        "attribute:vip=true": 1.0,
        "attribute:vip=(other)": 0.0,
        "attribute:vip=(missing)": 0.0,
    }


def test_what_is_missing_or_new(values):
    found = values(FAMILY, Lead(lead_id="l", attributes={"source": "television"}))
    assert found["attribute:size"] is None
    assert hot(found, "source") == ["attribute:source=(other)"]
    assert hot(found, "vip") == ["attribute:vip=false"]  # as Levels says


@pytest.mark.parametrize("value", ["12", "", True, False])
def test_a_number_that_became_something_else_is_missing(value, values):
    assert values(FAMILY, Lead(lead_id="l", attributes={"size": value}))["attribute:size"] is None


@pytest.mark.parametrize(("value", "column"), [(7.0, "(other)"), (True, "(other)"), ("", "(missing)")])
def test_a_category_that_became_something_else_is_read_as_a_level(value, column, values):
    found = values(FAMILY, Lead(lead_id="l", attributes={"source": value}))
    assert hot(found, "source") == [f"attribute:source={column}"]


def test_a_flag_and_its_text_are_one_level(values):
    for value in (True, "true"):
        assert hot(values(FAMILY, Lead(lead_id="l", attributes={"vip": value})), "vip") == ["attribute:vip=true"]


@pytest.mark.parametrize("value", [1e39, -1e300, 3.4028236e38, 10**30 * 1.0, 1e308])
def test_numbers_too_large_for_float32_never_become_infinite(value, values):
    found = values(FAMILY, Lead(lead_id="l", attributes={"size": value}))["attribute:size"]
    assert found is None or abs(found) <= 3.0e38


NAME = st.text(alphabet="ab=\\()", min_size=1, max_size=4)


@given(st.lists(NAME, unique=True, max_size=4), st.dictionaries(NAME, st.lists(NAME, unique=True), max_size=4))
def test_no_two_features_share_a_name(numeric, categorical):
    categorical = {name: Levels(names=tuple(levels)) for name, levels in categorical.items() if name not in numeric}
    names = [feature.name for feature in Attributes(numeric, categorical).features]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("numeric", "categorical"),
    [
        (["a=b"], {"a": ["b"]}),
        ([], {"a": ["b=c"], "a=b": ["c"]}),
        (["a\\=b"], {"a\\": ["b"]}),
    ],
)
def test_names_with_an_equals_sign_do_not_meet(numeric, categorical):
    levels = {name: Levels(names=tuple(names)) for name, names in categorical.items()}
    names = [feature.name for feature in Attributes(numeric, levels).features]
    assert len(set(names)) == len(names)
