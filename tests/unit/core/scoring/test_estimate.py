from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.estimate import EVERYTHING_ELSE, Estimate, Reason, named_reasons
from core.scoring.result import IntervalMethod, ProbabilityInterval


def estimate(points, base=20.0):
    return Estimate(
        probability=(base + sum(points)) / 100,
        interval=ProbabilityInterval(lower=0.0, upper=1.0, method=IntervalMethod.VACUOUS),
        base_points=base,
        reasons=tuple(Reason(name=f"r{i}", group="text", points=p, value_text="yes") for i, p in enumerate(points)),
    )


def test_the_strongest_are_named_either_way():
    named, other, shares = named_reasons(estimate([1.0, -8.0, 0.0, 6.0, 5.0]), 2)
    assert [(c.feature, c.points) for c in named] == [("r1", -8.0), ("r3", 6.0)]
    assert other == pytest.approx(6.0)
    assert shares == pytest.approx({"r1": 8 / 20, "r3": 6 / 20, EVERYTHING_ELSE: 6 / 20})


def test_none_asked_for_or_none_there():
    assert named_reasons(estimate([3.0]), 0) == ((), pytest.approx(3.0), {})
    assert named_reasons(estimate([]), 5) == ((), pytest.approx(0.0), {})
    assert named_reasons(estimate([0.0]), 5) == ((), pytest.approx(0.0), {})


def test_ties_are_in_the_order_of_names():
    assert [c.feature for c in named_reasons(estimate([2.0, -2.0, 2.0]), 3)[0]] == ["r0", "r1", "r2"]


@given(st.lists(st.floats(-5, 5), max_size=12), st.integers(0, 12))
def test_points_always_add_up_and_shares_to_one(points, limit):
    whole = estimate(points, base=50.0)
    named, other, shares = named_reasons(whole, limit)
    assert 50.0 + sum(c.points for c in named) + other == pytest.approx(100 * whole.probability, abs=1e-9)
    assert len(named) <= limit
    if named:
        assert sum(shares.values()) == pytest.approx(1.0)
    else:
        assert shares == {}
