from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.experiment import AllocationMode
from core.experiments.sequential.crossing import crossings
from core.experiments.sequential.looks import looks_due
from core.experiments.sequential.spending import boundaries
from core.experiments.statistics.weighted import weighted_difference
from core.experiments.tally import WeightedMoments
from tests.parts.experiment_facts import DAY, LATER, START, plan, read_again_and_again, stored, tallies, tally

PLANNED = stored(plan=plan(4_000, look_count=4))


def even(units: int, rate: float = 0.1, better: float = 0.0):
    half = units // 2
    return tallies(control=(half, round(half * rate)), treatment=(half, round(half * (rate + better))))


def test_without_a_plan_there_are_none():
    assert looks_due(stored(), even(4_000), (), LATER) == ()


def test_a_look_is_due_when_units_have_grown_by_one_looks_share():
    assert looks_due(PLANNED, even(978), (), LATER) == ()
    (look,) = looks_due(PLANNED, even(1_000), (), LATER)
    assert (look.number, look.information, look.treatment_units, look.control_units) == (1, 0.25, 500, 500)
    assert looks_due(PLANNED, even(1_978), (look,), LATER) == ()
    assert looks_due(PLANNED, even(2_000), (look,), LATER)[0].number == 2


def test_somebody_who_reads_after_every_unit_has_as_many_looks_as_planned():
    looks = read_again_and_again(PLANNED, [even(units) for units in range(2, 5_000, 2)])
    assert [look.number for look in looks] == [1, 2, 3, 4]
    times = [look.information for look in looks]
    assert times == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.02 / 4 + 1e-9)
    assert [look.boundary for look in looks] == list(boundaries(times, 0.05))
    assert [look.alpha_spent for look in looks][-1] == 1.0


def test_twenty_parts_of_a_horizon_that_are_nearly_even_are_twenty_looks():
    # The last digits of a day's units: 199 of 4,000 is a little less than a twentieth.
    planned = stored(plan=plan(4_000))
    history = [even(200 * day - (2 if day % 3 else 0)) for day in range(1, 20)]
    looks = read_again_and_again(planned, [*history, even(4_000)])
    assert [look.number for look in looks] == list(range(1, 21))
    assert math.fsum(map(sum, crossings([look.information for look in looks], [look.boundary for look in looks]))) == (
        pytest.approx(0.05, abs=1e-6)
    )


def test_a_late_look_does_not_put_off_the_next_one():
    looks = read_again_and_again(PLANNED, [even(1_400), even(2_000), even(2_400), even(3_990), even(4_000)])
    assert [look.information for look in looks] == [0.35, 0.5, 0.9975, 1.0]


def test_the_look_at_the_horizon_is_the_last():
    looks = read_again_and_again(PLANNED, [even(1_000), even(4_600), even(9_000)])
    assert [look.information for look in looks] == [0.25, 1.0]
    edges = [look.boundary for look in looks]
    assert math.fsum(map(sum, crossings([0.25, 1.15], edges))) == pytest.approx(0.05, abs=1e-8)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=12))
def test_whenever_it_is_read_alpha_is_kept(steps):
    history, units = [], 0
    for step in steps:
        units += 2 * step
        history.append(even(units))
    looks = read_again_and_again(PLANNED, history)
    assert len(looks) <= 5
    times = [look.information for look in looks]
    spent = math.fsum(map(sum, crossings(times, [look.boundary for look in looks])))
    assert spent <= 0.05 + 1e-4


def test_alpha_is_split_over_the_treatments_that_get_units():
    three = stored({"control": 0.5, "a": 0.25, "b": 0.25, "off": 0.0}, plan=plan(4_000, look_count=1))
    looks = looks_due(three, tallies(control=(2_000, 200), a=(1_000, 100), b=(1_000, 160)), (), LATER)
    assert [look.treatment for look in looks] == ["a", "b"]
    assert {look.boundary for look in looks} == {boundaries([1.0], 0.025)[0]}
    assert [look.crossed for look in looks] == [False, True]


@pytest.mark.parametrize(
    ("control", "treatment"),
    [
        ((0, 0), (4_000, 9)),
        ((4_000, 9), (0, 0)),
        ((2_000, 0), (2_000, 0)),
        ((2_000, 2_000), (2_000, 2_000)),
        ((3_999, 1), (1, 0)),
        ((10**9, 10**9), (10**9, 10**9)),
        ((10**9, 5), (10**9, 3)),
    ],
)
def test_hard_counts_have_an_answer_that_says_nothing(control, treatment):
    (look,) = looks_due(stored(plan=plan(4_000)), tallies(control=control, treatment=treatment), (), LATER)
    assert not look.crossed
    assert -1.0 <= look.interval.lower <= 0.0 <= look.interval.upper <= 1.0
    assert math.isfinite(look.statistic)


