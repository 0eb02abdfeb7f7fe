from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.spatial.distance import jensenshannon

from core.monitoring.distances import jensen_shannon, kolmogorov_smirnov, population_stability, superiority

tables = st.tuples(
    npst.arrays(np.int64, (2, 6), elements=st.integers(0, 500)),
    npst.arrays(np.int64, (2, 6), elements=st.integers(0, 500)),
)


def test_by_hand():
    base, now = np.array([[50, 50]]), np.array([[80, 20]])
    raw = 0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5)
    assert population_stability(base, now)[0] == pytest.approx(raw - 2 / 100)
    assert kolmogorov_smirnov(base, now)[0] == pytest.approx(0.3)
    assert superiority(base, now)[0] == pytest.approx(0.8 * 0.25 + 0.2 * 0.75)


@settings(deadline=None)
@given(tables)
def test_distances_are_bounded_symmetric_and_zero_for_the_same(pair):
    base, now = pair
    for distance in (kolmogorov_smirnov, jensen_shannon, population_stability):
        found = distance(base, now)
        assert (found >= 0).all()
        assert found == pytest.approx(distance(now, base))
        assert distance(base, base) == pytest.approx(np.zeros(2), abs=1e-7)
    assert (kolmogorov_smirnov(base, now) <= 1).all()
    assert (jensen_shannon(base, now) <= 1).all()
    assert superiority(base, now) + superiority(now, base) == pytest.approx(np.ones(2))


@settings(deadline=None)
@given(tables)
def test_jensen_shannon_is_base_two_and_the_root(pair):
    base, now = (side + 1 for side in pair)
    assert jensen_shannon(base, now)[0] == pytest.approx(jensenshannon(base[0], now[0], base=2), abs=1e-7)


def test_a_value_that_moved_as_a_whole_is_as_far_as_can_be():
    base, now = np.array([[100, 0, 0]]), np.array([[0, 0, 100]])
    assert kolmogorov_smirnov(base, now)[0] == 1.0
    assert jensen_shannon(base, now)[0] == 1.0
    assert population_stability(base, now)[0] > 5


def test_without_a_change_the_index_is_about_nought_at_any_size():
    generator = np.random.default_rng(1)
    for count in (50, 100, 1_000):
        base = generator.multinomial(1_000, [0.1] * 10, size=2_000)
        now = generator.multinomial(count, [0.1] * 10, size=2_000)
        p, q = np.maximum(base, 0.5) / 1_000, np.maximum(now, 0.5) / count
        raw = ((q - p) * np.log(q / p)).sum(axis=1)
        assert population_stability(base, now).mean() < raw.mean() / 2
        assert population_stability(base, now).mean() < 0.07
