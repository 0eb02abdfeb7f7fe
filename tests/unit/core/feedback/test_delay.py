from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feedback.delay import MOST_STOOD_FOR, DelayCurve, Ending, Survival, Watch

DAY = timedelta(days=1)
WINDOW = 30 * DAY


def test_the_product_limit_estimate_is_that_of_the_textbook():
    # Freireich's remission times under 6-MP, as in Cox and Oakes (1984), p. 8: survival at 6, 7, 10, 13, 16, 22, 23.
    lasted = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    censored = {3, 5, 7, 8, 11, 12, 13, 16, 17, 18, 19, 20}
    ended = np.array([index not in censored for index in range(21)])
    curve = Survival(np.array(lasted, dtype=float), ended)
    found = curve.after(np.array([5.9, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0, 99.0]))
    expected = [1.0, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448, 0.448]
    assert found == pytest.approx(expected, abs=5e-4)
    assert curve.until(np.array([6.0, 7.0])) == pytest.approx([1.0, 0.857], abs=5e-4)


def test_without_censoring_it_is_the_share_that_is_left():
    lasted = np.array([1.0, 2.0, 2.0, 5.0])
    curve = Survival(lasted, np.ones(4, dtype=bool))
    assert curve.after(np.array([0.0, 1.0, 2.0, 4.9, 5.0])).tolist() == [1.0, 0.75, 0.25, 0.25, 0.0]


def test_the_curve_stops_where_too_few_are_watched():
    lasted = np.arange(30, dtype=float)
    assert Survival(lasted, np.ones(30, dtype=bool), least_watched=20).at_last() == pytest.approx(19 / 30)


def test_without_a_conversion_silence_is_believed():
    for watches in ([], [Watch(DAY, Ending.SILENT)] * 50):
        curve = DelayCurve(watches, WINDOW)
        assert curve.share_within([DAY]).tolist() == [1.0]
        assert curve.belief_in_silence([WINDOW]).tolist() == [1.0]
        assert curve.stood_for([0 * DAY]).tolist() == [1.0]


def drawn(seed, count=20_000, rate=0.2, mean=14.0, history=120.0):
    """Ages and delays, in days, of leads that came evenly; a delay is infinite where the lead never converts."""
    generator = np.random.default_rng(seed)
    ages = generator.uniform(0.0, history, count)
    delays = np.where(generator.random(count) < rate, generator.exponential(mean, count), np.inf)
    return ages, delays


def watched(ages, delays):
    ends = np.where(delays <= ages, delays, ages)
    return [
        Watch(timedelta(days=float(end)), Ending.CONVERTED if delay <= age else Ending.SILENT)
        for end, delay, age in zip(ends, delays, ages, strict=True)
    ]


def test_the_share_that_came_within_a_time_is_found_again():
    curve = DelayCurve(watched(*drawn(1)), WINDOW)
    days = np.array([1.0, 7.0, 14.0, 30.0, 60.0])
    found = curve.share_within([timedelta(days=float(day)) for day in days])
    assert found == pytest.approx(1.0 - np.exp(-days / 14.0), abs=0.03)


def test_silence_is_believed_more_the_longer_it_lasts():
    curve = DelayCurve(watched(*drawn(2)), WINDOW)
    found = curve.belief_in_silence([day * DAY for day in (7, 14, 30, 60, 110)]).tolist()
    assert found == sorted(found)
    # F(30) (1 - p) / (1 - p F(30)) for p = 0.2.
    assert found[2] == pytest.approx(0.858, abs=0.02)
    assert found[-1] > 0.98


def test_a_label_stands_for_those_of_its_age_that_are_still_watched():
    # Half of them were watched for a day only, the others to the end.
    watches = [Watch(DAY, Ending.SILENT)] * 100 + [Watch(40 * DAY, Ending.SILENT)] * 100
    curve = DelayCurve(watches, WINDOW)
    assert curve.stood_for([0 * DAY, DAY, 2 * DAY, 40 * DAY]).tolist() == [1.0, 1.0, 2.0, 2.0]


def test_one_label_does_not_stand_for_ever_more():
    watches = [Watch(DAY, Ending.SILENT)] * 1_000 + [Watch(20 * DAY, Ending.LOST)]
    assert DelayCurve(watches, WINDOW).stood_for([20 * DAY]).tolist() == [MOST_STOOD_FOR]


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from(Ending)), max_size=60))
def test_every_figure_is_in_range_and_the_order_does_not_matter(rows):
    watches = [Watch(days * DAY, ending) for days, ending in rows]
    times = [days * DAY for days in (0, 1, 30, 100, 1_000)]
    curve, same = DelayCurve(watches, WINDOW), DelayCurve(watches[::-1], WINDOW)
    for ask in (DelayCurve.share_within, DelayCurve.belief_in_silence):
        found = ask(curve, times)
        assert ((found >= 0.0) & (found <= 1.0)).all()
        assert found.tolist() == ask(same, times).tolist()
    stood_for = curve.stood_for(times)
    assert ((stood_for >= 1.0) & (stood_for <= MOST_STOOD_FOR)).all()
