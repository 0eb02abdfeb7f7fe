from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.behavior.lead_features import FeatureQuery, LeadFeatures, moment_us_of
from core.behavior.lead_history import LeadKeeping, NoFold
from core.behavior.lead_loading import LeadLoader
from core.behavior.live import LiveLeads
from core.behavior.plan import LEAD_PLAN
from core.behavior.scaling import FeatureScaling, ScalingMethod
from core.behavior.served_vectors import VectorSampling
from core.caller import LOCAL_CALLER
from core.errors import DependencyDown, InvalidInput, WrongState
from tests.parts.clock import SetClock
from tests.parts.listed_log import ListedLog, event
from tests.parts.listed_states import ListedStates


class Features:
    def __init__(self, scaling=None) -> None:
        self.log = ListedLog([event(1), event(2), event(3, "bob")])
        states, self.kept, self.clock = ListedStates(), [], SetClock()
        loader = LeadLoader(self.log, states, LeadKeeping(plan=LEAD_PLAN, folds=NoFold()))
        self.features = LeadFeatures(
            live=LiveLeads(loader, self.log, states),
            leads=None,  # asked for sellers only
            sampling=VectorSampling(1.0, self.kept.append),
            clock=self.clock,
            scaling_of=lambda _: scaling,
        )

    def get(self, lead_id="ann", **query):
        return self.features.get(LOCAL_CALLER, lead_id, FeatureQuery(**query))


def test_numbers_are_scaled_by_what_the_version_saw_and_kept_as_they_are():
    rows = [{"total_interactions": 0.0}, {"total_interactions": 8.0}]
    held = Features(("v7", FeatureScaling.fit(rows)))
    names = ("total_interactions", "days_since_last", "preferred_time_period")
    plain, scaled = held.get(names=names), held.get(names=names, scaling=ScalingMethod.MIN_MAX)
    assert plain.values["total_interactions"] == 2.0
    assert scaled.values["total_interactions"] == 0.25
    assert scaled.values["preferred_time_period"] == plain.values["preferred_time_period"]
    assert (plain.scaling_version, scaled.scaling_version) == ("", "v7")
    assert held.get(scaling=ScalingMethod.Z_SCORE).values["total_interactions"] == -0.5
    assert [one.features["total_interactions"] for one in held.kept] == [2.0, 2.0, 2.0]
    assert held.kept[0].features.keys() == {feature.name for feature in LEAD_PLAN.features}


def test_without_a_version_that_knows_scaling_there_is_none():
    with pytest.raises(WrongState) as caught:
        Features().get(scaling=ScalingMethod.MIN_MAX)
    assert caught.value.reason == "NO_SCALING"


def test_unknown_names_are_named_and_cut():
    with pytest.raises(InvalidInput) as caught:
        Features().get(names=("total_interactions", "x" * 1_000, "y"))
    assert [one.field for one in caught.value.violations] == ["feature_names[1]", "feature_names[2]"]
    assert len(caught.value.message) < 300


def test_one_of_a_batch_fails_alone_while_the_store_is_down():
    held = Features()
    held.get()
    held.log.is_down = True
    ann, bob = held.features.get_many(LOCAL_CALLER, ["ann", "bob"], FeatureQuery())
    assert ann.event_count == 2
    assert isinstance(bob, DependencyDown)


def test_moments_are_exact():
    assert moment_us_of(datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC)) == 1_000_001
