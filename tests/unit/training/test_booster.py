from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import InvalidInput
from training.booster import BoosterParameters, booster_json, fit_booster, margins, out_of_fold_margins

SMALL = BoosterParameters(n_estimators=20, max_depth=3)


@pytest.fixture(scope="module")
def sample():
    random = np.random.default_rng(0)
    rows = random.normal(size=(600, 5)).astype(np.float32)
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows, random.random(600) < 1 / (1 + np.exp(-2 * np.nan_to_num(rows[:, 0])))


@pytest.mark.parametrize(
    "fields",
    [
        {"max_depth": 0},
        {"max_depth": 13},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"n_estimators": 0},
        {"subsample": 1.1},
        {"colsample_bytree": 0.0},
        {"min_child_weight": -1.0},
        {"reg_lambda": math.inf},
        {"random_state": -1},
        {"max_depth": 0, "subsample": 3.0, "random_state": 2**31},
    ],
)
def test_parameters_out_of_range_are_refused_and_all_named(fields):
    with pytest.raises(InvalidInput) as refused:
        BoosterParameters(**fields)
    assert [violation.field for violation in refused.value.violations] == list(fields)


def test_parameters_reach_the_trees(sample):
    booster = fit_booster(*sample, SMALL)
    trees = booster_json(booster)["learner"]["gradient_booster"]["model"]["trees"]
    assert len(trees) == 20
    assert max(_depth(tree, 0) for tree in trees) == 3
    assert booster_json(booster)["learner"]["objective"]["name"] == "binary:logistic"


def _depth(tree, node):
    children = [tree["left_children"][node], tree["right_children"][node]]
    return 0 if children[0] < 0 else 1 + max(_depth(tree, child) for child in children)


def test_the_trees_find_what_is_there(sample):
    rows, outcomes = sample
    found = margins(fit_booster(rows, outcomes, SMALL), rows)
    assert found.dtype == np.float64
    assert found[outcomes].mean() > found[~outcomes].mean() + 0.5


def test_a_seed_gives_the_same_trees_and_another_one_others(sample):
    first, second = (fit_booster(*sample, SMALL).save_raw("json") for _ in range(2))
    assert first == second
    other = BoosterParameters(n_estimators=20, max_depth=3, random_state=7)
    assert fit_booster(*sample, other).save_raw("json") != first


def test_one_margin_stands_for_one_row_whatever_its_company(sample):
    rows, outcomes = sample
    booster = fit_booster(rows, outcomes, SMALL)
    np.testing.assert_array_equal(margins(booster, rows)[17:18], margins(booster, rows[17:18]))


def test_out_of_fold_margins_come_from_trees_that_did_not_see_the_row(sample):
    rows, outcomes = sample
    found = out_of_fold_margins(rows, outcomes, SMALL, folds=5, seed=3)
    folds = np.array_split(np.random.default_rng(3).permutation(600), 5)
    assert sorted(np.concatenate(folds).tolist()) == list(range(600))
    for fold in (folds[0], folds[4]):
        kept = np.setdiff1d(np.arange(600), fold)
        np.testing.assert_array_equal(found[fold], margins(fit_booster(rows[kept], outcomes[kept], SMALL), rows[fold]))


def test_turning_one_outcome_over_leaves_its_own_fold_alone(sample):
    rows, outcomes = sample
    before = out_of_fold_margins(rows, outcomes, SMALL, folds=5, seed=3)
    changed = outcomes.copy()
    changed[100] = not changed[100]
    after = out_of_fold_margins(rows, changed, SMALL, folds=5, seed=3)
    fold = next(f for f in np.array_split(np.random.default_rng(3).permutation(600), 5) if 100 in f)
    np.testing.assert_array_equal(before[fold], after[fold])
    assert (before != after).sum() > 300


def test_outcomes_of_one_kind_give_one_margin(sample):
    rows, _ = sample
    found = margins(fit_booster(rows, np.zeros(600, dtype=bool), SMALL), rows)
    assert np.isfinite(found).all()
    assert (found < -2).all()


def test_trees_learn_soft_targets(sample):
    rows, outcomes = sample
    soft = np.where(outcomes, 0.7, 0.4)
    told = 1 / (1 + np.exp(-margins(fit_booster(rows, soft, SMALL), rows)))
    assert told.mean() == pytest.approx(soft.mean(), abs=0.02)
    assert 0.35 < told.min() < told.max() < 0.75


def test_rows_without_weight_are_not_there(sample):
    rows, outcomes = sample
    weights = (np.arange(600) >= 200).astype(float)
    without = fit_booster(rows[200:], outcomes[200:], SMALL, np.ones(400))
    assert fit_booster(rows, outcomes, SMALL, weights).save_raw("json") == without.save_raw("json")


def test_rows_of_more_weight_decide(sample):
    rows, outcomes = sample
    turned = np.where(np.arange(600) < 300, ~outcomes, outcomes)
    weights = np.where(np.arange(600) < 300, 0.01, 1.0)
    told = margins(fit_booster(rows, turned, SMALL, weights), rows)
    assert told[outcomes].mean() > told[~outcomes].mean() + 0.5


def test_out_of_fold_margins_know_weights(sample):
    rows, outcomes = sample
    weights = np.linspace(0.1, 1.0, 600)
    plain = out_of_fold_margins(rows, outcomes, SMALL, folds=5, seed=3)
    np.testing.assert_array_equal(plain, out_of_fold_margins(rows, outcomes, SMALL, None, folds=5, seed=3))
    assert (plain != out_of_fold_margins(rows, outcomes, SMALL, weights, folds=5, seed=3)).any()
