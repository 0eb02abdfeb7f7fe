from __future__ import annotations

import contextlib
import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ArtifactRefused
from core.features.families import families_from_json
from core.features.fitting import FeatureOptions, LabelledLeads, learn_families
from core.lead import Lead


def make_state():
    leads = [
        Lead(lead_id=f"l{i}", title="flat", description="urgent", category="A/B", location_name="Berlin", price=1.0)
        for i in range(12)
    ] + [Lead(lead_id=f"m{i}") for i in range(12)]
    log = LabelledLeads(
        leads=leads, outcomes=[i % 2 == 0 for i in range(24)], moments=[None] * 24, outcome_times=[None] * 24
    )
    options = FeatureOptions(
        keywords={"urgency": ["urgent"]}, numeric_attributes=["size"], categorical_attributes=["source"]
    )
    return json.loads(json.dumps(learn_families(log, options).to_json()))


STATE = make_state()


def test_the_state_is_accepted_as_written():
    assert families_from_json(STATE).to_json() == STATE


@pytest.mark.parametrize("key", sorted(STATE))
@pytest.mark.parametrize("value", [None, 7, -1, "x", ["x"], {"x": None}, {"x": [1]}, {"x": float("inf")}, [[]]])
def test_a_state_with_one_wrong_part_is_refused_or_read(key, value):
    """Never another error. What is read has another feature-set hash, or the digest of the file refuses it."""
    with contextlib.suppress(ArtifactRefused):
        families_from_json({**STATE, key: value})


@pytest.mark.parametrize("key", sorted(STATE))
def test_a_state_without_a_part_is_refused(key):
    with pytest.raises(ArtifactRefused) as refused:
        families_from_json({name: value for name, value in STATE.items() if name != key})
    assert refused.value.metadata == {"file": "vectorizer.json"}


@pytest.mark.parametrize("state", [None, [], "x", 3, {}, {"format": 2}])
def test_something_else_than_a_state_is_refused(state):
    with pytest.raises(ArtifactRefused):
        families_from_json(state)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", ""),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Europe"),
        ("time_zone", "x" * 5_000),
        ("title_idf", {"flat": float("nan")}),
        ("title_idf", {"flat": float("inf")}),
        ("title_idf", {"flat": 0.0}),
        ("lead_count", -1),
        ("lead_count", float("inf")),
        ("lead_count", float("nan")),
        ("lead_count", 10**400),
        ("leads_per_market", {"berlin": 10**400}),
        ("outcome_cells", {"*": [10, 11]}),
        ("outcome_cells", {"*": [10, -1]}),
        ("outcome_cells", {"*": [10]}),
        ("outcome_cells", {"*": [float("inf"), 1]}),
        ("keywords", {"urgency": ["URGENT"]}),
        ("categories", {"names": ["a"], "missing_as": "b", "other_as": "a"}),
        ("categories", {"names": ["a"], "missing_as": "a"}),
    ],
)
def test_numbers_and_names_out_of_range_are_refused(key, value):
    with pytest.raises(ArtifactRefused):
        families_from_json({**STATE, key: value})


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_json_in_any_place_is_refused_or_read(data):
    state = copy.deepcopy(STATE)
    place = state
    while True:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(PLAIN)
    with contextlib.suppress(ArtifactRefused):
        families_from_json(state)
