from __future__ import annotations

import math

import pytest

from core.experiments.sequential.crossing import crossings
from core.experiments.sequential.design import drift_of_looks, drift_of_one_look, expected_share
from core.experiments.sequential.spending import boundaries


def test_one_look_needs_the_textbooks_drift():
    assert drift_of_one_look(0.05, 0.8) == pytest.approx(1.959964 + 0.841621, abs=1e-6)
    assert drift_of_looks(0.05, 0.8, 1) == pytest.approx(drift_of_one_look(0.05, 0.8), abs=1e-6)


@pytest.mark.parametrize(("alpha", "power", "looks"), [(0.05, 0.8, 20), (0.01, 0.95, 5), (0.1, 0.5, 40)])
def test_the_drift_gives_the_power(alpha, power, looks):
    times = [(look + 1) / looks for look in range(looks)]
    found = crossings(times, boundaries(times, alpha), drift_of_looks(alpha, power, looks))
    assert math.fsum(above for above, _ in found) == pytest.approx(power, abs=1e-6)


def test_inflation_of_five_looks_is_the_published_one():
    # Jennison and Turnbull 2000, table 7.5 (rho 3 is near it): some 3 % for 5 looks, never more than some 6 %.
    five = (drift_of_looks(0.05, 0.8, 5) / drift_of_one_look(0.05, 0.8)) ** 2
    hundred = (drift_of_looks(0.05, 0.8, 100) / drift_of_one_look(0.05, 0.8)) ** 2
    assert 1.02 < five < 1.03
    assert five < hundred < 1.06


def test_an_alpha_that_no_boundary_can_spend_has_a_drift():
    assert drift_of_looks(1e-100, 0.8, 20) == drift_of_one_look(1e-100, 0.8)


def test_a_power_next_to_1_has_a_drift():
    drift = drift_of_looks(1e-9, 0.999999, 100)
    assert drift_of_one_look(1e-9, 0.999999) <= drift < 1.1 * drift_of_one_look(1e-9, 0.999999)


def test_a_drift_of_any_size_has_a_share():
    assert expected_share(1e-9, 1e6, 20) == pytest.approx(0.05)
    assert expected_share(1e-100, 20.0, 20) <= 1.0


def test_an_effect_ends_it_early_and_none_does_not():
    assert expected_share(0.05, 2.8, 20) == pytest.approx(0.76, abs=0.01)
    assert expected_share(0.05, 0.0, 20) > 0.98
    assert expected_share(0.05, 2.8, 1) == 1.0
    assert expected_share(0.05, 8.0, 20) < 0.35
