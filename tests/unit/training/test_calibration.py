from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.calibration import (
    MAX_KNOTS,
    MIN_ROWS_FOR_ISOTONIC,
    Beta,
    Isotonic,
    Sigmoid,
    _fit_beta,
    _fit_platt,
    _merge_knots,
    choose_calibration,
    fit_isotonic,
)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def draw(count, truth, seed=0, spread=1.5):
    """Margins, and outcomes that follow ``truth``, a map from margin to probability."""
    random = np.random.default_rng(seed)
    margins = random.normal(scale=spread, size=count).astype(np.float32).astype(float)
    return margins, random.random(count) < truth(margins)


def loss(probabilities, outcomes):
    p = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return float(-np.log(np.where(outcomes, p, 1 - p)).mean())


def test_identity_is_the_probability_of_the_trees():
    assert Sigmoid("identity").probability(np.array([-800.0, 0.0, 2.0, 800.0])) == pytest.approx(
        [0.0, 0.5, sigmoid(2.0), 1.0]
    )


def test_platt_recovers_a_slope_and_a_shift():
    fitted = _fit_platt(*draw(40_000, lambda m: sigmoid(0.5 * m - 1.0)))
    assert (fitted.slope, fitted.shift) == pytest.approx((0.5, -1.0), abs=0.04)


def test_beta_recovers_its_three_parameters():
    truth = Beta(0.4, 1.6, -0.5)
    fitted = _fit_beta(*draw(60_000, truth.probability, spread=2.0))
    assert (fitted.a, fitted.b, fitted.c) == pytest.approx((0.4, 1.6, -0.5), abs=0.1)


def test_beta_with_equal_slopes_is_a_sigmoid():
    margins = np.linspace(-50, 50, 101)
    assert Beta(0.7, 0.7, 0.3).probability(margins) == pytest.approx(Sigmoid("platt", 0.7, 0.3).probability(margins))
    p = sigmoid(np.linspace(-5, 5, 11))
    by_definition = sigmoid(0.4 * np.log(p) - 1.6 * np.log(1 - p) - 0.5)
    assert Beta(0.4, 1.6, -0.5).probability(np.linspace(-5, 5, 11)) == pytest.approx(by_definition)


def stairs(margins):
    return np.interp(margins, [-1.5, -0.5, 0.5, 1.5], [0.05, 0.45, 0.55, 0.95])


def test_isotonic_recovers_stairs():
    fitted = fit_isotonic(*draw(40_000, stairs, spread=1.0))
    places = np.linspace(-1.8, 1.8, 50)
    assert np.abs(fitted.probability(places) - stairs(places)).max() < 0.05


MARGIN = st.integers(-20, 20).map(lambda m: m / 4) | st.floats(-6, 6, width=32)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(MARGIN, st.booleans()), min_size=1, max_size=120))
def test_isotonic_rises_strictly_between_few_distinct_knots(pairs):
    margins = np.array([m for m, _ in pairs])
    fitted = fit_isotonic(margins, np.array([y for _, y in pairs]))
    assert 1 <= len(fitted.knots) == len(fitted.values) <= MAX_KNOTS
    assert (np.diff(fitted.knots) > 0).all()
    assert (np.diff(fitted.values) >= 0.99e-4).all()
    assert fitted.values[0] > 0.0
    assert fitted.values[-1] < 1.0
    inside = np.linspace(fitted.knots[0], fitted.knots[-1], 200)
    assert (np.diff(fitted.probability(inside)) >= 0).all()


@pytest.mark.parametrize(
    ("count", "truth"),
    [(50_000, lambda m: sigmoid(3 * m)), (50_000, lambda m: sigmoid(8 * m - 3)), (4_000, sigmoid)],
)
def test_isotonic_keeps_the_ranking_up_to_the_last_knot_however_many_leads(count, truth):
    """Near 1 a cut at the top would make the last knots equal."""
    fitted = fit_isotonic(*draw(count, truth))
    assert len(fitted.knots) > 5
    assert (np.diff(fitted.values) >= 0.99e-4).all()
    assert fitted.values[-1] <= 1.0


