"""The e-mail test with three random arms: the experiment says what plain counting says, and ships what was better."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.experiments.results import RecommendationCode
from tests.benchmarks.hillstrom_answers import answers, replay
from tests.parts.hillstrom import FILE, TREATMENTS, read_customers

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FILE.is_file(), reason="the public data sets are not here; PUBLIC_DATA names their folder"),
]


ROWS = 15_000
"""Enough that both e-mails are beyond doubt; all of them, and purchases, take the program of the benchmarks minutes."""


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    (run,) = replay(read_customers()[:ROWS], tmp_path_factory.mktemp("hillstrom"), ["visit"])
    return run


def test_every_known_answer_is_given(visits):
    found = answers(visits)
    assert len(found) > 15
    assert [answer for answer in found if not answer.met] == []


def test_both_e_mails_bring_more_visits_than_none_and_the_one_for_men_is_shipped(visits):
    crossed = {look.treatment for look in visits.last.looks if look.crossed and look.statistic > 0}
    assert crossed == set(TREATMENTS)
    advice = visits.last.recommendation
    assert (advice.code, advice.variant) == (RecommendationCode.SHIP_TREATMENT, "mens")


def test_looks_that_were_taken_stay_as_they_were(visits):
    for before, after in pairwise(visits.days):
        assert after.looks[: len(before.looks)] == before.looks
        assert after.progress.units > before.progress.units
