from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation import auc
from core.features.fitting import LabelledLeads
from core.lead import Lead
from training.booster import margins
from training.fit import labelled
from training.pipeline import fit_scorer
from training.refusal import TrainingRefused


@pytest.fixture(scope="module")
def training(make_table):
    return labelled(make_table(500, 3))


@pytest.fixture(scope="module")
def recipe(make_table, make_recipe):
    return make_recipe(make_table(500, 3), n_estimators=25)


@pytest.fixture(scope="module")
def fitted(training, recipe):
    return fit_scorer(training, recipe)


def test_all_parts_belong_together(fitted):
    assert fitted.rows.shape == (500, len(fitted.feature_set))
    assert fitted.out_of_fold.shape == (500,)
    np.testing.assert_array_equal(
        fitted.probabilities(fitted.rows), fitted.calibration.probability(margins(fitted.booster, fitted.rows))
    )
    assert set(fitted.calibration_losses) == {"identity", "platt", "beta"}


def test_out_of_fold_answers_are_worse_than_those_on_leads_already_seen(fitted, training):
    outcomes = np.array(training.outcomes)
    seen, unseen = auc(outcomes, fitted.probabilities(fitted.rows)), auc(outcomes, fitted.out_of_fold)
    assert 0.7 < unseen < seen - 0.02


def test_the_interval_comes_from_margins_of_unseen_leads(fitted):
    assert 0 < len(fitted.steps.margins) <= 500
    covered = [fitted.steps.interval(m, 0.0).upper > 0 for m in fitted.steps.margins]
    assert any(covered)


def test_the_same_leads_and_recipe_give_the_same_scorer(fitted, training, recipe):
    again = fit_scorer(training, recipe)
    assert again.booster.save_raw("json") == fitted.booster.save_raw("json")
    assert again.feature_set.hash == fitted.feature_set.hash
    assert again.calibration == fitted.calibration
    assert again.steps == fitted.steps
    np.testing.assert_array_equal(again.out_of_fold, fitted.out_of_fold)


def test_another_seed_deals_other_folds(fitted, training, recipe):
    other = fit_scorer(training, replace(recipe, seed=recipe.seed + 1))
    assert other.booster.save_raw("json") == fitted.booster.save_raw("json")
    assert (other.out_of_fold != fitted.out_of_fold).any()


def test_leads_that_are_all_alike_are_refused(recipe):
    log = LabelledLeads(
        leads=[Lead(lead_id=f"l{i}", title="same") for i in range(60)],
        outcomes=[i % 2 == 0 for i in range(60)],
        moments=[None] * 60,
        outcome_times=[None] * 60,
    )
    with pytest.raises(TrainingRefused) as refused:
        fit_scorer(log, recipe)
    assert refused.value.reason == "NO_SIGNAL"
