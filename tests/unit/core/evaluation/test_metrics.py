from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from core.errors import InvalidInput
from core.evaluation import METRIC_NAMES, auc, best_f1_threshold, ece, evaluate, log_loss


@st.composite
def samples(draw):
    """Both outcomes, and many equal probabilities."""
    size = draw(st.integers(2, 60))
    outcomes = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    outcomes[0], outcomes[1] = True, False
    steps = draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    return np.array(outcomes), np.array(steps) / 12.0


@settings(deadline=None)
@given(samples())
def test_ranking_and_decisions_equal_scikit_learn(sample):
    y, p = sample
    ours = evaluate(y, p, 0.5)
    chosen = p >= 0.5
    assert ours["auc"] == pytest.approx(reference.roc_auc_score(y, p))
    assert ours["pr_auc"] == pytest.approx(reference.average_precision_score(y, p))
    assert ours["brier"] == pytest.approx(reference.brier_score_loss(y, p))
    assert ours["accuracy"] == pytest.approx(reference.accuracy_score(y, chosen))
    assert ours["f1"] == pytest.approx(reference.f1_score(y, chosen, zero_division=0))
    assert ours["precision"] == pytest.approx(reference.precision_score(y, chosen, zero_division=0))
    assert ours["recall"] == pytest.approx(reference.recall_score(y, chosen))
    assert ours["base_rate"] == pytest.approx(y.mean())


@settings(deadline=None)
@given(samples())
def test_log_loss_equals_scikit_learn_away_from_certainty(sample):
    y, p = sample
    inside = 0.01 + 0.98 * p
    assert log_loss(y, inside) == pytest.approx(reference.log_loss(y, inside))


def test_certain_and_wrong_costs_a_finite_loss():
    assert log_loss([True], [0.0]) == pytest.approx(34.5388, abs=1e-4)
    assert log_loss([True, False], [1.0, 0.0]) == pytest.approx(0.0)


@settings(deadline=None)
@given(samples())
def test_auc_turns_with_the_order(sample):
    y, p = sample
    assert auc(y, p) + auc(y, 1.0 - p) == pytest.approx(1.0)


@settings(deadline=None)
@given(samples())
def test_no_threshold_has_a_better_f1(sample):
    y, p = sample

    def f1(threshold):
        chosen = p >= threshold
        return 2 * (chosen & y).sum() / (chosen.sum() + y.sum())

    assert f1(best_f1_threshold(y, p)) >= max(map(f1, np.linspace(0, 1, 101))) - 1e-12


def test_threshold_lies_between_probabilities_and_at_the_highest_of_equals():
    assert best_f1_threshold([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.8]) == pytest.approx(0.4)
    assert best_f1_threshold([0, 1], [0.5, 0.5]) == pytest.approx(0.25)


def test_ece_by_hand():
    outcomes = [1, 0, 0, 0, 1, 1]
    probabilities = [0.9, 0.9, 0.1, 0.1, 0.1, 1.0]
    # 0.9 is in bin 13 with 1.0 in bin 14: |0.5 - 0.9| * 2 + |1/3 - 0.1| * 3 + 0 over six leads.
    assert ece(outcomes, probabilities) == pytest.approx((0.8 + 0.7) / 6)


def test_equal_mass_bins_see_what_equal_width_bins_average_away():
    probabilities = np.repeat([0.01, 0.06], 500)
    outcomes = np.zeros(1000, dtype=bool)
    outcomes[:35], outcomes[500:500] = True, True
    values = evaluate(outcomes, probabilities)
    assert values["ece"] == pytest.approx(0.0)
    assert values["ece_equal_mass"] == pytest.approx((abs(0.07 - 0.01) + 0.06) / 2)


def test_one_outcome_leaves_ranking_unknown():
    values = evaluate([True, True], [0.2, 0.4])
    assert np.isnan(values["auc"])
    assert values["pr_auc"] == pytest.approx(1.0)
    assert tuple(values) == (
        "auc",
        "pr_auc",
        "log_loss",
        "brier",
        "ece",
        "ece_equal_mass",
        "precision",
        "recall",
        "f1",
        "accuracy",
        "base_rate",
    )
    assert set(values) == set(METRIC_NAMES)


@pytest.mark.parametrize(
    ("outcomes", "probabilities", "field"),
    [
        ([], [], "outcomes"),
        ([1, 0], [0.5], "outcomes"),
        ([2, 0], [0.5, 0.5], "outcomes"),
        ([1, 0], [0.5, 1.1], "probabilities"),
        ([1, 0], [0.5, float("nan")], "probabilities"),
    ],
)
def test_broken_samples_are_refused(outcomes, probabilities, field):
    with pytest.raises(InvalidInput) as caught:
        evaluate(outcomes, probabilities)
    assert field in {violation.field for violation in caught.value.violations}
