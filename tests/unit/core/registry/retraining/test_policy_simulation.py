"""The promise of the policy, on streams whose truth is known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.registry.retraining.evidence import PolicyInputs, ServedSample
from core.registry.retraining.performance import PERFORMANCE
from core.registry.retraining.policy import decide
from core.registry.retraining.rules import RetrainingRules
from tests.parts.populations import Change, Population

RULES = RetrainingRules()
NOW = datetime(2026, 3, 2, tzinfo=UTC)
NOBODY = ServedSample(outcomes=np.zeros(0, dtype=np.bool_), probabilities=np.zeros(0))
POPULATIONS = {0.1: 0.55, 0.3: 0.72, 0.5: 0.80}
"""F1 that a good model reaches at each base rate."""


def fires(population, served):
    """Whether a check trains anew for performance, with the readings that name other reasons left out."""
    inputs = PolicyInputs(
        now=NOW,
        champion_time=NOW - timedelta(days=1),
        champion_f1=population.f1,
        champion_threshold=population.threshold,
        # As many labels leave as come: what came since is no difference of counts.
        label_count=100,
        outcome_count=100,
        new_label_count=served.outcomes.size,
        served=served,
        drift=None,
        new_since_last_decision=served.outcomes.size,
    )
    verdict = decide(inputs, RULES)
    reading = next(trigger for trigger in verdict.triggers if trigger.name == PERFORMANCE)
    assert verdict.retrain or not reading.fires
    return reading.fires


def test_labels_that_leave_do_not_hide_those_that_come():
    """Every day 60 labels come and the oldest 60 are removed, and a run of the third day keeps the champion."""
    known_days = 10
    asked = []
    for day in range(3, 3 + known_days):
        inputs = PolicyInputs(
            now=NOW + timedelta(days=day),
            champion_time=NOW,
            champion_f1=0.72,
            champion_threshold=0.5,
            label_count=60 * known_days,
            outcome_count=60 * known_days,
            new_label_count=60 * day,
            served=NOBODY,
            drift=None,
            new_since_last_decision=60 * (day - 3),
        )
        asked.append(decide(inputs, RULES).retrain)
    assert asked == [False] + [True] * (known_days - 1)


def share_of_alarms(population, size, runs, seed):
    generator = np.random.default_rng(seed)
    return np.mean([fires(population, population.served(size, Change.NONE, generator)) for _ in range(runs)])


@pytest.mark.parametrize("base_rate", POPULATIONS)
def test_an_unchanged_champion_is_trained_anew_for_performance_in_at_most_one_check_of_twenty(base_rate):
    population = Population(base_rate, POPULATIONS[base_rate])
    runs = 1_000
    slack = 2.0 * (0.05 * 0.95 / runs) ** 0.5
    for size in (50, 400):
        assert share_of_alarms(population, size, runs, seed=size) <= 0.05 + slack


def share_that_react(population, change, runs, seed):
    """Checks come every 50 labels, each on the labels so far, until one fires or there are 400."""
    generator = np.random.default_rng(seed)
    reacted = 0
    for _ in range(runs):
        whole = population.served(400, change, generator)
        reacted += any(
            fires(population, ServedSample(outcomes=whole.outcomes[:seen], probabilities=whole.probabilities[:seen]))
            for seen in range(50, 401, 50)
        )
    return reacted / runs


@pytest.mark.parametrize("base_rate", POPULATIONS)
def test_it_reacts_to_flipped_outcomes_that_cost_five_points_of_f1_within_400_labels(base_rate):
    population = Population(base_rate, POPULATIONS[base_rate])
    runs = 1_000
    slack = 2.0 * (0.9 * 0.1 / runs) ** 0.5
    assert share_that_react(population, Change.FLIPPED, runs, seed=5) >= 0.9 - slack


@pytest.mark.parametrize(
    ("base_rate", "change", "least"),
    [
        (0.5, Change.ATTENUATED, 0.9),
        (0.5, Change.BLIND, 0.9),
        (0.3, Change.BLIND, 0.9),
        # No test with this rate of false alarms reaches 90 % here: what the best one reaches is in docs/learning.md.
        (0.3, Change.ATTENUATED, 0.75),
        (0.1, Change.BLIND, 0.55),
        (0.1, Change.ATTENUATED, 0.35),
    ],
)
def test_it_reacts_to_signal_lost_as_often_as_can_be_asked(base_rate, change, least):
    assert share_that_react(Population(base_rate, POPULATIONS[base_rate]), change, runs=250, seed=6) >= least


def test_a_trivial_miss_fires_no_more_often_than_none_even_after_100_000_labels():
    population = Population(0.3, 0.72, drop=0.001)
    generator = np.random.default_rng(8)
    alarms = [fires(population, population.served(100_000, Change.FLIPPED, generator)) for _ in range(200)]
    assert np.mean(alarms) <= 0.05 + 2.5 * (0.05 * 0.95 / 200) ** 0.5


def test_figures_of_training_that_were_too_kind_do_not_fire():
    population = Population(0.3, 0.72)
    kind = Population(0.3, 0.72)
    kind.f1 = 0.95
    generator = np.random.default_rng(9)
    alarms = [fires(kind, population.served(400, Change.NONE, generator)) for _ in range(600)]
    assert np.mean(alarms) <= 0.05 + 2.5 * (0.05 * 0.95 / 600) ** 0.5
