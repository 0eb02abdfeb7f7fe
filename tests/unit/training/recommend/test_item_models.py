"""Item-to-item models against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from core.recommend.links import ItemLinks, largest_of_rows
from tests.parts.recommenders import viewed
from training.recommend import item_models
from training.recommend.histories import positives
from training.recommend.interactions import table_of
from training.recommend.item_models import ease, followers, linked_items, precision_matrix, transitions


def test_ease_is_the_constrained_ridge_regression(table):
    members = linked_items(table)
    wanted = positives(table)[:, members].toarray().astype(float)

    weights = ease(precision_matrix(table, members, 3.0))

    assert np.all(np.diag(weights) == 0.0)
    for column in (0, 17, members.size - 1):
        others = np.delete(np.arange(members.size), column)
        system = wanted[:, others].T @ wanted[:, others] + 3.0 * np.eye(others.size)
        expected = np.linalg.solve(system, wanted[:, others].T @ wanted[:, column])
        assert np.allclose(weights[others, column], expected, atol=1e-5)


def test_single_precision_gives_the_same_to_single_precision(table, monkeypatch):
    members = linked_items(table)
    exact = precision_matrix(table, members, 3.0)
    monkeypatch.setattr(item_models, "EXACT_UP_TO", 10)

    rough = precision_matrix(table, members, 3.0)

    assert rough.dtype == np.float32
    assert np.allclose(rough, exact, atol=1e-4)


def test_followers_count_the_nearer_the_more_and_never_across_leads():
    table = table_of({"a": viewed("x", "y", "z"), "b": viewed("x", "z")})

    following = followers(table, np.arange(3), 1.0).toarray()

    # x to y: one place; x to z: two places for a, one for b; y to z: one place.
    assert following.tolist() == [[0.0, 0.5, 0.75], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]


def test_transitions_know_the_direction():
    past = {f"lead-{n}": viewed("x", "y", "z") if n % 2 else viewed("y", "z", "x") for n in range(40)}
    table = table_of(past)
    members = linked_items(table)

    weights = transitions(precision_matrix(table, members, 1.0), followers(table, members, 1.0))

    y, z = table.item_ids.index("y"), table.item_ids.index("z")
    assert weights[y, z] > 0.2
    assert weights[z, y] < weights[y, z] / 2


def test_only_the_most_wanted_items_are_linked(monkeypatch):
    monkeypatch.setattr(item_models, "MOST_LINKED", 2)
    table = table_of({"a": viewed("x", "y", "z"), "b": viewed("x", "z"), "c": viewed("w", weight=-3.0)})

    assert [table.item_ids[item] for item in linked_items(table)] == ["x", "z"]


@pytest.mark.parametrize("count", [3, 7])
def test_the_largest_weights_of_a_row_are_kept(count):
    dense = np.random.default_rng(2).normal(size=(7, 7)).astype(np.float32)
    links = largest_of_rows(dense, count)
    kept = np.where(np.argsort(np.argsort(-np.abs(dense), axis=1), axis=1) < count, dense, 0.0)
    sources, weights = np.array([1, 4]), np.array([1.0, -0.5])
    complete = ItemLinks(values=kept.astype(np.float32), targets=None)

    assert np.allclose(links.scores(sources, weights), complete.scores(sources, weights), atol=1e-6)
    for targets in (np.arange(7), np.array([3, -1, 3, 0])):
        assert np.allclose(
            links.contributions(sources, weights, targets), complete.contributions(sources, weights, targets)
        )
    assert np.allclose(links.row_sums(sources), kept[sources].sum(axis=1), atol=1e-6)
