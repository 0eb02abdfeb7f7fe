from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.version import SENTIMENT
from training.conversation import search as search_module
from training.conversation.fit import task_of
from training.conversation.linear import row_losses, taken
from training.conversation.recipe import BOTH, PHRASE_WEIGHTS, STRENGTHS, TERMS_ALONE, VECTORS_ALONE, Recipe
from training.conversation.search import FOLDS, Trials, fit_recipe, folds_of, search, tried

SIMPLE = Recipe(inputs=VECTORS_ALONE, strength=3.0)


@pytest.fixture
def task(material):
    return task_of(SENTIMENT, material)[1]


def test_a_group_is_in_one_fold_whatever_else_there_is():
    groups = [f"g{number % 40}" for number in range(200)]
    folds = folds_of(groups)
    assert set(folds.tolist()) == set(range(FOLDS))
    assert len({(group, fold) for group, fold in zip(groups, folds.tolist(), strict=True)}) == 40
    assert folds_of(groups[7:9]).tolist() == folds[7:9].tolist()


def test_rows_are_judged_by_models_that_saw_none_of_their_fold(task):
    logits = tried(task, SIMPLE).logits
    held = task.folds == task.folds[0]
    changed = task.targets.copy()
    changed[held] = changed[held][:, ::-1]
    other = tried(dataclasses.replace(task, targets=changed), SIMPLE).logits
    assert other[held] == pytest.approx(logits[held])
    assert not np.allclose(other[~held], logits[~held])


def test_rows_that_are_never_left_out_do_not_judge(task):
    folds = np.where(task.folds == task.folds[0], 0, -1)
    once = dataclasses.replace(task, folds=folds)
    found = tried(once, SIMPLE)
    assert not found.logits[folds < 0].any()
    losses = row_losses(found.logits, task.targets, multi_label=False)
    assert found.loss == pytest.approx(losses[folds == 0].mean())


def test_the_best_of_all_candidates_is_chosen(task):
    choice = search(Trials(task), (TERMS_ALONE, VECTORS_ALONE, BOTH))
    assert choice.losses.keys() <= {TERMS_ALONE, VECTORS_ALONE, BOTH}
    assert choice.losses[choice.recipe.inputs] == choice.loss == min(choice.losses.values())
    at = STRENGTHS.index(choice.recipe.strength)
    for near in STRENGTHS[max(0, at - 1) : at + 2]:
        assert tried(task, dataclasses.replace(choice.recipe, strength=near)).loss >= choice.loss


def test_nothing_to_look_at_is_a_mistake(task):
    with pytest.raises(ValueError, match="something to look at"):
        search(Trials(task), ())


def test_shipped_phrases_that_mislead_count_less(task):
    count = len(task.targets)
    twice = np.tile(np.arange(count), 2)
    mixed = dataclasses.replace(
        task,
        blocks=taken(task.blocks, twice),
        targets=np.vstack([task.targets, np.roll(task.targets, 1, axis=1)]),
        folds=twice % 3,
        is_own=np.arange(2 * count) < count,
    )
    assert mixed.judged.tolist() == mixed.is_own.tolist()
    assert search(Trials(mixed), (VECTORS_ALONE,)).recipe.phrase_weight == PHRASE_WEIGHTS[-1]


def test_a_recipe_far_behind_is_left_alone_and_each_fold_is_fitted_once(task, monkeypatch):
    fitted = []

    def counted(task, recipe, rows=None):
        fitted.append(recipe)
        return fit_recipe(task, recipe, rows)

    monkeypatch.setattr(search_module, "fit_recipe", counted)
    trials = Trials(task)
    best = trials.tried(dataclasses.replace(SIMPLE, strength=STRENGTHS[0]))
    folds = np.unique(task.folds).size
    assert len(fitted) == folds
    worse = dataclasses.replace(SIMPLE, strength=STRENGTHS[-1])
    assert trials.tried(worse, best) is None
    assert len(fitted) < 2 * folds
    assert trials.tried(worse).loss > best.loss
    assert len(fitted) == 2 * folds, "what was fitted before was not fitted again"
