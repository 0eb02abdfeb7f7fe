"""Chooses the recipe of a head by cross-validation over groups."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from training.conversation.linear import (
    Blocks,
    Doubles,
    LinearModel,
    Singles,
    fit_linear,
    row_losses,
    taken,
)
from training.conversation.recipe import PHRASE_WEIGHTS, STRENGTHS, Recipe

FOLDS = 5
HOPELESS = 1.03
"""A recipe that loses so many times as much as the best one, on the folds so far, is left alone."""
FEWEST_OWN = 50
"""With fewer messages of a tenant's own the shipped phrases judge as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be told from what."""

    blocks: Blocks
    targets: Singles
    """(n, classes), 1 where a class holds."""
    folds: npt.NDArray[np.intp]
    """(n,), from :func:`folds_of`; rows of a fold below 0 are learned from and never left out."""
    multi_label: bool
    is_own: npt.NDArray[np.bool_]
    """(n,), whether a tenant gave the row."""

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        """The rows that recipes are compared on, (n,): a tenant's own where they are enough."""
        left_out = self.folds >= 0
        return left_out & self.is_own if self.has_two_sorts else left_out

    @property
    def has_two_sorts(self) -> bool:
        """Whether how much shipped phrases count is to be chosen."""
        return bool(self.is_own.sum() >= FEWEST_OWN and not self.is_own.all())


@dataclass(slots=True, kw_only=True)
class Choice:
    """The best recipe so far, and what every other one came to."""

    recipe: Recipe
    loss: float
    """Mean log-loss of judged rows that were left out of the fit, nats."""
    logits: Doubles
    """Of rows left out, (n, classes)."""
    losses: dict[str, float] = field(default_factory=dict)
    """By what was looked at: the best of each, nats; without what was left alone early."""


def folds_of(groups: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the fold of each row: rows of one group share it, and it depends on nothing but the group's name."""
    return np.array([_digest(group) % FOLDS for group in groups], dtype=np.intp)


class Trials:
    """Recipes tried on a task: each fits each fold once, however many searches look at it.

    Args:
        task: What is to be told.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self._logits: dict[tuple[Recipe, int], Doubles] = {}

    def tried(self, recipe: Recipe, best: Choice | None = None) -> Choice | None:
        """Return what a recipe comes to; None as soon as it is far behind the best one."""
        task = self.task
        logits = np.zeros(task.targets.shape)
        seen = np.zeros(len(logits), dtype=np.bool_)
        losses = np.zeros(len(logits))
        best_losses = None if best is None else row_losses(best.logits, task.targets, multi_label=task.multi_label)
        for fold in np.unique(task.folds[task.folds >= 0]).tolist():
            held = np.flatnonzero(task.folds == fold)
            logits[held] = self._of_fold(recipe, fold, held)
            losses[held] = row_losses(logits[held], task.targets[held], multi_label=task.multi_label)
            seen[held] = True
            compared = seen & task.judged
            if best_losses is not None and losses[compared].sum() > HOPELESS * best_losses[compared].sum():
                return None
        return Choice(recipe=recipe, loss=float(losses[task.judged].mean()), logits=logits)

    def _of_fold(self, recipe: Recipe, fold: int, held: npt.NDArray[np.intp]) -> Doubles:
        found = self._logits.get((recipe, fold))
        if found is None:
            model = fit_recipe(self.task, recipe, np.flatnonzero(self.task.folds != fold))
            found = model.logits(taken({name: self.task.blocks[name] for name in recipe.scales}, held))
            self._logits[recipe, fold] = found
        return found


def search(trials: Trials, input_sets: Sequence[str]) -> Choice:
    """Return the recipe with the smallest log-loss.

    First what to look at, then how strongly, then how much shipped phrases count.

    Args:
        trials: What is to be told, and what is known of that.
        input_sets: Candidates, simplest first: an equal one wins.
    """
    middle = STRENGTHS[len(STRENGTHS) // 2]
    best: Choice | None = None
    losses: dict[str, float] = {}
    for name in input_sets:
        found = trials.tried(Recipe(inputs=name, strength=middle), best)
        if found is not None:
            losses[name] = found.loss
            best = found if best is None or found.loss < best.loss else best
    if best is None:
        raise ValueError("there must be something to look at")
    best = _stronger_or_weaker(trials, best)
    if trials.task.has_two_sorts:
        best = _lighter_phrases(trials, best)
    losses[best.recipe.inputs] = best.loss
    best.losses = losses
    return best


def fit_recipe(task: Task, recipe: Recipe, rows: npt.NDArray[np.intp] | None = None) -> LinearModel:
    """Fit on some rows, or on all."""
    chosen = np.arange(len(task.targets)) if rows is None else rows
    return fit_linear(
        taken({name: task.blocks[name] for name in recipe.scales}, chosen),
        task.targets[chosen],
        recipe.scales,
        strength=recipe.strength,
        multi_label=task.multi_label,
        weights=np.where(task.is_own[chosen], 1.0, recipe.phrase_weight if task.is_own.any() else 1.0),
    )


def tried(task: Task, recipe: Recipe) -> Choice:
    """Return what one recipe comes to."""
    found = Trials(task).tried(recipe)
    if found is None:
        raise AssertionError("nothing was better")
    return found


def _stronger_or_weaker(trials: Trials, best: Choice) -> Choice:
    start = STRENGTHS.index(best.recipe.strength)
    for candidates in (STRENGTHS[start + 1 :], STRENGTHS[:start][::-1]):
        improved = False
        for strength in candidates:
            found = trials.tried(replace(best.recipe, strength=strength), best)
            if found is None or found.loss >= best.loss:
                break
            best, improved = found, True
        if improved:
            break
    return best


def _lighter_phrases(trials: Trials, best: Choice) -> Choice:
    for weight in PHRASE_WEIGHTS[1:]:
        found = trials.tried(replace(best.recipe, phrase_weight=weight), best)
        if found is None or found.loss >= best.loss:
            break
        best = found
    return best


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
