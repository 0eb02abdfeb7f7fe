from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from core.experiments.results import GuardrailState
from core.experiments.statistics.mean_test import UNKNOWN
from core.experiments.statistics.non_inferiority import non_inferior


def test_it_is_the_one_sided_z_test_of_statsmodels():
    generator = np.random.default_rng(2)
    treatment, control = generator.normal(10, 3, 400), generator.normal(10, 3, 300)
    both = CompareMeans(DescrStatsW(treatment), DescrStatsW(control))
    error = math.sqrt(treatment.var(ddof=1) / 400 + control.var(ddof=1) / 300)
    found = non_inferior(treatment.mean() - control.mean(), error, -0.4)
    assert found.p_value == pytest.approx(both.ztest_ind("larger", "unequal", value=-0.4)[1], rel=1e-9)
    # The one-sided end at 5 % is that of the two-sided interval at 10 %.
    assert found.lower == pytest.approx(both.zconfint_diff(alpha=0.1, usevar="unequal")[0], rel=1e-9)


@pytest.mark.parametrize(
    ("difference", "state"),
    [
        (0.00, GuardrailState.HOLDS),
        (0.20, GuardrailState.HOLDS),
        (-0.08, GuardrailState.NOT_YET_KNOWN),
        (-0.10, GuardrailState.NOT_YET_KNOWN),
        (-0.12, GuardrailState.NOT_YET_KNOWN),
        (-0.14, GuardrailState.VIOLATED),
    ],
)
def test_a_guardrail_holds_or_is_violated_beyond_the_ends_of_the_interval(difference, state):
    found = non_inferior(difference, 0.02, -0.1)
    assert found.state is state
    assert found.margin == -0.1
    assert (found.p_value < 0.05) == (state is GuardrailState.HOLDS)


@pytest.mark.parametrize("standard_error", [0.0, UNKNOWN])
def test_what_does_not_vary_or_is_not_known_proves_nothing(standard_error):
    for difference in (-1.0, 0.0, 1.0):
        found = non_inferior(difference, standard_error, -0.1)
        assert (found.state, found.p_value, found.lower) == (GuardrailState.NOT_YET_KNOWN, 1.0, -UNKNOWN)


@given(
    st.floats(-1e15, 1e15), st.floats(1e-9, 1e15), st.floats(-1e15, -1e-9), st.sampled_from([0.001, 0.025, 0.05, 0.2])
)
def test_it_holds_just_when_the_p_value_is_below_alpha(difference, error, margin, alpha):
    found = non_inferior(difference, error, margin, alpha)
    assert math.isfinite(found.lower)
    assert 0.0 <= found.p_value <= 1.0
    if abs(found.p_value - alpha) > 1e-9 and abs(found.p_value - (1 - alpha)) > 1e-9:
        assert (found.state is GuardrailState.HOLDS) == (found.p_value < alpha)
        assert (found.state is GuardrailState.VIOLATED) == (found.p_value > 1 - alpha)
