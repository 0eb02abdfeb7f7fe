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
from training.window import Window


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


@pytest.fixture(scope="module")
def labels(training):
    """The same leads; every third has a rating alone, some are hardly believed."""
    judged = [i % 3 != 0 for i in range(500)]
    rows = list(zip(training.outcomes, judged, strict=True))
    return replace(
        training,
        targets=[float(converted) if sure else 0.4 + 0.2 * converted for converted, sure in rows],
        weights=[0.8 if sure else 0.3 for _, sure in rows],
        judged=judged,
    )


def test_calibration_and_interval_rest_on_judged_rows_alone(labels, recipe):
    fitted = fit_scorer(labels, recipe)
    turned = [o if sure else not o for o, sure in zip(labels.outcomes, labels.judged, strict=True)]
    other = fit_scorer(replace(labels, outcomes=turned), recipe)
    assert fitted.recent.tolist() == labels.judged
    assert len(fitted.steps.margins) <= sum(labels.judged)
    assert (other.calibration, other.steps) == (fitted.calibration, fitted.steps)
    assert other.booster.save_raw("json") == fitted.booster.save_raw("json")
    assert other.feature_set.hash == fitted.feature_set.hash


def test_trees_learn_targets_by_their_weights(labels, recipe):
    fitted = fit_scorer(labels, recipe)
    for change in ({"targets": [0.5] * 500}, {"weights": [0.8, 0.1] * 250}):
        other = fit_scorer(replace(labels, **change), recipe)
        assert other.booster.save_raw("json") != fitted.booster.save_raw("json")


def test_weights_are_weighed_against_each_other(labels, recipe):
    """Labels that are all hardly believed teach as much as the same labels believed."""
    faint = replace(labels, weights=[weight * 2.0**-12 for weight in labels.weights])
    fitted, other = fit_scorer(labels, recipe), fit_scorer(faint, recipe)
    np.testing.assert_allclose(other.out_of_fold, fitted.out_of_fold, atol=1e-6)


def test_a_window_reaches_trees_and_calibration(training, recipe):
    newest = fit_scorer(training, replace(recipe, window=Window(newest=200)))
    assert newest.recent.tolist() == [False] * 300 + [True] * 200
    assert newest.calibration.name != "identity"
    faded = fit_scorer(training, replace(recipe, window=Window(half_life=50)))
    assert faded.booster.save_raw("json") != newest.booster.save_raw("json")
    probabilities = faded.probabilities(faded.rows)
    pairs = zip(margins(faded.booster, faded.rows).tolist(), probabilities.tolist(), strict=True)
    assert all((i := faded.steps.interval(m, p)).lower <= p <= i.upper for m, p in pairs)


def test_a_window_of_one_outcome_does_not_calibrate(training, recipe):
    late = [*training.outcomes[:-60], *[False] * 60]
    fitted = fit_scorer(replace(training, outcomes=late), replace(recipe, window=Window(newest=60)))
    assert fitted.recent.all()


def test_a_choice_among_windows_is_kept(make_table, make_recipe):
    table = make_table(900, 6)
    fitted = fit_scorer(labelled(table), replace(make_recipe(table, n_estimators=8), choose_window=True))
    assert fitted.choice.validated_count == 300
    assert {c.plan.trees.name for c in fitted.choice.candidates} >= {"everything", "half-life=450"}
    assert fitted.choice.plan in {c.plan for c in fitted.choice.candidates}
