from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from leadline import (
    Action,
    ActionCatalog,
    ActionCategory,
    All,
    AnyOf,
    ComparisonOperator,
    ContactCap,
    ContextWeight,
    CoolDown,
    FieldComparison,
    InvalidRequest,
    Not,
    QuietHours,
)
from leadline.command.catalog_file import plain_catalog, read_catalog
from leadline.convert.criterion import criterion_from_wire, criterion_to_wire

VIP = FieldComparison(field="lead.attributes.vip", operator=ComparisonOperator.EQUAL, value=True)
LEVEL = FieldComparison(field="health.level", operator=ComparisonOperator.ONE_OF, texts=("engaged",))
NAMED = FieldComparison(field="lead.title", operator=ComparisonOperator.KNOWN)
CHEAP = FieldComparison(field="lead.price", operator=ComparisonOperator.LESS, value=2.5)
CRITERION = All((VIP, AnyOf((LEVEL, Not(NAMED), CHEAP))))
CATALOG = ActionCatalog(
    actions=(
        Action(
            action_id="a",
            title="A",
            category=ActionCategory.CONVERSION,
            eligibility=CRITERION,
            start_time=datetime(2026, 1, 1, tzinfo=UTC),
            cool_down=CoolDown(action=timedelta(days=7), channel=timedelta(minutes=90)),
            lead_cap=ContactCap(count=2, window=timedelta(seconds=90)),
            excluded_action_ids=("b",),
            exclusion_window=timedelta(hours=36),
            needs_consent=True,
            lever=2.0,
            context_weights=(ContextWeight(criterion=VIP, percent=-10.0, reason="r"),),
        ),
        Action(action_id="b", title="B", category=ActionCategory.NURTURING),
    ),
    quiet_hours=(QuietHours(start_minute=1290, end_minute=480, quiet_weekdays=(7,)),),
    exploration=0.1,
)


def written(tmp_path, content):
    path = tmp_path / "catalog.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_what_is_shown_is_what_is_read(tmp_path):
    shown = plain_catalog(CATALOG)
    assert shown["quiet_hours"] == [{"start_minute": "21:30", "end_minute": "08:00", "quiet_weekdays": [7]}]
    assert shown["actions"][0]["cool_down"] == {"action": "7d", "channel": "90m"}
    assert shown["actions"][0]["lead_cap"] == {"count": 2, "window": 90.0}
    assert shown["actions"][1] == {"action_id": "b", "title": "B", "category": "nurturing"}
    assert read_catalog(written(tmp_path, shown)) == CATALOG


def test_criteria_come_back_from_the_wire():
    assert criterion_from_wire(criterion_to_wire(CRITERION, "it")) == CRITERION


ACTION = {"action_id": "a", "title": "A", "category": "nurturing"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "must be JSON"),
        ([], "catalog must be an object"),
        ({}, "catalog.actions must be there"),
        ({"actions": 3}, "catalog.actions must be a list"),
        ({"actions": [{"title": "A"}]}, "catalog.actions[0].action_id must be there"),
        ({"actions": [{**ACTION, "category": "x"}]}, "category must be one of immediate_response, engagement,"),
        ({"actions": [{**ACTION, "colour": "red"}]}, "catalog.actions[0].colour must be one of"),
        ({"actions": [{**ACTION, "title": 3}]}, "catalog.actions[0].title must be a text"),
        ({"actions": [{**ACTION, "value": "3"}]}, "catalog.actions[0].value must be a number"),
        ({"actions": [{**ACTION, "daily_cap": 1.5}]}, "catalog.actions[0].daily_cap must be a whole number"),
        ({"actions": [{**ACTION, "needs_consent": 1}]}, "needs_consent must be true or false"),
        ({"actions": [{**ACTION, "start_time": "soon"}]}, "start_time must be a time like"),
        ({"actions": [{**ACTION, "due_within": "7 weeks"}]}, "due_within must be a number of seconds"),
        ({"actions": [{**ACTION, "due_within": -1}]}, "due_within must be a number of seconds"),
        ({"actions": [ACTION], "quiet_hours": [{"end_minute": "24:00"}]}, "end_minute must be a minute of the day"),
        ({"actions": [{**ACTION, "eligibility": {"field": "x", "is": "y"}}]}, "eligibility.is must be one of known"),
        ({"actions": [{**ACTION, "eligibility": {"all": {}}}]}, "eligibility.all must be a list"),
        ({"actions": [{**ACTION, "eligibility": {"some": []}}]}, 'eligibility must have "all", "any", "not"'),
    ],
)
def test_what_is_no_catalogue_is_named(tmp_path, content, words):
    with pytest.raises(InvalidRequest) as raised:
        read_catalog(written(tmp_path, content))
    assert words in raised.value.message
