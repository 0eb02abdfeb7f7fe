"""Tests of two shares against statsmodels where it is right, and against 60 digits everywhere."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from statsmodels.stats import proportion

from core.experiments.results import Range
from core.experiments.statistics import proportions
from tests.unit.core.experiments.statistics import references
from tests.unit.core.experiments.statistics.hard_cases import HARD_CASES, Counts

EXACT_TO = 1e-9
"""Of a number, or of the width of an interval: an absolute 1e-9 would say nothing of one in a billion."""

NOTHING_TO_TELL_BY = {
    name for name, counts in HARD_CASES.items() if counts.x1 + counts.x0 in {0, counts.n1 + counts.n0}
}
LOSES_DIGITS = {
    # statsmodels subtracts shares that are rounded: what is left of a difference of 1e-9 has seven digits.
    "z": {"all but one of a billion", "one apart in a billion"},
    "wald": {"all but one of a billion"},
    # ... and the centre and the reach of Wilson's intervals.
    "newcombe": {"all of a billion", "all but one of a billion", "all against none of a billion"},
}
SCORE_IS_RIGHT = {"99 to 1, all in the small arm"}
"""The score interval of statsmodels 0.14 and 0.15 takes its shares from a cubic with x0 where n0 belongs, in the linear
term (statsmodels/statsmodels#10269), and its search raises where a share is 0 or 1."""

ALL = list(HARD_CASES)


def close(found: Range | tuple[float, float] | None, wanted: tuple[float, float]) -> bool:
    if found is None:
        return False
    ends = (found.lower, found.upper) if isinstance(found, Range) else found
    slack = EXACT_TO * (wanted[1] - wanted[0])
    return all(abs(end - goal) <= slack for end, goal in zip(ends, wanted, strict=True))


def of_statsmodels(counts: Counts, method: str) -> tuple[float, float] | None:
    """None where it raises or returns no number."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            if method == "z":
                found = proportion.proportions_ztest([counts.x1, counts.x0], [counts.n1, counts.n0])
            else:
                found = proportion.confint_proportions_2indep(*counts, method=method)
        except ValueError:
            return None
    return tuple(map(float, found)) if np.isfinite(found).all() else None


def test_there_are_enough_hard_cases():
    assert len(set(HARD_CASES.values())) >= 48


@pytest.mark.parametrize("name", [name for name in ALL if name not in NOTHING_TO_TELL_BY])
def test_z_and_p_are_right(name):
    counts = HARD_CASES[name]
    found, wanted = proportions.two_proportion_z(*counts), references.z_test(counts)
    assert found == pytest.approx(wanted, rel=EXACT_TO, abs=0.0)
    same = of_statsmodels(counts, "z") == pytest.approx(wanted, rel=EXACT_TO, abs=0.0)
    assert same == (name not in LOSES_DIGITS["z"])


@pytest.mark.parametrize("name", sorted(NOTHING_TO_TELL_BY))
def test_where_all_converted_or_none_there_is_nothing_to_tell_the_arms_by(name):
    assert proportions.two_proportion_z(*HARD_CASES[name]) == (0.0, 1.0)
    assert of_statsmodels(HARD_CASES[name], "z") is None


@pytest.mark.parametrize("name", ALL)
def test_walds_interval_is_right(name):
    counts = HARD_CASES[name]
    wanted = references.wald(counts)
    assert close(proportions.wald(*counts), wanted)
    assert close(of_statsmodels(counts, "wald"), wanted) == (name not in LOSES_DIGITS["wald"])


@pytest.mark.parametrize("name", ALL)
def test_newcombes_interval_is_right(name):
    counts = HARD_CASES[name]
    wanted = references.newcombe(counts)
    assert close(proportions.newcombe(*counts), wanted)
    assert close(of_statsmodels(counts, "newcomb"), wanted) == (name not in LOSES_DIGITS["newcombe"])


@pytest.mark.parametrize("name", ALL)
def test_the_score_interval_is_right_and_that_of_statsmodels_is_not(name):
    counts = HARD_CASES[name]
    wanted = references.miettinen_nurminen(counts)
    assert close(proportions.miettinen_nurminen(*counts), wanted)
    assert close(of_statsmodels(counts, "score"), wanted) == (name in SCORE_IS_RIGHT)


def test_the_score_interval_of_statsmodels_is_lopsided_for_arms_that_are_the_same():
    lower, upper = of_statsmodels(Counts(5, 10, 5, 10), "score")
    assert abs(lower + upper) > 1e-3
    ours = proportions.miettinen_nurminen(5, 10, 5, 10)
    assert ours.lower == -ours.upper


@pytest.mark.parametrize("name", ALL)
def test_wilsons_interval_is_right(name):
    counts = HARD_CASES[name]
    for x, n in ((counts.x1, counts.n1), (counts.x0, counts.n0)):
        wanted = references.wilson(x, n)
        assert close(proportions.wilson(x, n), wanted)
        theirs = proportion.proportion_confint(x, n, method="wilson")
        # Near 1 theirs has lost what a difference from 1 can lose, and no more.
        assert theirs == pytest.approx(wanted, rel=EXACT_TO, abs=EXACT_TO)


PUBLISHED = {
    # Newcombe 1998, table II: method 10, and method 6, which is that of Miettinen and Nurminen.
    "newcombe a": ((0.0524, 0.3339), (0.0528, 0.3382)),
    "newcombe b": ((0.1705, 0.8090), (0.1700, 0.8406)),
    "newcombe c": ((0.0582, 0.8062), (0.0342, 0.8534)),
    "newcombe d": ((-0.0381, 0.1926), (-0.0326, 0.1933)),
    "newcombe e": ((-0.1611, 0.2775), (-0.1658, 0.2844)),
    "newcombe f": ((-0.2775, 0.2775), (-0.2879, 0.2879)),
    "newcombe g": ((0.6791, 1.0000), (0.7156, 1.0000)),
    "newcombe h": ((0.6075, 1.0000), (0.6636, 1.0000)),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_intervals_are_those_that_newcombe_published(name):
    hybrid, score = PUBLISHED[name]
    for method, wanted in ((proportions.newcombe, hybrid), (proportions.miettinen_nurminen, score)):
        found = method(*HARD_CASES[name])
        assert (found.lower, found.upper) == pytest.approx(wanted, abs=5.1e-5)


def test_p_values_are_right_down_to_the_smallest_number():
    # One less the distribution function would be 0 from a z of 8.3 on.
    z, p = proportions.two_proportion_z(*HARD_CASES["z of 36"])
    assert 35 < abs(z) < 36
    assert 0.0 < p < 1e-270
    assert proportions.two_proportion_z(*HARD_CASES["beyond the smallest number"])[1] == 0.0
    assert math.isfinite(proportions.two_proportion_z(*HARD_CASES["beyond the smallest number"])[0])
