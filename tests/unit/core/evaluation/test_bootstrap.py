from __future__ import annotations

import time

import numpy as np
import pytest

from core.errors import InvalidInput
from core.evaluation import METRIC_NAMES, beats_base_rate, bootstrap_metrics, evaluate, paired_bootstrap
from core.evaluation.bootstrap import _weights


def draw(seed, size=1000, strength=2.0):
    """Outcomes and the probabilities by which they were drawn."""
    generator = np.random.default_rng(seed)
    p = 1.0 / (1.0 + np.exp(1.0 - strength * generator.standard_normal(size)))
    return generator.random(size) < p, p


def test_every_metric_has_its_value_inside_its_interval():
    y, p = draw(1)
    values = evaluate(y, p, 0.4)
    for metric in bootstrap_metrics(y, p, threshold=0.4):
        assert metric.value == pytest.approx(values[metric.name])
        assert metric.lower <= metric.value <= metric.upper
        assert (metric.level, metric.sample_count) == (0.95, 1000)


def test_names_come_in_order_and_the_seed_decides():
    y, p = draw(1)
    first = bootstrap_metrics(y, p, threshold=0.5, resamples=50)
    assert tuple(metric.name for metric in first) == METRIC_NAMES
    assert first == bootstrap_metrics(y, p, threshold=0.5, resamples=50)
    assert first != bootstrap_metrics(y, p, threshold=0.5, resamples=50, seed=43)


def test_resamples_equal_metrics_of_the_drawn_leads():
    y, p = draw(2, size=40)
    [weights] = _weights(40, 1, np.random.default_rng(5))
    drawn = np.random.default_rng(5).integers(0, 40, size=(1, 40))[0]
    assert weights[0].tolist() == np.bincount(drawn, minlength=40).tolist()
    metric = bootstrap_metrics(y, p, threshold=0.5, resamples=1, seed=5)[0]
    assert metric.lower == pytest.approx(evaluate(y[drawn], p[drawn])["auc"])


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """The Brier score of the truth is known: the mean of p (1 - p)."""
    covered = 0
    for seed in range(200):
        y, p = draw(seed, size=300)
        metric = next(m for m in bootstrap_metrics(y, p, threshold=0.5, resamples=200) if m.name == "brier")
        covered += metric.lower <= np.mean(p * (1 - p)) <= metric.upper
    assert 0.90 <= covered / 200 <= 0.99


def test_ten_thousand_leads_a_thousand_times_take_seconds():
    y, p = draw(3, size=10_000)
    start = time.perf_counter()
    bootstrap_metrics(y, p, threshold=0.5, resamples=1000)
    assert time.perf_counter() - start < 5.0


def test_paired_difference_is_narrower_than_two_intervals():
    y, p = draw(4)
    worse = np.clip(p + 0.05 * np.sin(50 * p), 0.0, 1.0)
    difference = paired_bootstrap(y, p, worse, "log_loss")
    alone = {m.name: m for m in bootstrap_metrics(y, p, threshold=0.5)}["log_loss"]
    assert difference.name == "log_loss_difference"
    assert difference.value == pytest.approx(evaluate(y, worse)["log_loss"] - evaluate(y, p)["log_loss"])
    assert difference.upper - difference.lower < (alone.upper - alone.lower) / 2


@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_a_model_does_not_differ_from_itself(metric):
    y, p = draw(5, size=100)
    difference = paired_bootstrap(y, p, p, metric, resamples=20)
    assert (difference.value, difference.lower, difference.upper) == (0.0, 0.0, 0.0)


def test_one_outcome_leaves_the_interval_open():
    auc = bootstrap_metrics([True] * 10, np.linspace(0, 1, 10), threshold=0.5, resamples=10)[0]
    assert np.isnan(auc.value)
    assert auc.lower is None


@pytest.mark.parametrize("options", [{"resamples": 0}, {"level": 1.0}, {"level": 0.0}])
def test_impossible_options_are_refused(options):
    with pytest.raises(InvalidInput):
        bootstrap_metrics([True, False], [0.5, 0.5], threshold=0.5, **options)
    with pytest.raises(InvalidInput):
        paired_bootstrap([True, False], [0.5, 0.5], [0.5, 0.5], "auc", **options)


class TestVerdict:
    def test_a_model_that_knows_something_is_better(self):
        y, p = draw(6, size=400)
        verdict = beats_base_rate(y, p, 0.35)
        assert verdict.better
        assert verdict.reason.startswith("Better than the base rate on 400 unseen leads: AUC 0.")
        assert verdict.auc.lower > 0.5
        assert verdict.log_loss_gain.lower > 0.0
        assert verdict.log_loss_gain.level == pytest.approx(0.9)

    def test_noise_is_rarely_better(self):
        """Random scores around the base rate: a false "better" needs two one-sided accidents at once."""
        accepted = 0
        for seed in range(200):
            generator = np.random.default_rng(seed)
            y = generator.random(300) < 0.62
            p = np.clip(0.62 + 0.1 * generator.standard_normal(300), 0.01, 0.99)
            accepted += beats_base_rate(y, p, 0.62, resamples=200).better
        assert accepted <= 6

    def test_good_order_with_wrong_probabilities_is_not_better(self):
        y, p = draw(7, size=500)
        verdict = beats_base_rate(y, p**8, float(y.mean()))
        assert not verdict.better
        assert verdict.auc.lower > 0.5
        assert verdict.reason.startswith("It orders leads")

    def test_one_outcome_is_not_better(self):
        verdict = beats_base_rate([True] * 5, [0.9] * 5, 0.5, resamples=20)
        assert not verdict.better
        assert "one outcome only" in verdict.reason

    @pytest.mark.parametrize("base_rate", [0.0, 1.0, float("nan")])
    def test_an_impossible_base_rate_is_refused(self, base_rate):
        with pytest.raises(InvalidInput):
            beats_base_rate([True, False], [0.5, 0.5], base_rate)
