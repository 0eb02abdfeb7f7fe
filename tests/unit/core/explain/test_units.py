from __future__ import annotations

import numpy as np
import pytest

from core.explain import TreeEnsemble
from core.explain.paths import merge_conditions, trace_routes
from core.explain.units import MAX_CONDITIONS, cut_units


@pytest.mark.parametrize("depth", [1, 3, 6, 8])
def test_every_leaf_finds_its_whole_route_among_the_conditions_of_its_unit(train, depth):
    ensemble = train(trees=6, n_rows=2000, params={"max_depth": depth, "min_child_weight": 0}).ensemble
    routes = trace_routes(ensemble)
    units = cut_units(routes)
    assert units is not None
    assert set(routes.leaf) == set(np.flatnonzero(ensemble.left < 0))
    assert units.sizes.min() >= 1
    assert units.sizes.max() <= MAX_CONDITIONS
    assert set(units.unit) == set(range(len(units.conditions)))
    on_route = routes.nodes >= 0
    found = units.conditions[units.unit, units.ordinal]
    np.testing.assert_array_equal(found[on_route], routes.nodes[on_route])


def full_tree(depth):
    number = np.arange(2 ** (depth + 1) - 1)
    inner = number < 2**depth - 1
    return TreeEnsemble(
        tree_offsets=np.array([0, len(number)]),
        left=np.where(inner, 2 * number + 1, -1),
        right=np.where(inner, 2 * number + 2, -1),
        feature=np.zeros(len(number), np.int32),
        threshold=np.zeros(len(number), np.float32),
        default_left=inner,
        cover=np.ones(len(number)),
        value=np.where(inner, 0.0, 1.0),
        base_margin=0.0,
        n_features=1,
    )


def test_a_full_tree_of_depth_six_needs_sixteen_units():
    units = cut_units(trace_routes(full_tree(6)))
    assert units is not None
    assert units.sizes.tolist() == [7] * 16


def test_deeper_trees_cannot_be_cut(train):
    ensemble = train(trees=2, n_rows=2000, params={"max_depth": 9, "min_child_weight": 0}).ensemble
    assert cut_units(trace_routes(ensemble)) is None


def test_conditions_on_one_feature_become_one_interval(train):
    ensemble = train(trees=3, n_features=1, params={"max_depth": 5}).ensemble
    routes = trace_routes(ensemble)
    paths = merge_conditions(ensemble, routes)
    assert paths.feature.shape == (1, len(routes.leaf))
    ratio = ensemble.cover[routes.leaf] / ensemble.cover[routes.nodes[0]]
    np.testing.assert_allclose(paths.share[0], ratio, rtol=1e-5)
    first = routes.nodes[0] == routes.nodes[0, 0]
    order = np.argsort(paths.lower[0, first])
    edges = np.append(paths.lower[0, first][order], np.inf)
    assert edges[0] == -np.inf
    np.testing.assert_array_equal(paths.upper[0, first][order], edges[1:])
    assert paths.missing_inside[0, first].sum() == 1
