from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from core.explain.shapley import leaf_contributions, quadrature


def by_definition(inside, share, value):
    """Shapley values from all subsets of features."""
    d = len(inside)
    phi = np.zeros(d)
    for i in range(d):
        others = [j for j in range(d) if j != i]
        for size in range(d):
            weight = math.factorial(size) * math.factorial(d - 1 - size) / math.factorial(d)
            for known in itertools.combinations(others, size):
                rest = math.prod(float(inside[j]) if j in known else share[j] for j in others)
                phi[i] += weight * rest * (float(inside[i]) - share[i]) * value
    return phi


@pytest.mark.parametrize("d", [1, 2, 3, 5, 8])
def test_the_integral_is_the_sum_over_all_subsets(d):
    generator = np.random.default_rng(d)
    inside = generator.random((d, 20)) < 0.6
    share = generator.random((d, 20))
    share[0, 0], share[-1, 1] = 0.0, 1.0
    value = generator.normal(size=20)
    found = leaf_contributions(inside, share, value, quadrature(d))
    expected = [by_definition(inside[:, k], share[:, k], value[k]) for k in range(20)]
    np.testing.assert_allclose(found.T, expected, atol=1e-13)


def test_filler_changes_nothing_and_gets_nothing():
    inside, share, value = np.array([[True], [False]]), np.array([[0.3], [0.6]]), np.array([2.0])
    plain = leaf_contributions(inside, share, value, quadrature(2))
    filled = leaf_contributions(
        np.vstack([inside, [[True]] * 4]), np.vstack([share, [[1.0]] * 4]), value, quadrature(6)
    )
    np.testing.assert_allclose(filled[:2], plain, atol=1e-15)
    assert not filled[2:].any()


def test_shares_of_zero_stay_finite_on_long_paths():
    found = leaf_contributions(np.zeros((40, 1), bool), np.zeros((40, 1)), np.ones(1), quadrature(40))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, 0.0, atol=1e-20)


def test_no_features_give_an_empty_answer():
    assert leaf_contributions(np.ones((0, 3), bool), np.ones((0, 3)), np.ones(3), quadrature(0)).shape == (0, 3)
