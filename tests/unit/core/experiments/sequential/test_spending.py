from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.sequential.crossing import HIGHEST, crossings, next_boundary
from core.experiments.sequential.spending import boundaries, spent

# Lan and DeMets' O'Brien-Fleming-type boundaries at alpha 0.05, as published and as computed by ldbounds and rpact.
PUBLISHED = {
    1: [1.9600],
    2: [2.9626, 1.9686],
    3: [3.7103, 2.5114, 1.9930],
    4: [4.3326, 2.9631, 2.3590, 2.0141],
    5: [4.8769, 3.3569, 2.6803, 2.2898, 2.0310],
}


def even(looks: int) -> list[float]:
    return [(look + 1) / looks for look in range(looks)]


@pytest.mark.parametrize("looks", PUBLISHED)
def test_boundaries_are_the_published_ones(looks):
    assert boundaries(even(looks), 0.05) == pytest.approx(PUBLISHED[looks], abs=1e-3)


def test_little_is_spent_early_and_all_of_it_at_the_horizon():
    assert spent(0.2, 0.05) < 1e-5
    assert spent(0.5, 0.05) == pytest.approx(0.00305, abs=1e-5)
    assert spent(1.0, 0.05) == spent(1.7, 0.05) == 0.05
    assert spent(0.0, 0.05) == 0.0


@settings(max_examples=30)
@given(st.lists(st.floats(0.001, 1.3), min_size=1, max_size=8, unique_by=lambda time: round(time, 4)))
def test_whatever_the_looks_what_was_spent_is_what_is_crossed(times):
    times = sorted(time for time in times if time <= 1.0) + [time for time in sorted(times) if time > 1.0][:1]
    edges = boundaries(times, 0.05)
    crossed = math.fsum(above + below for above, below in crossings(times, edges))
    assert crossed == pytest.approx(spent(times[-1], 0.05), abs=2e-6)
    assert all(0.0 < edge <= HIGHEST for edge in edges)


def test_crossings_are_those_of_simulated_tests():
    times = [0.1, 0.35, 0.4, 0.9, 1.0]
    edges = [3.0, 2.4, 2.4, 2.1, 2.05]
    drift = 1.5
    generator = np.random.default_rng(5)
    steps = np.diff([0.0, *times])
    walks = (generator.normal(size=(50_000, 5)) * np.sqrt(steps) + drift * steps).cumsum(axis=1) / np.sqrt(times)
    first = np.where(np.abs(walks) >= edges, np.arange(5), 9).min(axis=1)
    for look, (above, below) in enumerate(crossings(times, edges, drift)):
        here = walks[first == look, look]
        assert (here > 0).sum() / len(walks) == pytest.approx(above, abs=5 * math.sqrt(0.25 / len(walks)))
        assert (here < 0).sum() / len(walks) == pytest.approx(below, abs=5 * math.sqrt(0.25 / len(walks)))


def test_a_drift_the_other_way_crosses_the_other_side():
    times, edges = even(4), [3.0, 2.5, 2.2, 2.0]
    flipped = [(below, above) for above, below in crossings(times, edges, -1.3)]
    assert crossings(times, edges, 1.3) == [pytest.approx(pair, rel=1e-9) for pair in flipped]


def test_a_drift_that_leaves_next_to_nobody_behind_is_no_error():
    times, edges = even(20), list(boundaries(even(20), 0.05))
    for drift in (40.0, -40.0, 5_000.0):
        found = crossings(times, edges, drift)
        assert math.fsum(map(sum, found)) == pytest.approx(1.0, abs=1e-6)
        assert all(above >= 0.0 and below >= 0.0 for above, below in found)


def test_looks_next_to_each_other_cost_nearly_nothing():
    first, second, last = boundaries([0.5, 0.5 + 1e-6, 1.0], 0.05)
    assert first == pytest.approx(boundaries([0.5, 1.0], 0.05)[0])
    assert second == pytest.approx(first, abs=0.02)
    assert last == pytest.approx(boundaries([0.5, 1.0], 0.05)[1], abs=2e-3)


def test_more_units_than_planned_spend_the_rest_and_no_more():
    edges = boundaries([0.3, 0.7, 1.6], 0.05)
    assert math.fsum(map(sum, crossings([0.3, 0.7, 1.6], edges))) == pytest.approx(0.05, abs=1e-8)
    assert edges[-1] > boundaries([0.3, 0.7, 1.0], 0.05)[-1]


def test_a_hundred_looks_keep_alpha():
    assert math.fsum(map(sum, crossings(even(100), boundaries(even(100), 0.01)))) == pytest.approx(0.01, abs=1e-7)


def test_nothing_to_spend_is_the_highest_boundary():
    assert next_boundary([], [], 0.5, 0.0) == HIGHEST
    assert boundaries([1e-4, 1.0], 0.05) == (HIGHEST, pytest.approx(1.959964, abs=1e-5))