def test_many_blocks_are_merged_to_forty():
    fitted = fit_isotonic(*draw(60_000, sigmoid))
    assert len(fitted.knots) == MAX_KNOTS


def merge(knots, sizes, total):
    return _merge_knots(np.array(knots, float), np.array(sizes, float), np.array(total, float))


def test_few_knots_stay_as_they_are():
    knots, sizes, total = merge([1, 2, 3], [5, 1, 5], [1, 1, 4])
    assert (knots.tolist(), sizes.tolist(), total.tolist()) == ([1, 2, 3], [5, 1, 5], [1, 1, 4])


@pytest.mark.parametrize(
    ("smallest", "gap_left", "gap_right", "into"),
    [(0, None, 1.0, 1), (40, 1.0, None, 39), (20, 0.5, 1.0, 19), (20, 1.0, 0.5, 21), (20, 1.0, 1.0, 19)],
)
def test_the_smallest_block_goes_to_its_nearer_neighbour(smallest, gap_left, gap_right, into):
    gaps = np.ones(MAX_KNOTS)
    if gap_left is not None:
        gaps[smallest - 1] = gap_left
    if gap_right is not None:
        gaps[smallest] = gap_right
    positions = np.concatenate([[0.0], np.cumsum(gaps)])
    counts, wins = np.full(MAX_KNOTS + 1, 9.0), np.arange(MAX_KNOTS + 1.0)
    counts[smallest] = 1.0
    knots, sizes, total = _merge_knots(positions, counts, wins)
    assert len(knots) == MAX_KNOTS
    at = min(smallest, into)
    assert knots[at] == pytest.approx((positions[smallest] + 9 * positions[into]) / 10)
    assert sizes[at] == 10.0
    assert total[at] == smallest + into
    others = [i for i in range(MAX_KNOTS + 1) if i not in {smallest, into}]
    assert np.delete(knots, at).tolist() == positions[others].tolist()


@given(st.integers(1, 200), st.integers(0, 10**6))
def test_merging_loses_no_lead_and_keeps_the_order(count, seed):
    random = np.random.default_rng(seed)
    knots = np.cumsum(random.random(count) + 0.01)
    sizes = random.integers(1, 20, count).astype(float)
    total = np.floor(random.random(count) * sizes)
    merged, merged_sizes, merged_total = _merge_knots(knots, sizes, total)
    assert len(merged) == min(count, MAX_KNOTS)
    assert (np.diff(merged) > 0).all()
    assert merged_sizes.sum() == sizes.sum()
    assert merged_total.sum() == total.sum()
    assert merged @ merged_sizes == pytest.approx(knots @ sizes)


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        (sigmoid, {"identity"}),
        (lambda m: sigmoid(0.3 * m - 1), {"platt"}),
        (Beta(0.2, 2.0, -1.0).probability, {"beta"}),
        (lambda m: np.where(m > 0, 0.7, 0.3) + 0.02 * np.tanh(m), {"isotonic"}),
    ],
)
def test_the_map_that_made_the_outcomes_is_chosen(truth, expected):
    margins, outcomes = draw(8_000, truth, spread=2.0)
    chosen, losses = choose_calibration(margins, outcomes, seed=1)
    assert chosen.name in expected, losses


@pytest.mark.parametrize("truth", [sigmoid, lambda m: sigmoid(0.6 * m + 0.4), stairs])
@pytest.mark.parametrize("count", [100, 400, 2_000])
def test_what_is_chosen_is_not_worse_than_leaving_it_out(count, truth):
    new_margins, new_outcomes = draw(20_000, truth, seed=1_000)
    identity = loss(sigmoid(new_margins), new_outcomes)
    excess = []
    for seed in range(15):
        chosen, losses = choose_calibration(*draw(count, truth, seed), seed=seed)
        assert losses[chosen.name] <= losses["identity"]
        assert ("isotonic" in losses) == (count >= MIN_ROWS_FOR_ISOTONIC)
        excess.append(loss(chosen.probability(new_margins), new_outcomes) - identity)
    # Three numbers fitted to n outcomes cost 3 / 2n nats on new ones, if they were fitted at all.
    assert np.mean(excess) <= 5e-4 + 1.5 / count


