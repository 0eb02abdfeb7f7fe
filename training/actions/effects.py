"""Learns how much higher the probability of a conversion is with each action, and for whom.

A DR-learner (Kennedy 2023): doubly robust values of each trial, less those of the baseline, are regressed on what is
seen of the lead, by ridge regression in two steps: slopes that all actions share, and those of each action on top.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.actions.shrinkage import Means, shrunk
from training.actions.table import Floats, Places, TrialTable

PENALTIES = (0.001, 0.03, 0.3, 3.0, float("inf"))
"""In shares of the trials; infinite: no slopes."""
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How strongly slopes are held back."""

    shared: float
    own: float

    @property
    def is_personal(self) -> bool:
        """Whether leads are treated differently at all."""
        return bool(np.isfinite(self.shared) or np.isfinite(self.own))


CONSTANT = Recipe(shared=float("inf"), own=float("inf"))
RECIPES = tuple(
    itertools.starmap(lambda shared, own: Recipe(shared=shared, own=own), itertools.product(PENALTIES, PENALTIES))
)


@dataclass(frozen=True, kw_only=True)
class Contrasts:
    """What each action brought above the baseline, right on average; m trials, k actions."""

    features: Floats
    """(m, width)."""
    values: Floats
    """(m, k); 0 where the action or the baseline had no chance."""
    known: Floats
    """(m, k): 1 where both had, else 0."""
    leads: Places
    """(m,)."""
    baseline: int | None
    """Place of the baseline; None for the average of those that had a chance."""

    def rows(self, rows: Places) -> Contrasts:
        """Return some of the trials."""
        return Contrasts(
            features=self.features[rows],
            values=self.values[rows],
            known=self.known[rows],
            leads=self.leads[rows],
            baseline=self.baseline,
        )


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What was learned: the uplift of an action is its mean, plus its slopes times what is seen less the center."""

    means: Floats
    """(k,)."""
    variances: Floats
    """(k,): of the means."""
    center: Floats
    """(width,)."""
    slopes: Floats
    """(width, k)."""

    def uplifts(self, features: Floats) -> Floats:
        """Return the uplift of each action, (n, k), for features (n, width)."""
        uplifts: Floats = self.means + (features - self.center) @ self.slopes
        return uplifts


def contrasts_of(table: TrialTable, scores: Floats, rows: Places, baseline: int | None) -> Contrasts:
    """Return what actions brought above the baseline.

    Args:
        table: Trials.
        scores: (len(rows), k): doubly robust probabilities of a conversion.
        rows: The trials of the scores.
        baseline: Place of the baseline; None for the average of those that had a chance.
    """
    allowed = table.allowed[rows].astype(np.float64)
    if baseline is None:
        against = (scores * allowed).sum(axis=1) / np.maximum(1.0, allowed.sum(axis=1))
        known = allowed
    else:
        against = scores[:, baseline]
        known = allowed * allowed[:, [baseline]]
    values = (scores - against[:, np.newaxis]) * known
    return Contrasts(
        features=table.features[rows], values=values, known=known, leads=table.leads[rows], baseline=baseline
    )


class Learner:
    """Learns from some trials, by any recipe; what recipes have in common is worked out once.

    Args:
        contrasts: Of the trials.
        groups: (k,): of the actions, to whose means theirs are pulled.
    """

    def __init__(self, contrasts: Contrasts, groups: Sequence[str]) -> None:
        self._means = _settled(_measured(contrasts), groups, contrasts.baseline)
        self._center = contrasts.features.mean(axis=0)
        centered = contrasts.features - self._center
        left = (contrasts.values - _measured(contrasts).values) * contrasts.known
        self._others = others_than(contrasts.baseline, left.shape[1])
        self._own = [(_bread(centered, contrasts.known[:, at]), contrasts.known[:, at].sum()) for at in self._others]
        self._towards = centered.T @ left[:, self._others]

    def effects(self, recipe: Recipe) -> Effects:
        """Return what the trials say, by a recipe."""
        means = self._means
        return Effects(means=means.values, variances=means.variances, center=self._center, slopes=self._slopes(recipe))

    def _slopes(self, recipe: Recipe) -> Floats:
        slopes = np.zeros((self._center.size, self._means.values.size))
        if self._others and np.isfinite(recipe.shared):
            bread = np.sum([one for one, _ in self._own], axis=0)
            count = sum(count for _, count in self._own)
            shared = _ridge(bread, count, self._towards.sum(axis=1), recipe.shared)
            slopes[:, self._others] = shared[:, np.newaxis]
        if np.isfinite(recipe.own):
            for number, place in enumerate(self._others):
                bread, count = self._own[number]
                rest = self._towards[:, number] - bread @ slopes[:, place]
                slopes[:, place] += _ridge(bread, count, rest, recipe.own)
        return slopes


def choose_recipe(contrasts: Contrasts, folds: Places, groups: Sequence[str], *, personal: bool) -> Recipe:
    """Return the recipe whose effects come nearest to trials it has not seen.

    Args:
        contrasts: Of the trials.
        folds: (m,): theirs.
        groups: (k,): of the actions.
        personal: Whether the recipe that treats all leads the same is left out.
    """
    losses = dict.fromkeys((one for one in RECIPES if one.is_personal or not personal), 0.0)
    for fold in np.unique(folds):
        inside, outside = contrasts.rows(np.flatnonzero(folds != fold)), contrasts.rows(np.flatnonzero(folds == fold))
        learner = Learner(inside, groups)
        for recipe in losses:
            effects = learner.effects(recipe)
            misses = (outside.values - effects.uplifts(outside.features)) * outside.known
            losses[recipe] += float(np.square(misses).sum())
    # Of equal ones the one that holds slopes back more.
    return min(losses, key=lambda one: (losses[one], -one.shared, -one.own))


def slope_variances(contrasts: Contrasts, effects: Effects, recipe: Recipe) -> Floats:
    """Return how sure the slopes of each action are, covariances (k, width, width); what shrinking biases is not in it.

    Heteroskedasticity-consistent (White 1980), the two steps taken as independent.
    """
    centered = contrasts.features - effects.center
    actions, width = contrasts.values.shape[1], centered.shape[1]
    misses = (contrasts.values - effects.uplifts(contrasts.features)) * contrasts.known
    found = np.zeros((actions, width, width))
    others = others_than(contrasts.baseline, actions)
    shared = _sandwich(centered, contrasts.known[:, others].sum(axis=1), misses[:, others].sum(axis=1), recipe.shared)
    for place in others:
        found[place] = shared + _sandwich(centered, contrasts.known[:, place], misses[:, place], recipe.own)
    return found


def _measured(contrasts: Contrasts) -> Means:
    """Return the mean of each action and its variance, over leads."""
    counts = np.maximum(1.0, contrasts.known.sum(axis=0))
    means = contrasts.values.sum(axis=0) / counts
    off = (contrasts.values - means) * contrasts.known
    numbers = np.unique(contrasts.leads, return_inverse=True)[1]
    sums = np.stack([np.bincount(numbers, column) for column in off.T], axis=1)
    leads = max(2, sums.shape[0])
    variances = np.square(sums).sum(axis=0) / np.square(counts) * leads / (leads - 1)
    return Means(values=means, variances=np.maximum(variances, _LEAST_VARIANCE))


def _settled(measured: Means, groups: Sequence[str], baseline: int | None) -> Means:
    others = others_than(baseline, len(groups))
    values, variances = np.zeros(len(groups)), np.zeros(len(groups))
    if others:
        part = Means(values=measured.values[others], variances=measured.variances[others])
        means = shrunk(part, [groups[place] for place in others])
        values[others], variances[others] = means.values, means.variances
    return Means(values=values, variances=variances)


def others_than(baseline: int | None, actions: int) -> list[int]:
    """Return the places of all actions but the baseline."""
    return [place for place in range(actions) if place != baseline]


def _ridge(bread: Floats, count: float, towards: Floats, penalty: float) -> Floats:
    return np.asarray(np.linalg.solve(_held(bread, count, penalty), towards), dtype=np.float64)


def _bread(centered: Floats, weights: Floats) -> Floats:
    bread: Floats = np.asarray((centered * weights[:, np.newaxis]).T @ centered, dtype=np.float64)
    return bread


def _held(bread: Floats, count: float, penalty: float) -> Floats:
    held = bread.copy()
    held[np.diag_indices_from(held)] += penalty * max(1.0, count)
    return held


def _sandwich(centered: Floats, weights: Floats, misses: Floats, penalty: float) -> Floats:
    if not np.isfinite(penalty):
        return np.zeros((centered.shape[1], centered.shape[1]))
    inverse = np.linalg.inv(_held(_bread(centered, weights), float(weights.sum()), penalty))
    scaled = centered * misses[:, np.newaxis]
    return np.asarray(inverse @ (scaled.T @ scaled) @ inverse, dtype=np.float64)
