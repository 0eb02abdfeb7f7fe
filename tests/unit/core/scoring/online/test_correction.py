from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explain.points import EVERYTHING_ELSE
from core.scoring.model import ScoredRow
from core.scoring.model_runs import ModelRun
from core.scoring.online.correction import REASON, Bounds, Correction, Shown, as_said
from core.scoring.online.platt import Weights
from core.scoring.online.state import OnlineState
from core.scoring.result import Contribution, IntervalMethod, ProbabilityInterval

VERSION = "v20260101_120000_1a2b3c4d"


def a_run(probability: float, points=(6.0, -3.0), *, limit: int = 2, width: float = 0.1) -> ModelRun:
    base, score = 30.0, 100.0 * probability
    total = sum(map(abs, points)) + 1.0
    named = sorted(points, key=abs, reverse=True)[:limit]
    contributions = tuple(
        Contribution(feature=f"reason {n}", group="text", points=value, value_text="x") for n, value in enumerate(named)
    )
    shares = {c.feature: abs(c.points) / total for c in contributions}
    if contributions:
        shares[EVERYTHING_ELSE] = 1.0 - sum(shares.values())
    lower, upper = max(0.0, probability - width), min(1.0, probability + width)
    return ModelRun(
        row=np.zeros(2, np.float32),
        scored=ScoredRow(
            probability=probability,
            margin=0.0,
            interval=ProbabilityInterval(lower=lower, upper=upper, method=IntervalMethod.VENN_ABERS),
        ),
        base_points=base,
        other_points=score - base - sum(named),
        contributions=contributions,
        importance=shares,
        seconds=0.001,
    )


def correction(bias: float, bound: float = 2.0, slope: float = 0.0) -> Correction:
    weights = Weights(bias=bias, slope=slope)
    return Correction(snapshot="s", version=VERSION, weights=weights, bound_points=bound)


@given(
    probability=st.floats(0, 1),
    bias=st.floats(-3, 3),
    slope=st.floats(-0.8, 2),
    bound=st.floats(0, 100),
    limit=st.integers(0, 5),
    width=st.floats(0, 0.5),
)
def test_a_shown_score_is_within_the_bound_and_everything_still_adds_up(**drawn):
    probability, bias, slope = drawn["probability"], drawn["bias"], drawn["slope"]
    bound, limit, width = drawn["bound"], drawn["limit"], drawn["width"]
    run = a_run(probability, limit=limit, width=width)
    shown = correction(bias, bound, slope).applied(run, limit)
    score = 100.0 * shown.probability
    assert 0.0 <= score <= 100.0
    assert abs(score - 100.0 * probability) <= bound + 1e-9
    interval = shown.interval
    assert interval.lower <= shown.probability <= interval.upper
    assert interval.lower <= run.scored.interval.lower
    assert interval.upper >= run.scored.interval.upper
    total = run.base_points + sum(c.points for c in shown.contributions) + shown.other_points
    assert total == pytest.approx(score, abs=1e-9)
    assert len(shown.contributions) <= limit
    sizes = [abs(c.points) for c in shown.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert not shown.importance or sum(shown.importance.values()) == pytest.approx(1.0)


def names(run: Shown) -> list[str]:
    return [c.feature for c in run.contributions]


def test_the_shift_is_named_where_its_size_says():
    up = correction(1.0, bound=4.0).applied(a_run(0.4), 3)
    assert names(up) == ["reason 0", REASON, "reason 1"]
    mine = up.contributions[1]
    assert (mine.points, mine.value_text, mine.group) == (pytest.approx(4.0), "+4.0 points", "history")
    # 10 points of all reasons and 4 of the shift.
    assert up.importance[REASON] == pytest.approx(4 / 14)
    assert up.importance["reason 0"] == pytest.approx(6 / 14)


def test_the_last_of_too_many_goes_to_the_others():
    run = a_run(0.4)
    up = correction(1.0, bound=4.0).applied(run, 2)
    assert names(up) == ["reason 0", REASON]
    assert up.other_points == pytest.approx(run.other_points - 3.0)
    small = correction(1.0, bound=1.0).applied(run, 2)
    assert names(small) == ["reason 0", "reason 1"]
    assert small.other_points == pytest.approx(run.other_points + 1.0)


def test_a_lead_without_any_reason_gets_this_one():
    run = a_run(0.3, points=(), limit=3)
    up = correction(1.0).applied(run, 3)
    assert names(up) == [REASON]
    assert up.importance == {REASON: 1.0}


def test_without_a_shift_the_answer_is_as_the_version_said():
    run = a_run(0.4)
    for nothing in (correction(0.0), correction(1.0, bound=0.0)):
        assert nothing.applied(run, 2) == as_said(run)


@pytest.mark.parametrize(
    ("points", "loss", "proven", "bound"),
    [
        *((2.0, 6.9, False, 2.0), (2.0, 6.9, True, 20.0), (0.0, 6.9, False, 0.0), (0.0, 6.9, True, 0.0)),
        *((2.0, 7.1, False, 0.0), (2.0, 10.1, False, 0.0), (2.0, 10.1, True, 20.0)),
    ],
)
def test_the_bound_depends_on_whether_it_is_ahead_or_proven_and_zero_switches_all_off(points, loss, proven, bound):
    state = OnlineState(version=VERSION, loss=loss, version_loss=10.0, proven=proven)
    assert Bounds(points=points).of(state) == bound


def test_a_learner_that_has_learned_nothing_moves_nothing():
    assert Bounds().of(OnlineState(version=VERSION)) == 0.0


def test_a_correction_takes_microseconds():
    run, learner = a_run(0.4, limit=5), correction(0.7, bound=20.0)
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        for _ in range(100):
            learner.applied(run, 0)
        times.append((time.perf_counter() - begun) / 100)
    assert min(times) < 20e-6
