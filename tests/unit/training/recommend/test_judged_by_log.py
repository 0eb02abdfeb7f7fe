"""What a new recipe and a registered version are judged by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.behavior.recording import microseconds_of
from core.identifiers import LeadId, TenantId
from core.recommend.model import RecommendationModel
from core.recommend.recommendation_log import LoggedItem, RecommendationRow
from tests.parts.recommenders import HOUR_US, START_US, catalogue, made_up_parts
from training.recommend.fit import RecommenderOptions
from training.recommend.off_policy import JudgedByLog
from training.recommend.run import Challenge

ACME = TenantId("acme")
BEGIN = datetime.fromtimestamp(START_US / 1e6, UTC) + timedelta(hours=4)


class Judge:
    """Gives rows, and tells what it was asked."""

    def __init__(self, count: int) -> None:
        items = [LoggedItem(one.item_id, 1.0, 0.5) for one in catalogue()[:5]]
        self.given = [
            RecommendationRow(
                tenant=ACME,
                token_id=f"t{number}",
                lead_id=LeadId(f"lead-{number % 60:03d}"),
                version="serving",
                source="model",
                recommend_time=BEGIN + timedelta(minutes=number),
                up_to_sequence=number,
                experiment="",
                variant="",
                exploration=0.1,
                items=items,
                candidates=[],
            )
            for number in range(count)
        ]
        self.asked: list[str | None] = []
        self.valued: list[RecommendationRow] = []

    def rows(self, _tenant, *, version=None):
        self.asked.append(version)
        return self.given

    def value(self, _tenant, rows, _scores):
        self.valued = list(rows)
        return "a report"


@pytest.fixture
def challenge(fitted, table):
    return Challenge(fitted=fitted, table=table, items=catalogue(), options=RecommenderOptions(), serving="serving")


def test_a_recipe_is_fitted_on_what_came_before_the_answers_it_is_judged_by(challenge, monkeypatch):
    fitted_until = []
    challenger = Challenge.challenger
    monkeypatch.setattr(
        Challenge, "challenger", lambda self, until_us: fitted_until.append(until_us) or challenger(self, until_us)
    )
    judge = Judge(100)

    assert JudgedByLog(judge=judge, tenant=ACME).of_recipe(challenge) == "a report"

    assert (judge.asked, judge.valued) == (["serving"], judge.given[50:])
    assert fitted_until == [microseconds_of(judge.given[50].recommend_time) - 1]


def test_a_challenger_has_not_seen_what_came_later(challenge):
    early, late = (challenge.challenger(START_US + hours * HOUR_US) for hours in (3, 9_999))
    assert early.item_ids == late.item_ids == tuple(item.item_id for item in catalogue())
    assert abs(early.parts.popularity - late.parts.popularity).max() > 0.1


def test_a_handful_of_answers_is_not_fitted_for(challenge):
    judge = Judge(80)
    assert JudgedByLog(judge=judge, tenant=ACME).of_recipe(challenge) is None
    assert judge.valued == []


def test_a_version_is_judged_by_answers_that_came_after_all_it_learned():
    judge = Judge(10)
    until = microseconds_of(judge.given[6].recommend_time)
    JudgedByLog(judge=judge, tenant=ACME).of_version(RecommendationModel(made_up_parts()), until)
    assert (judge.asked, judge.valued) == ([None], judge.given[7:])
