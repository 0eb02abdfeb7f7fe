"""Folding in against the equations written out."""

from __future__ import annotations

import numpy as np
import pytest

from core.recommend.folding_in import FactorModel, Folding, contributions

VECTORS = np.random.default_rng(1).normal(size=(30, 5)).astype(np.float32)
SOURCES = np.array([3, 8, 21])


@pytest.mark.parametrize("weights", [np.array([1.0, 2.0, 0.5]), np.array([1.0, -3.0, 2.0])])
def test_confidences_give_the_minimum_of_the_weighted_squares(weights):
    model = FactorModel.of(VECTORS, Folding(regularization=0.7, alpha=2.0, confident=True))
    confidence, preference = np.ones(30), np.zeros(30)
    confidence[SOURCES], preference[SOURCES] = 2.0 * np.abs(weights), np.sign(weights)
    exact = VECTORS.astype(float)
    expected = np.linalg.solve(
        exact.T @ np.diag(confidence) @ exact + 0.7 * np.eye(5), exact.T @ (confidence * preference)
    )

    assert np.allclose(model.fold_in(SOURCES, weights).vector, expected, atol=1e-9)


def test_without_confidences_it_is_least_squares():
    model = FactorModel.of(VECTORS, Folding(regularization=1e-9, alpha=1.0, confident=False))
    history = np.zeros(30)
    history[SOURCES] = [1.0, -2.0, 0.5]
    expected, *_ = np.linalg.lstsq(VECTORS.astype(float), history, rcond=None)

    assert np.allclose(model.fold_in(SOURCES, history[SOURCES]).vector, expected, atol=1e-6)


@pytest.mark.parametrize("confident", [True, False])
def test_contributions_add_up_to_the_scores(confident):
    model = FactorModel.of(VECTORS, Folding(regularization=0.5, alpha=3.0, confident=confident))
    exact = VECTORS.astype(float)
    folded = model.fold_in(SOURCES, np.array([1.0, 0.3, -2.0]))

    brought = contributions(folded, exact[SOURCES], exact)

    assert np.allclose(brought.sum(axis=0), exact @ folded.vector)
