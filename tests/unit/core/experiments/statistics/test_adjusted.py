from __future__ import annotations

import math
from functools import reduce

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.statistics.adjusted import LEAST_PAIRED, adjust
from core.experiments.statistics.means import welch
from core.experiments.tally import Moments


def sums(values, covariates) -> Moments:
    pairs = zip(values, covariates, strict=True)
    return reduce(lambda moments, pair: moments.plus(float(pair[0]), pair[1]), pairs, Moments())


def leads(generator, count, rate_shift=0.0):
    """Conversions that a score from 0 to 100 foretells, more or less."""
    scores = generator.uniform(0, 100, count)
    return (generator.random(count) < 0.01 * scores * 0.6 + rate_shift).astype(float), scores


def by_units(treatment, control):
    """Deng, Xu, Kohavi and Walker 2013, on the units themselves; None for an unknown covariate."""
    known = [[(y, x) for y, x in zip(*arm, strict=True) if x is not None] for arm in (treatment, control)]
    centred = [(np.array(arm) - np.mean(arm, axis=0)).T for arm in known]
    theta = sum((y * x).sum() for y, x in centred) / sum((x * x).sum() for _, x in centred)
    centre = np.mean([x for arm in known for _, x in arm])
    return [
        [y - (0.0 if x is None else theta * (x - centre)) for y, x in zip(*arm, strict=True)]
        for arm in (treatment, control)
    ]


@pytest.mark.parametrize("unknown", [0.0, 0.3])
@pytest.mark.parametrize(("n1", "n0"), [(300, 300), (1_980, 40)])
def test_it_is_welchs_test_of_the_adjusted_values(n1, n0, unknown):
    generator = np.random.default_rng(n1)
    arms = []
    for count in (n1, n0):
        y, x = leads(generator, count)
        arms.append((y, [None if generator.random() < unknown else float(value) for value in x]))
    found = adjust(*(sums(*arm) for arm in arms), 0.9)
    plain = welch(*(sums(*arm) for arm in arms), 0.9)
    values = by_units(*arms)
    wanted = welch(*(sums(arm, [None] * len(arm)) for arm in values), 0.9)
    assert found.difference == pytest.approx(wanted.difference, rel=1e-9)
    assert found.p_value == pytest.approx(wanted.p_value, rel=1e-9)
    assert (found.interval.lower, found.interval.upper) == pytest.approx(
        (wanted.range.lower, wanted.range.upper), rel=1e-9
    )
    # An adjustment that makes the variance grow has reduced it by nothing.
    reduction = max(0.0, 1.0 - (wanted.standard_error / plain.standard_error) ** 2)
    assert found.variance_reduction == pytest.approx(reduction, abs=1e-9)


def test_it_is_nearly_the_regression_on_arm_and_covariate():
    generator = np.random.default_rng(3)
    (y1, x1), (y0, x0) = leads(generator, 4_000, 0.05), leads(generator, 4_000)
    found = adjust(sums(y1, x1), sums(y0, x0))
    columns = np.column_stack([np.repeat([1.0, 0.0], 4_000), np.concatenate([x1, x0])])
    fit = sm.OLS(np.concatenate([y1, y0]), sm.add_constant(columns)).fit()
    assert found.difference == pytest.approx(fit.params[1], rel=1e-9)
    assert (found.interval.upper - found.interval.lower) / 2 == pytest.approx(1.96 * fit.bse[1], rel=0.01)


def test_it_is_without_bias_and_covers_and_narrows():
    generator = np.random.default_rng(11)
    errors, covered, reductions = [], 0, []
    for _ in range(400):
        treatment, control = leads(generator, 250, 0.05), leads(generator, 250)
        found = adjust(_quick(*treatment), _quick(*control))
        errors.append(found.difference - 0.05)
        covered += found.interval.lower <= 0.05 <= found.interval.upper
        reductions.append(found.variance_reduction)
    assert abs(np.mean(errors)) <= 4.0 * np.std(errors) / math.sqrt(400)
    assert 0.92 <= covered / 400 <= 0.98
    # The squared correlation of score and conversion: 0.6^2 / 12 of 0.3 x 0.7.
    assert np.mean(reductions) == pytest.approx(0.03 / 0.21, abs=0.02)


def _quick(y, x) -> Moments:
    count, products = len(y), float((x * y).sum())
    total, squares = float(y.sum()), float((y * y).sum())
    return Moments(
        count=count,
        total=total,
        squares=squares,
        paired_count=count,
        paired_total=total,
        paired_squares=squares,
        covariate_total=float(x.sum()),
        covariate_squares=float((x * x).sum()),
        products=products,
    )


@given(st.integers(0, 2**32), st.integers(15, 60), st.integers(15, 60), st.sampled_from([0.0, 0.1, 0.5]))
def test_swapping_the_arms_flips_signs_and_nothing_else(seed, n1, n0, unknown):
    generator = np.random.default_rng(seed)
    arms = []
    for count in (n1, n0):
        y, x = leads(generator, count)
        arms.append(sums(y, [None if generator.random() < unknown else float(value) for value in x]))
    there, back = adjust(*arms), adjust(*reversed(arms))
    if there is None:
        assert back is None
        return
    assert (back.difference, back.p_value) == (-there.difference, there.p_value)
    assert (back.interval.lower, back.interval.upper) == (-there.interval.upper, -there.interval.lower)
    assert back.variance_reduction == there.variance_reduction
    assert 0.0 <= there.variance_reduction < 1.0
    assert all(map(math.isfinite, (there.difference, there.p_value, there.interval.lower, there.interval.upper)))


def test_without_enough_to_go_by_there_is_none():
    generator = np.random.default_rng(5)
    y, x = leads(generator, 100)
    enough = sums(y, x)
    assert adjust(enough, enough) is not None
    few = sums(y, [float(value) if place < LEAST_PAIRED - 1 else None for place, value in enumerate(x)])
    assert adjust(few, enough) is None
    assert adjust(enough, few) is None
    assert adjust(Moments(), Moments()) is None
    constant = sums(y, [0.1] * 100)
    assert adjust(constant, constant) is None
    nobody = sums([0.0] * 100, x)
    assert adjust(nobody, nobody) is None
    foretold = sums(3.0 * x, x)
    assert adjust(foretold, foretold) is None


def test_a_covariate_that_says_nothing_changes_next_to_nothing():
    generator = np.random.default_rng(9)
    arms = [sums(generator.integers(0, 2, 5_000), generator.uniform(0, 100, 5_000)) for _ in range(2)]
    found, plain = adjust(*arms), welch(*arms)
    assert found.difference == pytest.approx(plain.difference, abs=1e-3)
    assert 0.0 <= found.variance_reduction < 0.002
