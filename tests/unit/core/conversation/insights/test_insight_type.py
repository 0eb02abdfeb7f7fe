from __future__ import annotations

import pytest

from core.conversation.insights.insight_type import InsightType, check_fields
from core.criteria.criterion import Comparison, Operator
from core.criteria.facts import FieldType
from core.errors import InvalidInput

LEAD = {"lead.price": FieldType.NUMBER}


def comparison(field="analysis.urgency", operator=Operator.AT_LEAST, value=0.5):
    return Comparison(field=field, operator=operator, value=value)


def kind(**fields):
    usual = {"key": "big_fish", "title": "Big fish", "criterion": comparison()}
    return InsightType(**{**usual, **fields})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"key": ""}, "key"),
        ({"key": "Big"}, "key"),
        ({"key": "urgency"}, "key"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"priority_score": 100.5}, "priority_score"),
        ({"priority_score": float("nan")}, "priority_score"),
        ({"predicted_outcome": "x" * 101}, "predicted_outcome"),
        ({"recommended_actions": ("x",) * 11}, "recommended_actions"),
        ({"recommended_actions": ("x", "")}, "recommended_actions[1]"),
    ],
)
def test_broken_fields_are_named(fields, named):
    with pytest.raises(InvalidInput) as raised:
        kind(**fields)
    assert [one.field for one in raised.value.violations] == [named]


def test_a_kind_looks_at_the_analysis_and_the_lead():
    check_fields(kind(), LEAD)
    check_fields(kind(criterion=comparison("lead.price", value=1.0)), LEAD)


@pytest.mark.parametrize(
    "criterion",
    [
        comparison("lead.colour"),
        comparison("analysis.momentum"),
        comparison("analysis.insights", Operator.CONTAINS, "x"),
    ],
)
def test_other_fields_and_insights_are_refused(criterion):
    with pytest.raises(InvalidInput):
        check_fields(kind(criterion=criterion), LEAD)
