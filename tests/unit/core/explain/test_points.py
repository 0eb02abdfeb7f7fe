from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.explain import EVERYTHING_ELSE, ReasonIndex, explain_points


def index_of(reasons, names=None):
    names = names or tuple(f"reason {number}" for number in range(max(reasons) + 1))
    groups = tuple(f"group of {name}" for name in names)
    return ReasonIndex(names=names, groups=groups, reason_of_feature=np.array(reasons, np.int32))


def score_of(margin):
    return 100.0 / (1.0 + math.exp(-margin))


def slope_at(margin):
    return score_of(margin) * (1.0 - score_of(margin) / 100.0)


def explain(phi, index, *, base_margin=-0.4, missing=frozenset(), limit=5):
    margin = base_margin + float(np.sum(phi))
    return explain_points(
        phi=np.asarray(phi, np.float64),
        base_margin=base_margin,
        margin=margin,
        base_score=score_of(base_margin),
        score=score_of(margin),
        slope=slope_at(base_margin),
        index=index,
        missing=missing,
        limit=limit,
    )


def test_features_of_one_reason_are_added_and_scaled_to_points():
    found = explain([0.5, 0.25, -0.3], index_of([0, 0, 1]), base_margin=0.0)
    scale = (score_of(0.45) - 50.0) / 0.45
    assert found.base_points == 50.0
    assert [reason.name for reason in found.reasons] == ["reason 0", "reason 1"]
    assert [reason.points for reason in found.reasons] == pytest.approx([0.75 * scale, -0.3 * scale])
    assert found.reasons[0].group == "group of reason 0"
    assert found.reasons[1].index == 1
    assert found.other_points == pytest.approx(0.0, abs=1e-12)
    assert found.importance == pytest.approx({"reason 0": 0.75 / 1.05, "reason 1": 0.3 / 1.05})


def test_beyond_the_limit_points_are_other_and_importance_is_everything_else():
    found = explain([1.0, -2.0, 3.0, 4.0], index_of([0, 1, 2, 3]), limit=2)
    assert [reason.index for reason in found.reasons] == [3, 2]
    assert found.importance[EVERYTHING_ELSE] == pytest.approx(0.3)
    assert list(found.importance) == ["reason 3", "reason 2", EVERYTHING_ELSE]


def test_a_missing_reason_is_never_named_but_counts():
    found = explain([3.0, 1.0], index_of([0, 1]), missing=[0])
    assert [reason.index for reason in found.reasons] == [1]
    assert found.other_points == pytest.approx(3 * found.reasons[0].points)
    assert found.importance == pytest.approx({"reason 1": 0.25, EVERYTHING_ELSE: 0.75})
    nothing = explain([3.0, 1.0], index_of([0, 1]), missing={0, 1})
    assert nothing.reasons == ()
    assert nothing.importance == {EVERYTHING_ELSE: 1.0}


def test_reasons_without_points_are_not_named():
    found = explain([0.0, 2.0, 1.0, -1.0], index_of([0, 1, 2, 2]))
    assert [reason.index for reason in found.reasons] == [1]


def test_ties_are_ordered_by_name():
    index = index_of([0, 1, 2, 3], names=("pear", "apple", "fig", "zebra"))
    found = explain([1.0, -1.0, 1.0, 2.0], index, limit=3)
    assert [reason.name for reason in found.reasons] == ["zebra", "apple", "fig"]


def test_no_limit_no_reasons():
    found = explain([1.0, 2.0], index_of([0, 1]), limit=0)
    assert found.reasons == ()
    assert found.importance == {}
    assert found.base_points + found.other_points == pytest.approx(score_of(2.6))


@pytest.mark.parametrize("rest", [0.0, 1e-9, -3e-5])
def test_contributions_that_cancel_use_the_slope(rest):
    found = explain([2.0, -2.0 + rest], index_of([0, 1]))
    points = {reason.index: reason.points for reason in found.reasons}
    assert points == pytest.approx({0: 2.0 * slope_at(-0.4), 1: -2.0 * slope_at(-0.4)}, rel=1e-3)


def test_a_flat_link_gives_no_reasons():
    found = explain_points(
        phi=np.array([1.0]),
        base_margin=0.0,
        margin=1.0,
        base_score=40.0,
        score=40.0,
        slope=0.0,
        index=index_of([0]),
        missing=(),
        limit=5,
    )
    assert found.reasons == ()
    assert found.other_points == 0.0
    assert found.importance == {}


amounts = st.floats(-5, 5, allow_nan=False) | st.just(0.0)


@given(
    phi=st.lists(amounts, min_size=1, max_size=40),
    base_margin=st.floats(-4, 4),
    limit=st.integers(0, 50),
    data=st.data(),
)
def test_the_parts_always_add_up(phi, base_margin, limit, data):
    n_reasons = data.draw(st.integers(1, 12))
    reasons = data.draw(st.lists(st.integers(0, n_reasons - 1), min_size=len(phi), max_size=len(phi)))
    missing = data.draw(st.sets(st.integers(0, n_reasons - 1)))
    names = tuple(f"reason {number}" for number in range(n_reasons))
    found = explain(phi, index_of(reasons, names), base_margin=base_margin, missing=missing, limit=limit)
    total = found.base_points + sum(reason.points for reason in found.reasons) + found.other_points
    assert total == pytest.approx(score_of(base_margin + float(np.sum(phi))), abs=1e-9)
    assert len(found.reasons) <= limit
    assert not missing & {reason.index for reason in found.reasons}
    assert all(reason.points != 0.0 for reason in found.reasons)
    order = [(-abs(reason.points), reason.name) for reason in found.reasons]
    assert order == sorted(order)
    if found.importance:
        assert sum(found.importance.values()) == pytest.approx(1.0, abs=1e-9)
        assert min(found.importance.values()) >= 0.0
    assert set(found.importance) <= {reason.name for reason in found.reasons} | {EVERYTHING_ELSE}


@pytest.mark.parametrize(
    ("names", "groups", "reasons"),
    [
        (("a", "a"), ("g", "g"), [0, 1]),
        (("a", EVERYTHING_ELSE), ("g", "g"), [0, 1]),
        (("a", "b"), ("g",), [0, 1]),
        (("a", "b"), ("g", "g"), [0, 2]),
        (("a", "b"), ("g", "g"), [-1, 0]),
        (("a", "b"), ("g", "g"), [[0, 1]]),
    ],
)
def test_an_index_that_does_not_fit_is_refused(names, groups, reasons):
    with pytest.raises(InvalidInput):
        ReasonIndex(names=names, groups=groups, reason_of_feature=np.array(reasons, np.int32))
