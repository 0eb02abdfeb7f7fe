from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation import METRIC_NAMES, auc, best_f1_threshold
from training.evaluation import evaluate_recipe
from training.fit import labelled
from training.pipeline import fit_scorer
from training.refusal import TrainingRefused


@pytest.fixture(scope="module")
def leads(make_table):
    return labelled(make_table(600, 8))


@pytest.fixture(scope="module")
def recipe(make_table, make_recipe):
    return make_recipe(make_table(600, 8), n_estimators=25)


@pytest.fixture(scope="module")
def evaluation(leads, recipe):
    return evaluate_recipe(leads, recipe, validation_share=0.25)


def test_the_newest_quarter_is_held_out(evaluation, leads):
    assert evaluation.training_count == 450
    assert evaluation.outcomes.tolist() == leads.outcomes[450:]
    assert len(evaluation.fitted.rows) == 450
    assert evaluation.fitted.feature_set.families.location.lead_count == 450


def test_the_scorer_is_that_of_the_older_leads_alone(evaluation, leads, recipe):
    alone = fit_scorer(leads.first(450), recipe)
    assert alone.booster.save_raw("json") == evaluation.fitted.booster.save_raw("json")
    rows = alone.feature_set.matrix(leads.leads[450:], leads.moments[450:])
    np.testing.assert_array_equal(alone.probabilities(rows), evaluation.probabilities)


def test_held_out_outcomes_change_figures_and_nothing_else(evaluation, leads, recipe):
    turned = [*leads.outcomes[:450], *(not outcome for outcome in leads.outcomes[450:])]
    other = evaluate_recipe(replace(leads, outcomes=turned), recipe, validation_share=0.25)
    np.testing.assert_array_equal(other.probabilities, evaluation.probabilities)
    assert other.threshold == evaluation.threshold
    before, after = ({m.name: m.value for m in e.metrics} for e in (evaluation, other))
    assert after["auc"] == pytest.approx(1 - before["auc"])


def test_figures_are_of_the_held_out_leads_at_the_threshold_of_the_older(evaluation, leads):
    figures = {metric.name: metric for metric in evaluation.metrics}
    assert set(METRIC_NAMES) <= set(figures)
    assert figures["auc"].value == pytest.approx(auc(evaluation.outcomes, evaluation.probabilities))
    assert all(metric.sample_count == 150 for metric in evaluation.metrics)
    assert evaluation.threshold == best_f1_threshold(leads.outcomes[:450], evaluation.fitted.out_of_fold)
    chosen = evaluation.probabilities >= evaluation.threshold
    hits = (chosen & evaluation.outcomes).sum()
    assert figures["recall"].value == pytest.approx(hits / evaluation.outcomes.sum())
    assert figures["precision"].value == pytest.approx(hits / chosen.sum())


def test_the_learning_curve_ends_with_all_older_leads(evaluation):
    counts = [point.sample_count for point in evaluation.curve]
    assert counts == sorted(counts)
    assert counts[-1] == 450


@pytest.mark.parametrize("outcome", [True, False])
def test_older_leads_of_one_outcome_are_refused(outcome, leads, recipe):
    late = [outcome] * 450 + [not outcome] * 150
    with pytest.raises(TrainingRefused, match="the older 450 leads all ended the same way") as refused:
        evaluate_recipe(replace(leads, outcomes=late), recipe, validation_share=0.25)
    assert refused.value.reason == "NO_SIGNAL"


def test_held_out_leads_of_one_outcome_prove_nothing(leads, recipe):
    late = [*leads.outcomes[:450], *[False] * 150]
    verdict = evaluate_recipe(replace(leads, outcomes=late), recipe, validation_share=0.25).verdict
    assert not verdict.better
    assert "one outcome only" in verdict.reason


def test_only_sure_outcomes_are_held_out(leads, recipe):
    judged = [i % 4 != 0 for i in range(600)]
    found = evaluate_recipe(replace(leads, judged=judged), recipe, validation_share=0.2, with_curve=False)
    sure = [i for i in range(600) if judged[i]]
    assert found.holdout.tolist() == sure[-90:]
    assert found.training_count == sure[-90]
    assert found.curve == ()
    assert found.base_rate == pytest.approx(np.mean([leads.outcomes[i] for i in sure[:-90]]))
    rate = np.mean([leads.outcomes[i] for i in sure[-180:-90]])
    assert found.last_window_rates == pytest.approx(np.full(90, rate))


def test_each_block_is_told_the_rate_of_the_window_before_it(leads, recipe):
    found = evaluate_recipe(leads, recipe, validation_share=0.2, holdout_count=100, blocks=2, with_curve=False)
    before, first = np.mean(leads.outcomes[450:500]), np.mean(leads.outcomes[500:550])
    assert found.last_window_rates == pytest.approx(np.repeat([before, first], 50))


def test_a_count_goes_before_a_share(leads, recipe):
    found = evaluate_recipe(leads, recipe, validation_share=0.2, holdout_count=37, with_curve=False)
    assert found.holdout.tolist() == list(range(563, 600))


def test_the_window_is_chosen_without_the_held_out_leads(leads, recipe):
    choosing = replace(recipe, choose_window=True, keep_booster=True)
    turned = [*leads.outcomes[:450], *(not outcome for outcome in leads.outcomes[450:])]
    one, other = (
        evaluate_recipe(replace(leads, outcomes=outcomes), choosing, validation_share=0.25, with_curve=False)
        for outcomes in (leads.outcomes, turned)
    )
    assert one.fitted.choice == other.fitted.choice
    assert one.fitted.choice.validated_count == 200


def test_a_block_is_answered_by_a_fit_on_all_that_came_before_it(leads, recipe):
    found = evaluate_recipe(leads, recipe, validation_share=0.25, blocks=2, with_curve=False)
    whole = evaluate_recipe(leads, recipe, validation_share=0.25, with_curve=False)
    np.testing.assert_array_equal(found.probabilities[:75], whole.probabilities[:75])
    later = fit_scorer(leads.first(525), recipe)
    rows = later.feature_set.matrix(leads.leads[525:], leads.moments[525:])
    np.testing.assert_array_equal(found.probabilities[75:], later.probabilities(rows))
    turned = [*leads.outcomes[:525], *(not outcome for outcome in leads.outcomes[525:])]
    other = evaluate_recipe(replace(leads, outcomes=turned), recipe, validation_share=0.25, blocks=2, with_curve=False)
    np.testing.assert_array_equal(other.probabilities, found.probabilities)
