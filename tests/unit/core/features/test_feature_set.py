from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.adapters.keyword_file import read_keywords
from core.features.declaration import Feature, FeatureGroup
from core.features.families import families_from_json
from core.features.feature_set import FeatureSet, feature_set_hash
from core.features.fitting import FeatureOptions, learn_families, training_rows
from core.lead import MAX_ATTRIBUTES, Lead

OPTIONS = FeatureOptions(
    keywords=read_keywords(),
    numeric_attributes=["size"],
    categorical_attributes=["source", "vip"],
    time_zone="Europe/Berlin",
)


@pytest.fixture
def log(make_log):
    return make_log(150, 0)


@pytest.fixture
def feature_set(log):
    return training_rows(log, learn_families(log, OPTIONS))[0]


def test_one_lead_gives_its_row_of_the_matrix(log, feature_set):
    moments = log.moments
    matrix = feature_set.matrix(log.leads, moments)
    assert matrix.shape == (150, len(feature_set))
    assert matrix.dtype == np.float32
    for lead, moment, row in zip(log.leads, moments, matrix, strict=True):
        np.testing.assert_array_equal(feature_set.vector(lead, moment), row)


def test_no_leads_give_no_rows(feature_set):
    assert feature_set.matrix([], []).shape == (0, len(feature_set))


def test_a_smaller_set_computes_the_same_numbers(log, feature_set):
    kept = frozenset(feature_set.names[::3])
    smaller = FeatureSet(feature_set.families, kept)
    assert smaller.names == feature_set.names[::3]
    np.testing.assert_array_equal(
        smaller.matrix(log.leads, log.moments), feature_set.matrix(log.leads, log.moments)[:, ::3]
    )


def test_every_feature_name_is_unique(feature_set):
    everything = FeatureSet(feature_set.families)
    assert len(set(everything.names)) == len(everything) > len(feature_set)


def test_families_survive_json(log, feature_set):
    state = json.loads(json.dumps(feature_set.families.to_json()))
    again = FeatureSet(families_from_json(state), frozenset(feature_set.names))
    assert again.hash == feature_set.hash
    assert [f.signature() for f in again.features] == [f.signature() for f in feature_set.features]
    np.testing.assert_array_equal(again.matrix(log.leads, log.moments), feature_set.matrix(log.leads, log.moments))
    assert again.families.to_json() == feature_set.families.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"group": FeatureGroup.TIME},
        {"unit": "share"},
        {"dtype": "float64"},
        {"default": 0.0},
        {"window": "all"},
        {"version": 2},
    ],
)
def test_the_hash_changes_with_every_declaration(change):
    features = [Feature(name=name, group=FeatureGroup.TEXT, reason="A reason") for name in ("one", "two", "three")]
    assert feature_set_hash([features[0], replace(features[1], **change), features[2]]) != feature_set_hash(features)


def test_the_hash_changes_with_order_and_number_but_not_with_wording():
    features = [Feature(name=name, group=FeatureGroup.TEXT, reason="A reason") for name in ("one", "two")]
    assert feature_set_hash(features) != feature_set_hash(features[::-1])
    assert feature_set_hash(features) != feature_set_hash(features[:1])
    assert feature_set_hash(features) == feature_set_hash([replace(f, reason="In other words") for f in features])
    assert len(feature_set_hash(features)) == 64


def test_dropping_constants_treats_missing_as_a_value(feature_set):
    three = FeatureSet(feature_set.families, frozenset(feature_set.names[:3]))
    rows = np.array([[np.nan, 1, np.nan], [np.nan, 1, 2], [np.nan, 1, np.nan]], dtype=np.float32)
    assert three.without_constants(rows).names == (three.names[2],)
    assert three.without_constants(rows[:0]) is three


ATTRIBUTE = st.one_of(
    st.text(max_size=20), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**9), 10**9)
)
LEAD = st.builds(
    Lead,
    lead_id=st.just("l"),
    title=st.text(max_size=60),
    description=st.text(max_size=200),
    category=st.text(max_size=30),
    location_name=st.text(max_size=30),
    price=st.none() | st.floats(0, allow_infinity=False, allow_nan=False),
    email=st.text(max_size=30),
    phone=st.text(max_size=20),
    attributes=st.dictionaries(
        st.sampled_from(["size", "source", "vip", "unheard of"]), ATTRIBUTE, max_size=MAX_ATTRIBUTES
    ),
)


@pytest.fixture(scope="module")
def everything():
    """All families, learned from leads so that every kind of feature is there."""
    leads = [
        Lead(lead_id=f"l{i}", title="flat here", category="A/B", location_name="Berlin", attributes={"size": 1.0})
        for i in range(20)
    ] + [Lead(lead_id=f"m{i}", attributes={"source": "web", "vip": True}) for i in range(20)]
    from core.features.fitting import LabelledLeads

    log = LabelledLeads(
        leads=leads, outcomes=[i % 2 == 0 for i in range(40)], moments=[None] * 40, outcome_times=[None] * 40
    )
    return FeatureSet(learn_families(log, OPTIONS))


@settings(max_examples=200, deadline=None)
@given(lead=LEAD)
def test_no_lead_however_odd_gives_an_infinite_feature(lead, everything):
    vector = everything.vector(lead, None)
    assert not np.isinf(vector).any()
    np.testing.assert_array_equal(vector, everything.matrix([lead, lead], [None, None])[1])
    units = {feature.name: value for feature, value in zip(everything.features, vector, strict=True)}
    for feature in everything.features:
        value = units[feature.name]
        if feature.unit in {"share", "flag", "weight"} and not np.isnan(value):
            assert 0.0 <= value <= 1.0, feature.name


def test_a_lead_that_says_nothing_has_the_declared_defaults(everything):
    vector = everything.vector(Lead(lead_id="nobody"), None)
    for feature, value in zip(everything.features, vector, strict=True):
        if feature.name.endswith("=(missing)"):
            assert value == 1.0
        else:
            np.testing.assert_equal(float(value), feature.default, err_msg=feature.name)
