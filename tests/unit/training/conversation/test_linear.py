from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from training.conversation import linear
from training.conversation.linear import fit_linear, probabilities, row_losses

RANDOM = np.random.default_rng(3)
DENSE = RANDOM.normal(size=(300, 6)).astype(np.float32)
SPARSE = sp.csr_matrix((RANDOM.random((300, 9)) > 0.8).astype(np.float32))
CLASSES = (DENSE[:, 0] > 0.2).astype(int) + (SPARSE.toarray()[:, 0] > 0)
BLOCKS = {"dense": DENSE, "sparse": SPARSE}


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    monkeypatch.setattr(linear, "_TOLERANCE", 1e-12)
    monkeypatch.setattr(linear, "_FLAT", 1e-7)
    monkeypatch.setattr(linear, "MOST_ITERATIONS", 2_000)


def rows(scales: dict[str, float]) -> np.ndarray:
    return np.hstack([DENSE * scales["dense"], SPARSE.toarray() * scales["sparse"]])


@pytest.mark.parametrize("scales", [{"dense": 1.0, "sparse": 1.0}, {"dense": 0.3, "sparse": 2.0}])
def test_classes_against_each_other_are_as_scikit_learn_fits_them(scales):
    weights = RANDOM.random(300) + 0.5
    ours = fit_linear(
        BLOCKS, np.eye(3, dtype=np.float32)[CLASSES], scales, strength=2.0, multi_label=False, weights=weights
    )
    theirs = LogisticRegression(C=2.0, max_iter=5_000, tol=1e-9).fit(rows(scales), CLASSES, sample_weight=weights)
    found = probabilities(ours.logits(BLOCKS), multi_label=False)
    assert found == pytest.approx(theirs.predict_proba(rows(scales)), abs=2e-3)


def test_classes_one_by_one_are_as_scikit_learn_fits_each():
    scales = {"dense": 1.0, "sparse": 1.0}
    targets = np.stack([CLASSES > 0, CLASSES > 1], axis=1).astype(np.float32)
    ours = fit_linear(BLOCKS, targets, scales, strength=1.0, multi_label=True)
    found = probabilities(ours.logits(BLOCKS), multi_label=True)
    for at in range(2):
        theirs = LogisticRegression(C=1.0, max_iter=5_000, tol=1e-9).fit(rows(scales), targets[:, at])
        assert found[:, at] == pytest.approx(theirs.predict_proba(rows(scales))[:, 1], abs=2e-3)


def test_only_blocks_with_a_scale_are_looked_at():
    model = fit_linear(BLOCKS, np.eye(3, dtype=np.float32)[CLASSES], {"dense": 1.0}, strength=1.0, multi_label=False)
    assert model.weights.keys() == {"dense"}


def test_a_scaled_model_has_scaled_logits():
    model = fit_linear(BLOCKS, np.eye(3, dtype=np.float32)[CLASSES], {"dense": 1.0}, strength=1.0, multi_label=False)
    slopes, shifts = np.array([2.0, 0.5, 1.0]), np.array([1.0, 0.0, -1.0])
    expected = model.logits(BLOCKS) * slopes + shifts
    assert model.scaled(slopes, shifts).logits(BLOCKS) == pytest.approx(expected, abs=1e-4)


def test_losses_are_those_of_the_probabilities():
    logits = RANDOM.normal(size=(20, 3))
    targets = np.eye(3, dtype=np.float32)[CLASSES[:20]]
    held = targets > 0
    found = probabilities(logits, multi_label=False)
    assert found.sum(axis=1) == pytest.approx(np.ones(20))
    assert row_losses(logits, targets, multi_label=False) == pytest.approx(-np.log(found[held]))
    each = probabilities(logits, multi_label=True)
    losses = -np.where(held, np.log(each), np.log1p(-each)).mean(axis=1)
    assert row_losses(logits, targets, multi_label=True) == pytest.approx(losses)
