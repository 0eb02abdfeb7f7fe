from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.statistics.means import welch
from core.experiments.statistics.ratio import ratio_difference
from core.experiments.tally import Moments, RatioMoments
from tests.unit.core.experiments.statistics import references


def sums(top, bottom) -> RatioMoments:
    y, x = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    return RatioMoments(
        count=y.size,
        top=float(y.sum()),
        bottom=float(x.sum()),
        top_squares=float((y * y).sum()),
        bottom_squares=float((x * x).sum()),
        products=float((x * y).sum()),
    )


def companies(generator, count, rate, leads=4.0):
    """Leads of companies whose own rates differ: those of one company are alike."""
    size = 1 + generator.poisson(leads, count)
    own = generator.beta(5 * rate, 5 * (1 - rate), count)
    return generator.binomial(size, own), size


def by_covariances(top, bottom):
    """Deng, Knoblich and Lu 2018, equation 4: from means, variances and the covariance of the two."""
    (vy, cov), (_, vx) = np.cov(top, bottom)
    my, mx = np.mean(top), np.mean(bottom)
    return my / mx, (vy - 2 * my / mx * cov + (my / mx) ** 2 * vx) / mx**2 / len(top)


@pytest.mark.parametrize(("n1", "n0"), [(50, 50), (990, 10), (3, 2_000)])
def test_it_is_the_delta_method(n1, n0):
    generator = np.random.default_rng(n1)
    treatment, control = companies(generator, n1, 0.3), companies(generator, n0, 0.25)
    (r1, v1), (r0, v0) = by_covariances(*treatment), by_covariances(*control)
    found = ratio_difference(sums(*treatment), sums(*control))
    degrees = (v1 + v0) ** 2 / (v1**2 / (n1 - 1) + v0**2 / (n0 - 1))
    assert found.difference == pytest.approx(r1 - r0, rel=1e-9)
    assert found.standard_error == pytest.approx(math.sqrt(v1 + v0), rel=1e-9)
    assert found.degrees == pytest.approx(degrees, rel=1e-9)
    assert found.p_value == pytest.approx(references.student_p(found.statistic, degrees), rel=1e-9)


def test_with_one_lead_in_each_unit_it_is_welchs_test():
    ratios = RatioMoments(count=90, top=30, bottom=90, top_squares=30, bottom_squares=90, products=30)
    others = RatioMoments(count=60, top=12, bottom=60, top_squares=12, bottom_squares=60, products=12)
    by_units = welch(Moments(count=90, total=30, squares=30), Moments(count=60, total=12, squares=12))
    found = ratio_difference(ratios, others)
    assert (found.statistic, found.p_value, found.degrees) == pytest.approx(
        (by_units.statistic, by_units.p_value, by_units.degrees), rel=1e-12
    )


def test_its_interval_covers_where_counting_leads_as_units_does_not():
    generator = np.random.default_rng(8)
    covered = naive = 0
    for _ in range(1_000):
        treatment, control = companies(generator, 200, 0.3, leads=20), companies(generator, 200, 0.3, leads=20)
        found = ratio_difference(sums(*treatment), sums(*control))
        covered += found.range.lower <= 0.0 <= found.range.upper
        (y1, x1), (y0, x0) = treatment, control
        pooled = (y1.sum() + y0.sum()) / (x1.sum() + x0.sum())
        error = math.sqrt(pooled * (1 - pooled) * (1 / x1.sum() + 1 / x0.sum()))
        naive += abs(found.difference) <= 1.96 * error
    assert 0.93 <= covered / 1_000 <= 0.97
    assert naive / 1_000 < 0.8


pairs = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted), max_size=10)


@given(pairs, pairs)
def test_answers_are_finite_and_swapping_the_arms_flips_signs_and_nothing_else(treatment, control):
    arms = [sums([low for low, _ in arm], [high for _, high in arm]) for arm in (treatment, control)]
    there, back = ratio_difference(*arms), ratio_difference(*reversed(arms))
    assert (back.statistic, back.difference, back.p_value) == (-there.statistic, -there.difference, there.p_value)
    assert (back.range.lower, back.range.upper) == (-there.range.upper, -there.range.lower)
    assert math.isfinite(there.statistic)
    assert math.isfinite(there.difference)
    assert there.range.lower <= there.difference <= there.range.upper


def test_without_a_lead_or_without_spread_nothing_is_known():
    some = sums([1, 0, 2], [2, 1, 3])
    for other in (RatioMoments(), sums([1], [2]), sums([0, 0], [0, 0])):
        found = ratio_difference(other, some)
        assert (found.known, found.p_value) == (False, 1.0)
    # The same share of leads in each unit, however many they have, is no spread.
    assert not ratio_difference(sums([1, 2, 3], [2, 4, 6]), sums([1, 3, 5], [3, 9, 15])).known
