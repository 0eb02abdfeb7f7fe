from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from core.monitoring.shadow_report import psi, spearman, wilson


def test_the_rank_correlation_is_scipys():
    source = np.random.default_rng(1)
    for _ in range(20):
        first = source.integers(0, 8, 30) / 8
        second = first + source.integers(0, 8, 30) / 8
        assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)


def test_where_it_is_not_defined_there_is_none():
    assert spearman(np.array([0.1, 0.2]), np.array([0.1, 0.2])) is None
    assert spearman(np.full(5, 0.3), np.linspace(0, 1, 5)) is None
    assert spearman(np.linspace(0, 1, 5), np.linspace(1, 0, 5)) == pytest.approx(-1.0)


def test_the_wilson_interval_is_scipys():
    for count, total in ((0, 10), (3, 10), (10, 10), (17, 1_000)):
        share = wilson(count, total)
        expected = stats.binomtest(count, total).proportion_ci(0.95, method="wilson")
        assert (share.lower, share.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)
        assert share.lower <= share.value <= share.upper
    assert wilson(0, 0) is None


def test_the_stability_index_is_small_for_the_same_and_large_for_another_distribution():
    source = np.random.default_rng(2)
    scores = source.beta(2, 5, 5_000)
    assert psi(scores, scores) == 0.0
    assert psi(scores, source.beta(2, 5, 5_000)) < 0.02
    assert psi(scores, source.beta(5, 2, 5_000)) > 1.0
    assert np.isfinite(psi(np.full(10, 0.2), np.full(10, random.Random(1).random())))
