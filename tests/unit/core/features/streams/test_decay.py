"""Decaying sums: exact, and near the true exponential."""

from __future__ import annotations

import pytest

from core.features.streams.decay import OLDEST, STEP_WEIGHTS, decay_step, decayed
from core.features.streams.window import DAY_US

HALF_LIFE_US = 7 * DAY_US
NOW_US = 1_772_323_200_000_000


def sums_of(*ages_us: int) -> dict[int, int]:
    sums: dict[int, int] = {}
    for age_us in ages_us:
        whole, fraction = decay_step(NOW_US - age_us, HALF_LIFE_US)
        sums[whole] = sums.get(whole, 0) + STEP_WEIGHTS[fraction]
    return sums


@pytest.mark.parametrize("age_days", [0, 0.5, 1, 7, 10, 30, 100, 270])
def test_an_event_weighs_what_its_age_says(age_days):
    weight = decayed(sums_of(int(age_days * DAY_US)), NOW_US, HALF_LIFE_US)

    # Ages are counted in steps: off by less than one step either way.
    assert weight == pytest.approx(2 ** (-age_days / 7), rel=2 ** (1 / 64) - 1 + 1e-5)


def test_weights_add_up():
    both = decayed(sums_of(DAY_US, 9 * DAY_US), NOW_US, HALF_LIFE_US)
    each = [decayed(sums_of(age), NOW_US, HALF_LIFE_US) for age in (DAY_US, 9 * DAY_US)]

    assert both == pytest.approx(sum(each))


def test_a_whole_half_life_later_it_is_exactly_half():
    sums = sums_of(0, 3 * DAY_US, 50 * DAY_US)

    assert decayed(sums, NOW_US + HALF_LIFE_US, HALF_LIFE_US) == decayed(sums, NOW_US, HALF_LIFE_US) / 2


def test_nothing_counts_after_forty_half_lives():
    whole, _ = decay_step(NOW_US, HALF_LIFE_US)

    assert decayed({whole - OLDEST: STEP_WEIGHTS[0]}, NOW_US, HALF_LIFE_US) > 0
    assert decayed({whole - OLDEST - 1: STEP_WEIGHTS[0]}, NOW_US, HALF_LIFE_US) == 0
    assert decayed({}, NOW_US, HALF_LIFE_US) == 0
