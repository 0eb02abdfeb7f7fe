from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.metrics import evaluate
from core.monitoring.calibration_drift import calibration_finding
from core.monitoring.expected import expected_metrics
from core.monitoring.realised import average_score
from core.monitoring.reference import reference_arrays, reference_from_arrays
from core.monitoring.shares import share_metric, wilson
from core.monitoring.sketch import empty_sketch, sketch_of

THRESHOLD = 0.37


def served(probabilities):
    rows = np.zeros((len(probabilities), 1), dtype=np.float32)
    reference = reference_from_arrays(reference_arrays(rows, np.asarray(probabilities)))
    return sketch_of(rows, probabilities, reference, THRESHOLD)


def figures(probabilities, threshold=THRESHOLD):
    return {metric.name: metric for metric in expected_metrics(served(probabilities), threshold)}


def test_what_is_expected_of_calibrated_probabilities_comes_true_within_its_range():
    generator = np.random.default_rng(9)
    misses = 0
    for _ in range(60):
        probabilities = generator.beta(1.2, 3.0, size=800)
        outcomes = generator.random(800) < probabilities
        expected, found = figures(probabilities), evaluate(outcomes, probabilities, THRESHOLD)
        found["conversion_rate"] = found["base_rate"]
        for name, metric in expected.items():
            assert metric.value == pytest.approx(found[name], abs=0.12)
            misses += not metric.lower <= found[name] <= metric.upper
    # 360 ranges of 95 %: 18 misses are due.
    assert 5 <= misses <= 36


def test_by_hand():
    expected = figures([0.9, 0.6, 0.2, 0.1])
    hits, conversions = 1.5, 1.8
    assert expected["accuracy"].value == pytest.approx((0.9 + 0.6 + 0.8 + 0.9) / 4)
    assert expected["precision"].value == pytest.approx(hits / 2)
    assert expected["recall"].value == pytest.approx(hits / conversions)
    assert expected["f1"].value == pytest.approx(2 * hits / (2 + conversions))
    assert expected["conversion_rate"].value == pytest.approx(conversions / 4)


def test_figures_that_do_not_exist_are_left_out():
    assert expected_metrics(empty_sketch(1), THRESHOLD) == ()
    nobody = figures([0.1, 0.2, 0.3])
    assert "precision" not in nobody
    assert nobody["recall"].value == 0.0


def test_it_is_blind_to_what_calibration_watches():
    """The assumption: with the same probabilities and other outcomes CBPE says the same, and calibration does not."""
    generator = np.random.default_rng(10)
    probabilities = generator.beta(2.0, 3.0, size=1_000)
    fair = calibration_finding(generator.random(1_000) < probabilities, probabilities)
    off = calibration_finding(generator.random(1_000) < probabilities / 2, probabilities)
    assert not fair.drifted
    assert fair.lower <= 1.0 <= fair.upper
    assert off.drifted
    assert off.upper < 0.7


def test_calibrated_versions_rarely_drift_and_a_small_error_does_not_matter():
    generator = np.random.default_rng(11)
    alarms = 0
    for _ in range(600):
        probabilities = generator.beta(2.0, 6.0, size=300)
        alarms += calibration_finding(generator.random(300) < probabilities, probabilities).drifted
    assert alarms <= 13  # 6 are due at 1 %; 13 leave three standard deviations
    probabilities = np.full(200_000, 0.3)
    assert not calibration_finding(np.arange(200_000) < 62_000, probabilities).drifted


def test_nothing_is_said_where_too_little_is_expected():
    assert calibration_finding(np.zeros(20, dtype=bool), np.full(20, 0.1)) is None
    assert calibration_finding(np.zeros(0, dtype=bool), np.zeros(0)) is None


def test_the_average_score_is_exact_with_an_interval_as_wide_as_chance():
    probabilities = np.random.default_rng(12).beta(2, 2, size=1_000)
    metric = average_score(served(probabilities))
    assert metric.value == pytest.approx(100 * probabilities.mean())
    assert metric.upper - metric.lower == pytest.approx(2 * 1.96 * 100 * probabilities.std() / 1_000**0.5, rel=0.15)


def test_wilson():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    metric = share_metric("conversion_rate", 5, 10)
    assert (metric.lower, metric.upper) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
