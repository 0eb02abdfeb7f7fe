from __future__ import annotations

import pytest

from core.experiments.statistics import student
from tests.unit.core.experiments.statistics import references


@pytest.mark.parametrize("degrees", [1.0, 1.5, 3.3, 30.7, 1_000.1, 1e6])
@pytest.mark.parametrize("t", [0.0, 1e-8, 0.1, 1.96, -5.0, 30.0])
def test_p_values_are_right_to_60_digits(t, degrees):
    assert student.two_sided_p(t, degrees) == pytest.approx(references.student_p(t, degrees), rel=1e-11)


def test_with_a_billion_degrees_it_is_nearly_the_normal_distribution():
    # The distance of the two is about (z^4 + z^2) / 4 df of the tail: told from 0 only if no digits were lost.
    assert student.two_sided_p(1.959963984540054, 1e9) == pytest.approx(0.05, rel=1e-7)
    assert student.two_sided_p(1.959963984540054, 1e9) > 0.05
    assert student.critical(0.95, 1e9) == pytest.approx(1.959963984540054, rel=2e-9)


@pytest.mark.parametrize("degrees", [1.0, 2.5, 17.0, 1e9])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999_999])
def test_the_critical_value_has_the_p_value_that_is_left(degrees, level):
    assert student.two_sided_p(student.critical(level, degrees), degrees) == pytest.approx(1.0 - level, rel=1e-10)
