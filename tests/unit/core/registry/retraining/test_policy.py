import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.registry.retraining.calibration import calibration
from core.registry.retraining.evidence import DriftEvidence, PolicyInputs, ServedSample
from core.registry.retraining.policy import decide
from core.registry.retraining.rules import RetrainingRules

RULES = RetrainingRules()
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOBODY = ServedSample(outcomes=np.zeros(0, dtype=np.bool_), probabilities=np.zeros(0))
NAMES = ("AGE", "NEW_LABELS", "PERFORMANCE", "DRIFT", "CALIBRATION", "SAMPLES")


def inputs(**changes):
    known = {
        "now": NOW,
        "champion_time": NOW - timedelta(days=1),
        "champion_f1": 0.7,
        "champion_threshold": 0.5,
        "label_count": 500,
        "outcome_count": 400,
        "new_label_count": 10,
        "served": NOBODY,
        "drift": None,
    }
    return PolicyInputs(**(known | changes))


def reading(verdict, name):
    return next(trigger for trigger in verdict.triggers if trigger.name == name)


def drift(**changes):
    known = {"check_time": NOW, "drifted_features": ("price",), "score_drifted": False, "message": "price moved."}
    return DriftEvidence(**(known | changes))


def sample(outcomes, probabilities):
    return ServedSample(
        outcomes=np.asarray(outcomes, dtype=np.bool_), probabilities=np.asarray(probabilities, dtype=np.float64)
    )


def worse(size=400):
    """Leads of a champion that says 0.9 and 0.1 where half of either converts."""
    return sample([i % 4 < 2 for i in range(size)], [0.9 if i % 2 else 0.1 for i in range(size)])


def right(size=400):
    """Leads that convert just as often as said: 9 of 10 and 1 of 10."""
    return sample(
        [(i // 2 % 10 != 0) if i % 2 else (i // 2 % 10 == 0) for i in range(size)],
        [0.9 if i % 2 else 0.1 for i in range(size)],
    )


def test_nothing_fires_on_a_young_and_good_champion():
    verdict = decide(inputs(served=right()), RULES)
    assert not verdict.retrain
    assert verdict.reason == "No trigger fires."
    assert tuple(trigger.name for trigger in verdict.triggers) == NAMES
    assert [trigger.name for trigger in verdict.triggers if trigger.fires] == ["SAMPLES"]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("AGE", {"champion_time": NOW - timedelta(days=7, seconds=1)}),
        ("NEW_LABELS", {"new_label_count": 50}),
        ("PERFORMANCE", {"served": worse()}),
        ("DRIFT", {"drift": drift()}),
        ("DRIFT", {"drift": drift(drifted_features=(), score_drifted=True)}),
        ("CALIBRATION", {"served": sample([True] * 100, np.full(100, 0.5))}),
    ],
)
def test_each_trigger_suffices_alone(name, changes):
    verdict = decide(inputs(**changes), RULES)
    assert verdict.retrain
    assert name in verdict.reason
    assert [trigger.name for trigger in verdict.triggers if trigger.fires] == [name, "SAMPLES"]


@pytest.mark.parametrize(
    ("changes", "held_by"),
    [
        ({"label_count": 99}, "too few labels"),
        ({"outcome_count": 0}, "too few labels"),
        ({"new_label_count": 0}, "no label came"),
        ({"run_times": (NOW - timedelta(hours=5),)}, "runs are 6:00:00 apart"),
        ({"run_times": (NOW + timedelta(seconds=1),)}, "runs are 6:00:00 apart"),
        ({"run_times": tuple(NOW - timedelta(hours=h) for h in (6, 12, 18, 23))}, "4 are allowed"),
        ({"new_since_last_decision": 49}, "all but 49 of these labels"),
        ({"new_since_last_decision": 0}, "all but 0 of these labels"),
    ],
)
def test_a_firing_trigger_is_held_back(changes, held_by):
    old = {"champion_time": NOW - timedelta(days=8)}
    assert decide(inputs(**old), RULES).retrain
    verdict = decide(inputs(**old, **changes), RULES)
    assert not verdict.retrain
    assert verdict.reason.startswith("AGE: ")
    assert held_by in verdict.reason


def test_a_run_is_no_longer_held_back_once_time_has_passed_and_labels_have_come():
    old = {"champion_time": NOW - timedelta(days=8), "new_since_last_decision": 50}
    assert decide(inputs(**old, run_times=tuple(NOW - timedelta(hours=h) for h in (6, 12, 18, 24))), RULES).retrain


def test_without_a_champion_enough_labels_suffice():
    none = {"champion_time": None, "champion_f1": None, "new_label_count": 0}
    assert decide(inputs(**none), RULES).retrain
    assert not decide(inputs(**none, label_count=99), RULES).retrain


def test_a_drift_check_made_before_the_champion_does_not_count():
    verdict = decide(inputs(drift=drift(check_time=NOW - timedelta(days=2))), RULES)
    assert not verdict.retrain
    assert "older than the champion" in reading(verdict, "DRIFT").message


