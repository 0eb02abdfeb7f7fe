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
    """By what was looked at: the best of each, nats."""


def folds_of(groups: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the fold of each row: rows of one group share it, and it depends on nothing but the group's name."""
    return np.array([_digest(group) % FOLDS for group in groups], dtype=np.intp)


def search(task: Task, input_sets: Sequence[str]) -> Choice:
    """Return the recipe with the smallest log-loss.

    First what to look at, then how strongly, then how much shipped phrases count.

    Args:
        task: What is to be told.
        input_sets: Candidates, simplest first: an equal one wins.
    """
    middle = STRENGTHS[len(STRENGTHS) // 2]
    best: Choice | None = None
    losses: dict[str, float] = {}
    for name in input_sets:
        found = tried(task, Recipe(inputs=name, strength=middle))
        losses[name] = found.loss
        best = found if best is None or found.loss < best.loss else best
    if best is None:
        raise ValueError("there must be something to look at")
    best = _stronger_or_weaker(task, best)
    if task.has_two_sorts:
        best = _lighter_phrases(task, best)
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


def left_out_logits(task: Task, recipe: Recipe) -> Doubles:
    """Return the logits of each row by a model that saw none of its fold, (n, classes); 0 if it is never left out."""
    logits = np.zeros(task.targets.shape)
    for fold in np.unique(task.folds[task.folds >= 0]):
        held = np.flatnonzero(task.folds == fold)
        model = fit_recipe(task, recipe, np.flatnonzero(task.folds != fold))
        logits[held] = model.logits(taken({name: task.blocks[name] for name in recipe.scales}, held))
    return logits


def tried(task: Task, recipe: Recipe) -> Choice:
    """Return what one recipe comes to."""
    logits = left_out_logits(task, recipe)
    losses = row_losses(logits, task.targets, multi_label=task.multi_label)
    return Choice(recipe=recipe, loss=float(losses[task.judged].mean()), logits=logits)


def _stronger_or_weaker(task: Task, best: Choice) -> Choice:
    start = STRENGTHS.index(best.recipe.strength)
    for candidates in (STRENGTHS[start + 1 :], STRENGTHS[:start][::-1]):
        improved = False
        for strength in candidates:
            found = tried(task, replace(best.recipe, strength=strength))
            if found.loss >= best.loss:
                break
            best, improved = found, True
        if improved:
            break
    return best


def _lighter_phrases(task: Task, best: Choice) -> Choice:
    for weight in PHRASE_WEIGHTS[1:]:
        found = tried(task, replace(best.recipe, phrase_weight=weight))
        if found.loss >= best.loss:
            break
        best = found
    return best


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