def test_the_losses_are_those_of_folds_the_maps_have_not_seen():
    margins, outcomes = draw(500, lambda m: sigmoid(0.5 * m), seed=3)
    _, losses = choose_calibration(margins, outcomes, seed=9)
    order = np.random.default_rng(9).permutation(500)
    expected = 0.0
    for held_out in np.array_split(order, 5):
        kept = np.setdiff1d(order, held_out)
        fitted = _fit_platt(margins[kept], outcomes[kept])
        expected += loss(fitted.probability(margins[held_out]), outcomes[held_out]) * len(held_out) / 500
    assert losses["platt"] == pytest.approx(expected)
    assert losses["identity"] == pytest.approx(loss(sigmoid(margins), outcomes))


def test_the_choice_is_the_same_for_a_seed():
    sample = draw(1_200, stairs, 4)
    first, second = choose_calibration(*sample, seed=2), choose_calibration(*sample, seed=2)
    assert first[1] == second[1]
    np.testing.assert_array_equal(first[0].probability(sample[0]), second[0].probability(sample[0]))


def _choose(margins, outcomes):
    return choose_calibration(margins, outcomes, seed=0)[0]


@pytest.mark.parametrize(
    "sample",
    [
        (np.zeros(100), np.arange(100) < 30),
        (np.linspace(-3, 3, 200), np.linspace(-3, 3, 200) > 0),
        (np.linspace(-3, 3, 1_200), np.linspace(-3, 3, 1_200) > 0),
        (np.linspace(-300, 300, 200), np.arange(200) % 3 == 0),
        (np.linspace(-1e-6, 1e-6, 200), np.arange(200) > 99),
        (np.linspace(-3, 3, 100), np.zeros(100, dtype=bool)),
        (np.linspace(-3, 3, 100), np.ones(100, dtype=bool)),
        (np.linspace(-3, 3, 20), np.arange(20) == 7),
    ],
)
def test_odd_samples_give_probabilities_that_never_fall(sample):
    for fit in (_fit_platt, _fit_beta, fit_isotonic, _choose):
        probabilities = fit(*sample).probability(np.linspace(-700, 700, 1_001))
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        assert (np.diff(probabilities) >= -1e-12).all()


def test_beyond_the_outer_knots_isotonic_stays_level():
    fitted = Isotonic(np.array([-1.0, 1.0]), np.array([0.2, 0.7]))
    assert fitted.probability(np.array([-9.0, -1.0, 0.0, 1.0, 9.0])) == pytest.approx([0.2, 0.2, 0.45, 0.7, 0.7])


@pytest.mark.parametrize("fit", [_fit_platt, _fit_beta, fit_isotonic])
def test_a_weight_counts_as_that_many_rows(fit):
    margins, outcomes = draw(1_200, lambda m: sigmoid(1.5 * m - 0.5))
    weights = np.random.default_rng(1).integers(1, 4, size=1_200)
    weighted = fit(margins, outcomes, weights.astype(float))
    repeated = fit(np.repeat(margins, weights), np.repeat(outcomes, weights))
    places = np.linspace(-3, 3, 31)
    np.testing.assert_allclose(weighted.probability(places), repeated.probability(places), atol=1e-3)


def test_rows_that_count_decide_the_rate():
    """The older half converted much less often, and counts almost nothing."""
    margins, outcomes = draw(3_000, sigmoid)
    late = np.arange(3_000) >= 1_500
    outcomes = np.where(late, outcomes, False)
    weights = np.where(late, 1.0, 1e-3)
    chosen, losses = choose_calibration(margins, outcomes, weights, seed=1, simplest="platt")
    assert chosen.name == "platt"
    assert set(losses) == {"identity", "platt", "beta", "isotonic"}
    assert chosen.probability(margins[late]).mean() == pytest.approx(outcomes[late].mean(), abs=0.02)


def test_few_rows_that_count_are_few():
    margins, outcomes = draw(MIN_ROWS_FOR_ISOTONIC, sigmoid)
    weights = 0.5 ** (np.arange(len(margins))[::-1] / 100)
    _, losses = choose_calibration(margins, outcomes, weights, seed=1)
    assert "isotonic" not in losses
