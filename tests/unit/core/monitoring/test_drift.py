from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.monitoring.findings import Baseline, Direction
from tests.parts import drift_worlds as world

DAYS = 60


@pytest.fixture(scope="module")
def reference():
    return world.training(np.random.default_rng(11), 2_000)


def findings(reference, today, week=None):
    return {(one.name, one.baseline): one for one in world.daily_check(reference, today, week)}


def changed(reference, change, count=1_000):
    generator = np.random.default_rng(12)
    rows, probabilities = world.leads(generator, count)
    change(rows)
    found = findings(reference, world.sketch_of(rows, probabilities, reference, world.THRESHOLD))
    return found["feature_0", Baseline.TRAINING]


@pytest.mark.parametrize(("count", "correlation"), [(100, 0.0), (100, 0.6), (1_000, 0.6)])
def test_days_without_drift_raise_nothing(count, correlation):
    """The whole table, 500 days a cell, is in docs/learning.md; 60 days with a true 5 % show 8 at most in 99 %."""
    generator = np.random.default_rng(count)
    alarms = 0
    for _ in range(DAYS):
        reference = world.training(generator, 1_000, correlation=correlation)
        today = world.served(generator, reference, count, correlation=correlation)
        week = world.served(generator, reference, 3 * count, correlation=correlation)
        alarms += any(one.drifted for one in world.daily_check(reference, today, week))
    assert alarms <= 0.05 * DAYS


def test_half_a_standard_deviation_is_found_in_300_rows():
    generator = np.random.default_rng(2)
    hits = 0
    for _ in range(100):
        reference = world.training(generator, 1_000)
        found = findings(reference, world.served(generator, reference, 300, shift=0.5))
        hits += found["feature_0", Baseline.TRAINING].direction is Direction.UP
    assert hits >= 95


def test_what_nobody_would_care_about_is_no_drift_however_sure(reference):
    generator = np.random.default_rng(3)
    base = world.training(generator, 50_000)
    found = findings(base, world.served(generator, base, 100_000, shift=0.05))["feature_0", Baseline.TRAINING]
    assert found.p_value < 1e-6
    assert not found.drifted


def test_a_week_that_was_as_far_is_no_drift_since_last_week(reference):
    generator = np.random.default_rng(4)
    today = world.served(generator, reference, 1_000, shift=1.0)
    week = world.served(generator, reference, 5_000, shift=1.0)
    found = findings(reference, today, week)
    assert found["feature_0", Baseline.TRAINING].direction is Direction.UP
    assert not found["feature_0", Baseline.LAST_WEEK].drifted
    assert {name for (name, _), one in found.items() if one.drifted} == {"feature_0"}


def lower(rows):
    rows[:, 0] -= 1


def wider(rows):
    rows[:, 0] *= 1.9


def lost(rows):
    rows[: len(rows) // 3, 0] = np.nan


def frozen(rows):
    rows[:, 0] = 0.25


def beyond(rows):
    rows[: len(rows) // 10, 0] = 50.0


@pytest.mark.parametrize(
    ("change", "direction"),
    [
        (lower, Direction.DOWN),
        (wider, Direction.NEW_VALUES),
        (lost, Direction.MISSING),
        (frozen, Direction.CONSTANT),
        (beyond, Direction.NEW_VALUES),
        (lambda _: None, Direction.NONE),
    ],
)
def test_it_says_which_way(reference, change, direction):
    found = changed(reference, change)
    assert found.direction is direction
    assert found.drifted == (direction is not Direction.NONE)


def test_a_change_of_shape_within_the_range_is_spread(reference):
    def to_the_ends(rows):
        rows[:, 0] = np.where(rows[:, 0] > 0, 1.5, -1.5)

    assert changed(reference, to_the_ends).direction is Direction.SPREAD


def test_a_constant_of_training_that_moves_has_new_values(reference):
    generator = np.random.default_rng(6)
    rows, probabilities = world.leads(generator, 500)
    rows[:, 30], rows[:, 31] = 0.5, 2.0  # constants: up and down
    found = findings(reference, world.sketch_of(rows, probabilities, reference, world.THRESHOLD))
    for name in ("feature_30", "feature_31"):
        assert found[name, Baseline.TRAINING].direction is Direction.NEW_VALUES


def test_the_score_is_judged_too(reference):
    generator = np.random.default_rng(7)
    rows, probabilities = world.leads(generator, 500)
    found = findings(reference, world.sketch_of(rows, probabilities / 3, reference, world.THRESHOLD))
    assert found["score", Baseline.TRAINING].direction is Direction.DOWN
    assert [one.name for one in found.values() if one.drifted] == ["score"]


def test_the_most_drifted_come_first_and_columns_that_may_not_be_compared_are_left_out(reference):
    generator = np.random.default_rng(8)
    today = world.served(generator, reference, 500, shift=2.0)
    found = world.daily_check(reference, today, None)
    assert found[0].name == "feature_0"
    assert [one.drifted for one in found[:-1]] == sorted((one.drifted for one in found[:-1]), reverse=True)
    profile = replace(world.profile_of(reference), groups=["x"] * world.WIDTH)
    every = np.zeros(world.WIDTH, dtype=bool)
    every[5] = True
    one = world.Comparison(
        baseline=Baseline.TRAINING,
        base=world.sample_of_training(reference),
        now=world.sample_of(today),
        columns=every,
        has_score=False,
    )
    features, scores = world.find_drift(profile, [one])
    assert ([feature.name for feature in features], scores) == (["feature_5"], [])
