from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.behavior.plan import LEAD_PLAN
from core.errors import ArtifactRefused
from core.features.behavior import HAS_EVENTS, Behavior, behavior_from_json, behavior_to_json, learn_behavior
from core.features.declaration import FeatureGroup
from core.features.families import families_from_json
from core.features.feature_set import FeatureSet
from core.features.fitting import FeatureOptions, learn_families, training_rows
from core.features.keywords import KeywordFamilies
from core.features.streams.declaration import StreamFeature, StreamPlan, ValueType
from core.features.view import LeadView
from core.lead import Lead

LEAD = Lead(lead_id="l")
MOMENT = datetime(2026, 3, 2, tzinfo=UTC)


def feature(name, **facts):
    return StreamFeature(name=name, family="f", description="d", compute=lambda _: None, **facts)


PLAN = StreamPlan(
    name="lead",
    aggregates=(),
    features=(
        feature("total_interactions", default=0.0),
        feature("days_since_last", unit="days"),
        feature("views_7d", window="7d", version=3),
        feature("favourite", value_type=ValueType.CATEGORY, unit="category", window="30d"),
        feature("last_time", value_type=ValueType.TIME, unit="time"),
    ),
    count_name="events",
    last_name="last_us",
)


def values_of(count=5.0, favourite="flat", **more):
    return {"total_interactions": count, "days_since_last": 2.5, "views_7d": 1.0, "favourite": favourite, **more}


ROWS = [values_of(favourite=kind) for kind in ("flat", "house") for _ in range(12)] + [None, values_of(0.0)] * 6


@pytest.fixture
def family():
    return Behavior(learn_behavior(PLAN, ROWS))


@pytest.fixture
def written(family):
    def write(behavior):
        row = np.zeros(len(family.features) + 2, dtype=np.float32)
        family.write(LeadView(LEAD, MOMENT, KeywordFamilies({}), behavior), row, 1)
        assert row[0] == row[-1] == 0.0
        names = [f.name for f in family.features]
        return {name: None if math.isnan(cell) else cell for name, cell in zip(names, row[1:-1].tolist(), strict=True)}

    return write


def test_numbers_are_taken_as_they_are_and_categories_become_columns(written):
    assert written(values_of()) == {
        HAS_EVENTS: 1.0,
        "behavior:total_interactions": 5.0,
        "behavior:days_since_last": 2.5,
        "behavior:views_7d": 1.0,
        "behavior:favourite=flat": 1.0,
        "behavior:favourite=house": 0.0,
        "behavior:favourite=(other)": 0.0,
        "behavior:favourite=(missing)": 0.0,
    }


@pytest.mark.parametrize("behavior", [None, {}, values_of(0.0), {"views_7d": 3.0}])
def test_a_lead_without_known_events_has_no_numbers_whatever_their_defaults(written, behavior):
    found = written(behavior)
    assert found.pop(HAS_EVENTS) == 0.0
    assert found.pop("behavior:favourite=(missing)") == 1.0
    assert [found.pop(f"behavior:{name}") for name in ("total_interactions", "days_since_last", "views_7d")] == [
        None
    ] * 3
    assert set(found.values()) == {0.0}


@pytest.mark.parametrize("value", [None, math.inf, -math.inf, math.nan, 1e300, "text"])
def test_what_is_no_number_is_missing(written, value):
    assert written({**values_of(), "days_since_last": value})["behavior:days_since_last"] is None


def test_values_that_are_not_there_are_missing(written):
    assert written({"total_interactions": 1.0})["behavior:views_7d"] is None
    assert written({"total_interactions": 1.0})["behavior:favourite=(missing)"] == 1.0


@pytest.mark.parametrize("told", ["outcome_recorded", "(other)", "(missing)", 3.0])
def test_how_it_ended_is_no_category(written, told):
    assert written(values_of(favourite=told))["behavior:favourite=(missing)"] == 1.0
    rows = [values_of(favourite=told)] * 50
    assert learn_behavior(PLAN, rows).categories[0].levels.names == ()


def test_features_say_what_they_are(family):
    declared = {f.name: f for f in family.features}
    assert {f.group for f in family.features} == {FeatureGroup.BEHAVIOR}
    views = declared["behavior:views_7d"]
    assert (views.reason, views.unit, views.window, views.version) == ("Views in 7 days", "count", "7d", 3)
    assert declared["behavior:favourite=flat"].window == "30d"
    assert "behavior:last_time" not in declared