def test_the_plain_rule_is_shown_beside_the_supported_one():
    few = sample([True, False] * 10, [0.4, 0.3] * 10)
    performance = reading(decide(inputs(served=few), RULES), "PERFORMANCE")
    assert performance.raw_rule_fires
    assert not performance.fires
    assert "F1 0.000 on 20 leads, 0.700 in training." in performance.message


def test_performance_fires_just_if_its_interval_leaves_out_no_drop():
    found = reading(decide(inputs(served=worse()), RULES), "PERFORMANCE")
    assert found.fires
    assert 0.0 < found.lower < found.value < found.upper
    assert found.value > found.threshold == 0.025
    assert found.level == pytest.approx(0.905)
    sound = reading(decide(inputs(served=right()), RULES), "PERFORMANCE")
    assert not sound.fires
    assert sound.lower <= 0.0 <= sound.upper


def test_good_months_before_a_drop_do_not_hide_it():
    before, after = right(10_000), worse(400)
    served = sample(
        np.concatenate((before.outcomes, after.outcomes)), np.concatenate((before.probabilities, after.probabilities))
    )
    assert reading(decide(inputs(served=served), RULES), "PERFORMANCE").fires


def test_a_drop_that_matters_to_nobody_does_not_fire_however_sure_it_is():
    loose = RetrainingRules(f1_drop=1.8)
    found = reading(decide(inputs(served=worse()), loose), "PERFORMANCE")
    assert not found.fires
    assert "but by less than" in found.message


def test_more_conversions_than_said_are_calibration_not_performance():
    generator = np.random.default_rng(4)
    p = 1.0 / (1.0 + np.exp(-generator.normal(-1.0, 2.0, 400)))
    rates = 1.0 / (1.0 + np.exp(-(np.log(p) - np.log1p(-p) + 1.0)))
    verdict = decide(inputs(served=sample(generator.random(400) < rates, p)), RULES)
    assert reading(verdict, "CALIBRATION").fires
    assert reading(verdict, "CALIBRATION").value > 0.1
    assert not reading(verdict, "PERFORMANCE").fires


def test_calibration_keeps_its_level_and_finds_a_doubled_rate():
    generator = np.random.default_rng(12)
    p = generator.beta(1.0, 6.0, (2_000, 200))
    alarms = [calibration(sample(generator.random(200) < row, row), rules=RULES).fires for row in p]
    assert np.mean(alarms) <= 0.05
    found = [calibration(sample(generator.random(200) < 2.0 * row, row), rules=RULES).fires for row in p[:300]]
    assert np.mean(found) >= 0.9


@settings(max_examples=150, deadline=None)
@given(
    data=st.integers(0, 450).flatmap(
        lambda n: st.tuples(
            arrays(np.bool_, n),
            arrays(
                np.float64, n, elements=st.sampled_from([0.0, 1e-300, 0.02, 0.3, 0.5, 0.9, 1.0]) | st.floats(0.0, 1.0)
            ),
        )
    ),
    f1=st.none() | st.floats(0.0, 1.0),
    threshold=st.floats(0.0, 1.0),
)
def test_every_sample_gets_a_verdict_without_nan(data, f1, threshold):
    verdict = decide(inputs(served=sample(*data), champion_f1=f1, champion_threshold=threshold), RULES)
    for trigger in verdict.triggers:
        assert math.isfinite(trigger.value)
        assert math.isfinite(trigger.threshold)
        assert trigger.message
        if trigger.level is not None:
            assert math.isfinite(trigger.lower)
            assert math.isfinite(trigger.upper)
            assert trigger.lower <= trigger.value + 1e-9
            assert trigger.value <= trigger.upper + 1e-9
    performance = reading(verdict, "PERFORMANCE")
    if performance.fires:
        assert performance.lower > 0.0


@pytest.mark.parametrize("outcome", [True, False])
@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_one_outcome_only_says_nothing_about_order(outcome, probability):
    found = reading(decide(inputs(served=sample([outcome] * 60, [probability] * 60)), RULES), "PERFORMANCE")
    assert not found.fires
    assert "cannot say" in found.message


def test_two_probabilities_that_all_but_settle_the_outcome_are_no_error():
    says = np.array([0.0, 0.9] + [0.0] * 24)
    happened = np.array([False, True, False, False, False, False] + [True] * 20)
    assert math.isfinite(reading(decide(inputs(served=sample(happened, says)), RULES), "PERFORMANCE").upper)


def test_an_order_turned_round_fires_and_a_perfect_one_does_not():
    says = np.linspace(0.01, 0.99, 200)
    assert reading(decide(inputs(served=sample(says < 0.5, says)), RULES), "PERFORMANCE").fires
    assert not reading(decide(inputs(served=sample(says > 0.5, says)), RULES), "PERFORMANCE").fires


def test_the_more_outcomes_are_wrong_the_larger_the_drop():
    says = right()
    drops = []
    for wrong in (0, 40, 80, 120):
        outcomes = says.outcomes.copy()
        outcomes[:wrong] = ~outcomes[:wrong]
        drops.append(reading(decide(inputs(served=sample(outcomes, says.probabilities)), RULES), "PERFORMANCE").value)
    assert drops == sorted(drops)
    assert drops[-1] > drops[0]
