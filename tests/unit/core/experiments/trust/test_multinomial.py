from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from core.experiments.trust.multinomial import anytime_p, chi_square_p


def test_chi_square_is_pearsons():
    counts, shares = [520, 260, 220], [0.5, 0.25, 0.25]
    expected = [1_000 * share for share in shares]
    assert chi_square_p(counts, shares) == pytest.approx(chisquare(counts, expected).pvalue, rel=1e-9)


def test_a_clear_mismatch_is_found_and_a_fair_split_is_not():
    assert anytime_p([5_000, 5_500], [0.5, 0.5]) < 0.001
    assert anytime_p([5_000, 5_040], [0.5, 0.5]) > 0.1
    assert anytime_p([9_000, 1_000], [9.0, 1.0]) > 0.5


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([0, 0], [0.5, 0.5]), ([5, 0], [1.0, 0.0]), ([0, 5], [1.0, 0.0]), ([10**9, 10**9], [1, 1]), ([3, 4], [0, 0])],
)
def test_where_there_is_nothing_to_compare_p_is_no_proof(counts, expected):
    assert 0.01 < anytime_p(counts, expected) <= 1.0
    assert chi_square_p(counts, expected) == 1.0


def test_everything_in_one_arm_of_a_billion_is_found_without_overflow():
    assert anytime_p([10**9, 0], [0.5, 0.5]) < 1e-300


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1)])
def test_daily_looks_at_a_sound_split_fail_in_less_than_one_of_a_thousand(shares):
    generator = np.random.default_rng(3)
    days = generator.multinomial(120, shares, size=(1_000, 60)).cumsum(axis=1).tolist()
    failed = sum(any(anytime_p(day, shares) < 0.001 for day in run) for run in days)
    plain = sum(any(chi_square_p(day, shares) < 0.001 for day in run) for run in days)
    assert failed <= 3
    assert plain > 5