def test_the_state_is_what_json_brings_back(family):
    assert behavior_from_json(behavior_to_json(family.state)) == family.state
    assert behavior_from_json(behavior_to_json(family.state)).plan_hash == PLAN.hash


OPTIONS = FeatureOptions(keywords={}, title_terms=0, description_terms=0, behavior=PLAN)


@pytest.fixture
def log(make_log):
    training = make_log(60, 3)
    kinds = ["flat", "house"]
    behavior = [None if i % 5 == 0 else values_of(float(i % 7), kinds[i % 2]) for i in range(60)]
    return replace(training, behavior=behavior)


def test_versions_without_behaviour_stay_as_they_were(log):
    families = learn_families(replace(log, behavior=None), OPTIONS)
    assert "behavior" not in families.to_json()
    assert families_from_json(families.to_json()).behavior.features == ()
    everything = FeatureSet(families)
    assert not everything.uses_behavior
    assert everything.behavior_plan == ""
    np.testing.assert_array_equal(everything.vector(LEAD, None), everything.vector(LEAD, None, values_of()))


def test_a_set_looks_at_behaviour_if_it_keeps_a_feature_of_it(log):
    families = learn_families(log, OPTIONS)
    everything = FeatureSet(families)
    assert (everything.uses_behavior, everything.behavior_plan) == (True, PLAN.hash)
    without = FeatureSet(families, frozenset(name for name in everything.names if not name.startswith("behavior:")))
    assert (without.uses_behavior, without.behavior_plan) == (False, "")


def test_the_hash_covers_names_and_versions_of_behaviour(log):
    families = learn_families(log, OPTIONS)
    state = families.to_json()
    assert FeatureSet(families_from_json(state)).hash == FeatureSet(families).hash
    state["behavior"]["numbers"][2][3] = 4
    assert FeatureSet(families_from_json(state)).hash != FeatureSet(families).hash


def test_one_vector_is_a_row_of_many(log):
    everything = FeatureSet(learn_families(log, OPTIONS))
    rows = everything.matrix(log.leads, log.moments, behavior=log.behavior)
    for i in (0, 1, 7):
        np.testing.assert_array_equal(rows[i], everything.vector(log.leads[i], log.moments[i], log.behavior[i]))
    assert np.isnan(
        everything.matrix(log.leads[:2], log.moments[:2])[:, everything.names.index("behavior:views_7d")]
    ).all()


@pytest.mark.parametrize("in_time_order", [True, False])
def test_each_training_row_has_its_own_behaviour_in_whatever_order_the_moments_are(log, in_time_order):
    mixed = replace(log, moments=list(reversed(log.moments)), in_time_order=in_time_order)
    feature_set, rows = training_rows(mixed, learn_families(mixed, OPTIONS))
    counts = rows[:, feature_set.names.index("behavior:total_interactions")]
    expected = [values["total_interactions"] if values else 0.0 for values in log.behavior]
    np.testing.assert_array_equal(np.nan_to_num(counts), expected)


def test_the_first_leads_keep_their_behaviour(log):
    assert log.first(7).behavior == log.behavior[:7]


@pytest.mark.parametrize(
    "change",
    [
        {"plan_hash": 1},
        {"numbers": [["a", "count", "ever"]]},
        {"numbers": [["a", "count", "ever", 0]]},
        {"numbers": [["a", "count", "ever", "1"]]},
        {"numbers": [["a", "count", "ever", 1]] * 2},
        {"numbers": [[f"f{i}", "count", "ever", 1] for i in range(1001)]},
        {"categories": [{"name": "x"}]},
        {"categories": None},
    ],
)
def test_a_state_of_another_form_is_refused(log, change):
    state = learn_families(log, OPTIONS).to_json()
    state["behavior"] |= change
    with pytest.raises(ArtifactRefused):
        families_from_json(state)


def test_no_reason_of_behaviour_is_called_like_another_one(log):
    names = {feature.reason for feature in FeatureSet(learn_families(log, OPTIONS)).features}
    mine = {f.reason for f in Behavior(learn_behavior(LEAD_PLAN, [])).features}
    others = {f.reason for f in FeatureSet(learn_families(replace(log, behavior=None), OPTIONS)).features}
    assert names
    assert not mine & others
