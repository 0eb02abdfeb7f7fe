from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.monitoring.significance import outside_p, rejection_threshold, share_p, two_sample_p

counts = st.lists(st.integers(0, 60), min_size=2, max_size=12)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_shares_are_fishers_exact_test(n_base, n_now, data):
    base, now = data.draw(st.integers(0, n_base)), data.draw(st.integers(0, n_now))
    table = [[base, n_base - base], [now, n_now - now]]
    assert share_p(base, n_base, now, n_now) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_many_dense_bins_are_the_chi_square_of_the_table():
    base, now = np.array([30, 40, 50, 60]), np.array([22, 35, 38, 71])
    expected = stats.chi2_contingency([base, now], correction=False).pvalue
    assert two_sample_p(base, now) == pytest.approx(expected)


@given(counts, st.data())
@settings(deadline=None)
def test_p_values_are_probabilities_and_symmetric(base, data):
    now = data.draw(st.lists(st.integers(0, 60), min_size=len(base), max_size=len(base)))
    a, b = np.array(base), np.array(now)
    assert 0.0 <= two_sample_p(a, b) <= 1.0
    assert two_sample_p(a, b) == pytest.approx(two_sample_p(b, a), rel=1e-9)


@pytest.mark.parametrize("shape", [[0.97, 0.03], [0.5, 0.5], [0.999, 0.001], [0.2] * 5, [0.9, 0.05, 0.03, 0.02]])
@pytest.mark.parametrize("n_now", [20, 100, 2_000])
def test_without_a_change_small_p_values_are_rare(shape, n_now):
    generator = np.random.default_rng(n_now)
    pairs = zip(generator.multinomial(400, shape, 2_000), generator.multinomial(n_now, shape, 2_000), strict=True)
    found = np.array([two_sample_p(base, now) for base, now in pairs])
    # 2,000 draws: three standard deviations above the nominal share.
    assert (found <= 0.01).mean() <= 0.0167
    assert (found <= 0.001).mean() <= 0.0032


def test_values_outside_the_range_of_training_are_rare_without_a_change():
    generator = np.random.default_rng(3)
    base, now = generator.normal(size=(2_000, 200)), generator.normal(size=(2_000, 300))
    low, high = base.min(axis=1, keepdims=True), base.max(axis=1, keepdims=True)
    below, above = (now < low).sum(axis=1), (now > high).sum(axis=1)
    found = np.array([outside_p(200, int(b), int(a), 300) for b, a in zip(below, above, strict=True)])
    assert (found <= 0.05).mean() <= 0.065
    assert (found <= 0.05).mean() >= 0.01  # nor is it blind
    assert outside_p(200, 0, 60, 300) < 1e-10


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_threshold_is_that_of_benjamini_and_hochberg(p_values):
    rejected = np.array(p_values) <= rejection_threshold(p_values, 0.05)
    adjusted = stats.false_discovery_control(p_values)
    clear = np.abs(adjusted - 0.05) > 1e-9
    assert (rejected == (adjusted <= 0.05))[clear].all()


def test_nothing_known_is_no_evidence():
    none = np.zeros(5, dtype=np.int64)
    assert two_sample_p(none, np.ones(5, dtype=np.int64)) == 1.0
    assert share_p(0, 0, 1, 1) == 1.0
    assert outside_p(0, 3, 3, 10) == 1.0
    assert rejection_threshold([], 0.05) == -1.0
