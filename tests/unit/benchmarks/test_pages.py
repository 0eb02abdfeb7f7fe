from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.version import Metric
from tests.benchmarks.agreement import Agreement
from tests.benchmarks.budget import MET, MISSED, REACHED
from tests.benchmarks.quality_page import METRICS, quality_page
from tests.benchmarks.quality_run import QualityResult, RefusalResult
from tests.benchmarks.quality_sets import MEASURED, REFUSED
from tests.benchmarks.rounds import Comparison, Round, spread
from tests.benchmarks.speed import Speed
from tests.benchmarks.speed_page import Measured, budget_lines, room_beside, speed_page, step_rows

EXPLAINING = {
    "one_row_us": 50.0,
    "one_row_reference_us": 900.0,
    "one_row_ratio": 18.0,
    "batch_row_us": 40.0,
    "batch_row_ratio": 20.0,
    "largest_difference": 3e-7,
}
AGREEMENT = Agreement(
    score_offline=0.0,
    score_xgboost=2e-7,
    batch_offline=0.0,
    batch_xgboost=2e-7,
    additivity=1e-14,
    explained_count=10_000,
    reasons=1e-6,
    reason_row_count=2_000,
)


def _compared(null: int, real: int) -> Comparison:
    def round_of(calls: int) -> Round:
        return Round(seconds=1.0, latencies=[0.001] * calls, cpu_seconds=0.5)

    return Comparison(null=[round_of(null)] * 3, real=[round_of(real)] * 3)


@pytest.fixture
def measured() -> Measured:
    speed = Speed(
        score=_compared(1_000, 800),
        score_alone=_compared(1_000, 900),
        reasons=_compared(1_000, 500),
        reasons_alone=_compared(1_000, 600),
        batch=_compared(300, 60),
        resident_mib=110.0,
        request_bytes=660,
        answer_bytes={"score-0": 300, "score-5": 700, "batch": 250_000},
    )
    return Measured(
        speed=speed,
        ready=spread([0.5, 0.55, 0.7]),
        explaining=EXPLAINING,
        features=384,
        steps={"features": 61.4, "token": 12.2},
    )


def test_each_budget_has_its_verdict(measured):
    assert [line.verdict for line in budget_lines(measured)] == [MET, MISSED, REACHED, REACHED, REACHED]


def test_explaining_must_be_fast_in_itself_too_for_the_reach(measured):
    slow = replace(measured, explaining=EXPLAINING | {"one_row_us": 250.0})
    assert budget_lines(slow)[2].verdict == MET


def test_the_page_shows_a_miss_with_its_figures(measured):
    page = speed_page(measured, facts="2 cores.", effort="3 pairs.")
    assert "500 calls/s beside 1,000 | 0.50 (0.50 to 0.50) | missed" in page
    assert "{" not in page


def test_the_steps_come_with_their_sum():
    assert step_rows({"features": 61.4, "token": 12.2}) == [["features", "61"], ["token", "12"], ["together", "74"]]


def test_the_room_of_a_budget_is_what_keeps_the_rate():
    null = [Round(seconds=1.0, latencies=[0.001] * 1_000, cpu_seconds=0.3)]
    assert room_beside(null, 0.75) == pytest.approx(0.0001)


def _result(auc: float, agreement: Agreement = AGREEMENT) -> QualityResult:
    values = dict.fromkeys((*METRICS, "base_rate"), 0.03) | {"auc": auc}
    metrics = {
        name: Metric(name=name, value=value, lower=value - 0.01, upper=value + 0.01, sample_count=1_940)
        for name, value in values.items()
    }
    return QualityResult(
        asked=MEASURED[0],
        learned_count=4_528,
        metrics=metrics,
        calibration="platt",
        fit_seconds=3.0,
        agreement=agreement,
    )


def test_a_met_bar_is_no_miss_and_a_missed_one_is_named_with_its_figure():
    assert _result(0.88).misses == []
    assert _result(0.8668).misses == ["X Education, first touch: auc 0.8668, must be 0.87"]


@pytest.mark.parametrize("name", ["score_offline", "score_xgboost", "batch_offline", "batch_xgboost"])
@pytest.mark.parametrize("value", [2e-5, math.nan])
def test_a_served_figure_that_differs_is_a_miss(name, value):
    assert _result(0.88, replace(AGREEMENT, **{name: value})).misses


@pytest.mark.parametrize(("name", "value"), [("additivity", 2e-3), ("reasons", 2e-4)])
def test_reasons_that_differ_or_do_not_add_up_are_a_miss(name, value):
    assert _result(0.88, replace(AGREEMENT, **{name: value})).misses


def test_a_refusal_must_have_its_code_and_name_what_leaks():
    named = RefusalResult(asked=REFUSED[0], reason="LEAKING_FEATURES", sentence="'Tags' tells. 'Lead Quality' tells.")
    assert named.misses == []
    assert replace(named, sentence="'Tags' tells.").misses
    assert replace(named, reason="NO_SIGNAL").misses
    assert replace(named, reason="").misses == [
        "X Education, all columns: must be refused with LEAKING_FEATURES, was: not"
    ]


def test_the_page_says_what_was_missed_and_what_was_skipped():
    page = quality_page([_result(0.8668)], [], ["Caravan policies: skipped."], "2 cores.")
    assert "0.867 (0.857 to 0.877)" in page
    assert "- X Education, first touch: auc 0.8668, must be 0.87" in page
    assert "- Caravan policies: skipped." in page