@settings(max_examples=60)
@given(st.integers(2, 3_000), st.integers(2, 3_000), st.data())
def test_the_interval_leaves_out_0_if_and_only_if_the_boundary_is_crossed(units, control_units, data):
    hits, control_hits = data.draw(st.integers(0, units)), data.draw(st.integers(0, control_units))
    counts = tallies(control=(control_units, control_hits), treatment=(units, hits))
    (look,) = looks_due(stored(plan=plan(units + control_units)), counts, (), LATER)
    assert look.crossed == (look.interval.lower > 0.0 or look.interval.upper < 0.0)
    assert look.interval.lower <= look.difference <= look.interval.upper


def test_swapped_arms_flip_signs_and_nothing_else():
    (one,) = looks_due(PLANNED, tallies(control=(500, 40), treatment=(600, 70)), (), LATER)
    (other,) = looks_due(PLANNED, tallies(control=(600, 70), treatment=(500, 40)), (), LATER)
    assert one.statistic == pytest.approx(-other.statistic)
    assert (one.interval.lower, one.interval.upper) == pytest.approx((-other.interval.upper, -other.interval.lower))


def test_an_end_that_was_set_spends_the_rest_when_the_last_units_had_their_time():
    ended = stored(plan=plan(4_000, look_count=4), end_time=LATER, conversion_window=timedelta(days=14))
    (first,) = looks_due(ended, even(1_000), (), LATER - DAY)
    assert looks_due(ended, even(1_200), (first,), LATER + DAY) == ()
    (last,) = looks_due(ended, even(1_200), (first,), LATER + 14 * DAY)
    assert last.alpha_spent == 1.0
    assert math.fsum(map(sum, crossings([0.25, 0.3], [first.boundary, last.boundary]))) == pytest.approx(0.05, abs=1e-6)
    assert looks_due(ended, even(1_200), (first, last), LATER + 15 * DAY) == ()


def test_an_end_without_new_units_still_counts_the_conversions_that_came():
    ended = stored(plan=plan(4_000, look_count=4), end_time=LATER)
    (first,) = looks_due(ended, even(1_000), (), LATER - DAY)
    (last,) = looks_due(ended, even(1_000, better=0.02), (first,), LATER)
    assert (last.number, last.alpha_spent) == (2, 1.0)
    assert last.boundary == pytest.approx(1.96, abs=0.05)


def test_stopping_it_spends_only_what_its_units_allow():
    stopped = stored(plan=plan(4_000, look_count=4), stop_time=LATER)
    (look,) = looks_due(stopped, even(1_200), (), LATER)
    assert look.boundary == boundaries([0.3], 0.05)[0]
    assert looks_due(stopped, even(1_200), (look,), LATER + DAY) == ()


def test_a_bandit_is_read_by_its_weights():
    bandit = stored(plan=plan(4_000, look_count=1), mode=AllocationMode.BANDIT)
    (look,) = looks_due(bandit, even(4_000, better=0.05), (), START)
    assert look.difference == pytest.approx(0.05)
    assert look.crossed
    assert look.interval.lower > 0.0


def test_a_bandits_arm_that_was_set_to_get_nothing_is_not_tested():
    shares = {"control": 0.5, "treatment": 0.5, "off": 0.0}
    bandit = stored(shares, plan=plan(4_000, look_count=1), mode=AllocationMode.BANDIT)
    (look,) = looks_due(bandit, even(4_000), (), START)
    assert (look.treatment, look.boundary) == ("treatment", boundaries([1.0], 0.05)[0])


def test_a_bandit_without_units_in_an_arm_says_nothing():
    bandit = stored(plan=plan(100, look_count=1), mode=AllocationMode.BANDIT)
    (look,) = looks_due(bandit, tallies(control=(100, 10)), (), START)
    assert (look.statistic, look.interval.lower, look.interval.upper) == (0.0, -1.0, 1.0)


def test_a_bandit_where_few_convert_is_not_fooled_by_heavy_units():
    def heavy(units: int, hits: int) -> WeightedMoments:
        return WeightedMoments(
            weight=10.0 * units, weight_squares=100.0 * units, converted=10.0 * hits, converted_squares=100.0 * hits
        )

    bandit = stored(plan=plan(4_000, look_count=1), mode=AllocationMode.BANDIT)
    counts = {
        "control": tally("control", 3_600, 72),
        "treatment": tally("treatment", 400, 1, weighted=heavy(400, 1)),
    }
    assert weighted_difference(counts["treatment"].weighted, counts["control"].weighted).statistic < -3.5
    (look,) = looks_due(bandit, counts, (), START)
    assert -2.6 < look.statistic < -2.0
