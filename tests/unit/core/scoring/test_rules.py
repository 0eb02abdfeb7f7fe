from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.keyword_file import read_keywords
from core.features.keywords import KeywordFamilies
from core.lead import Lead
from core.scoring.result import IntervalMethod, ScoreSource
from core.scoring.rules import BASE_POINTS, CHECKLIST, RuleScorer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULES = RuleScorer(KeywordFamilies(read_keywords()))
PERFECT = {
    "title": "Urgent",
    "description": "budget " + "x" * 200,
    "category": "A/B",
    "location_name": "Berlin",
    "price": 0.0,
    "email": "a@firm.example",
    "phone": "1",
    "posted_time": NOW,
}


def test_base_and_checklist_add_up_to_a_hundred():
    assert BASE_POINTS + sum(rule.points for rule in CHECKLIST) == 100.0
    assert all(rule.points > 0 for rule in CHECKLIST)
    assert len({rule.name for rule in CHECKLIST}) == len(CHECKLIST)


def test_a_perfect_lead_has_a_hundred_and_one_that_says_nothing_the_base():
    assert RULES.estimate(Lead(lead_id="l", **PERFECT), NOW).probability == 1.0
    nothing = RULES.estimate(Lead(lead_id="l"), NOW)
    assert nothing.probability == BASE_POINTS / 100
    assert nothing.reasons == ()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"phone": "1"}, ["Telephone given"]),
        ({"email": "a@gmail.com"}, ["E-mail given"]),
        ({"email": "a@firm.example"}, ["E-mail given", "Business e-mail"]),
        ({"title": "asap"}, ["Urgency in the text"]),
        ({"description": "as soon as possible"}, ["Urgency in the text"]),
        ({"description": "what is the cost"}, ["Budget or salary in the text"]),
        ({"description": "x" * 199}, []),
        ({"description": "x" * 200}, ["Detailed description"]),
        ({"price": 0.0}, ["Price known"]),
        ({"location_name": "x"}, ["Place known"]),
        ({"category": "x"}, ["Category known"]),
        ({"posted_time": NOW - timedelta(days=6, hours=23)}, ["Posted within seven days"]),
        ({"posted_time": NOW - timedelta(days=7)}, []),
        ({"posted_time": NOW + timedelta(hours=1)}, []),
    ],
)
def test_what_holds_is_named_with_its_points(fields, named):
    estimate = RULES.estimate(Lead(lead_id="l", **fields), NOW)
    points = {rule.name: rule.points for rule in CHECKLIST}
    assert [(reason.name, reason.points) for reason in estimate.reasons] == [(name, points[name]) for name in named]
    assert 100 * estimate.probability == pytest.approx(BASE_POINTS + sum(points[name] for name in named))


@given(st.sets(st.sampled_from(sorted(PERFECT))))
def test_every_answer_is_in_range_adds_up_and_admits_to_know_nothing(given_fields):
    estimate = RULES.estimate(Lead(lead_id="l", **{name: PERFECT[name] for name in given_fields}), NOW)
    assert 0.0 <= estimate.probability <= 1.0
    assert estimate.base_points + sum(reason.points for reason in estimate.reasons) == pytest.approx(
        100 * estimate.probability
    )
    assert (estimate.interval.lower, estimate.interval.upper) == (0.0, 1.0)
    assert estimate.interval.method is IntervalMethod.VACUOUS
    assert RULES.source is ScoreSource.RULES


def test_lists_without_the_families_of_the_rules_still_score():
    bare = RuleScorer(KeywordFamilies({}))
    assert bare.estimate(Lead(lead_id="l", **PERFECT), NOW).probability == pytest.approx(0.78)
