from __future__ import annotations

import json
from random import Random

import pytest

from core.criteria.checking import check, type_of
from core.criteria.criterion import All, AnyOf, Comparison, Not, Operator, comparisons
from core.criteria.criterion_json import criterion_from_json, criterion_to_json
from core.criteria.facts import FieldType
from core.criteria.holding import compiled, holds
from core.criteria.unmet import first_unmet
from core.errors import InvalidInput
from tests.parts.action_cases import make_case, make_criterion

FIELDS = {
    "lead.title": FieldType.TEXT,
    "lead.price": FieldType.NUMBER,
    "lead.is_new": FieldType.FLAG,
    "analysis.intents": FieldType.TEXTS,
    "lead.attributes.": FieldType.ANY,
}


def compare(field, operator, value=None, texts=()):
    return Comparison(field=field, operator=Operator(operator), value=value, texts=texts)


KNOWN = compare("lead.title", "known")


@pytest.mark.parametrize(
    ("criterion", "facts", "expected"),
    [
        (KNOWN, {"lead.title": ""}, True),
        (KNOWN, {}, False),
        (compare("lead.price", "less", 5), {"lead.price": 4.9}, True),
        (compare("lead.price", "less", 5), {"lead.price": 5.0}, False),
        (compare("lead.price", "at_most", 5), {"lead.price": 5.0}, True),
        (compare("lead.price", "greater", 5), {"lead.price": 5.0}, False),
        (compare("lead.price", "at_least", 5), {"lead.price": 5.0}, True),
        (compare("lead.price", "at_least", 0), {"lead.price": True}, False),
        (compare("lead.price", "at_least", 0), {"lead.price": "1"}, False),
        (compare("lead.price", "not_equal", 5), {}, False),
        (compare("lead.price", "not_equal", 5), {"lead.price": 6.0}, True),
        (compare("lead.attributes.x", "equal", 1), {"lead.attributes.x": True}, False),
        (compare("lead.attributes.x", "not_equal", 1), {"lead.attributes.x": True}, True),
        (compare("lead.attributes.x", "equal", True), {"lead.attributes.x": True}, True),
        (compare("lead.title", "one_of", texts=("a", "b")), {"lead.title": "b"}, True),
        (compare("lead.title", "one_of", texts=("a", "b")), {"lead.title": "B"}, False),
        (compare("analysis.intents", "contains", "buying"), {"analysis.intents": ("price", "buying")}, True),
        (compare("analysis.intents", "contains", "buy"), {"analysis.intents": "buying"}, False),
        (Not(compare("lead.price", "less", 5)), {}, True),
        (Not(Not(KNOWN)), {"lead.title": "x"}, True),
        (All((KNOWN, compare("lead.price", "known"))), {"lead.title": "x"}, False),
        (AnyOf((KNOWN, compare("lead.price", "known"))), {"lead.price": 1.0}, True),
        (AnyOf((KNOWN, compare("lead.price", "known"))), {}, False),
        (All((KNOWN,)), {"lead.title": "x"}, True),
    ],
)
def test_criteria_hold_as_they_say(criterion, facts, expected):
    assert holds(criterion, facts) is expected
    assert compiled(criterion)(facts) is expected


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: compare("price", "known"), "field"),
        (lambda: compare("lead.", "known"), "field"),
        (lambda: compare("lead.a\n", "known"), "field"),
        (lambda: compare("lead.title", "known", "x"), "value"),
        (lambda: compare("lead.title", "equal"), "value"),
        (lambda: compare("lead.price", "less", True), "value"),
        (lambda: compare("lead.price", "less", "5"), "value"),
        (lambda: compare("lead.price", "equal", float("nan")), "value"),
        (lambda: compare("lead.price", "equal", 10**400), "value"),
        (lambda: compare("lead.title", "equal", "x" * 1_001), "value"),
        (lambda: compare("analysis.intents", "contains", 3.0), "value"),
        (lambda: compare("lead.title", "one_of"), "texts"),
        (lambda: compare("lead.title", "one_of", texts=("a",) * 101), "texts"),
        (lambda: compare("lead.title", "equal", "a", texts=("a",)), "texts"),
        (lambda: All(()), "all.criteria"),
        (lambda: AnyOf((KNOWN,) * 51), "any.criteria"),
    ],
)
def test_a_criterion_is_built_valid_or_not_at_all(make, field):
    with pytest.raises(InvalidInput) as raised:
        make()
    assert [violation.field for violation in raised.value.violations] == [field]


def test_every_comparison_that_does_not_fit_is_named():
    criterion = All(
        (
            KNOWN,
            Not(compare("lead.nothing", "known")),
            AnyOf((compare("lead.title", "less", 3), compare("lead.price", "equal", "x"))),
            compare("analysis.intents", "one_of", texts=("a",)),
            compare("lead.attributes.Lead Source.x", "equal", "Web"),
            compare("lead.attributes.age", "less", 3),
        )
    )
    with pytest.raises(InvalidInput) as raised:
        check(criterion, FIELDS, "action.eligibility")
    assert [violation.field for violation in raised.value.violations] == [
        "action.eligibility.all.criteria[1].not.comparison.field",
        "action.eligibility.all.criteria[2].any.criteria[0].comparison.operator",
        "action.eligibility.all.criteria[2].any.criteria[1].comparison.value",
        "action.eligibility.all.criteria[3].comparison.operator",
    ]
    check(criterion.criteria[4], FIELDS, "it")
    assert type_of("lead.attributes.a.b", FIELDS) is FieldType.ANY
    assert type_of("lead.a.b", FIELDS) is None


def test_a_criterion_has_bounds():
    deep = KNOWN
    for _ in range(20):
        deep = Not(deep)
    with pytest.raises(InvalidInput, match="at most 20 criteria deep"):
        check(deep, FIELDS, "it")
    check(deep.criterion, FIELDS, "it")
    wide = All((All((KNOWN,) * 50),) * 11)
    assert sum(1 for _ in comparisons(wide)) == 550
    with pytest.raises(InvalidInput, match="at most 500 comparisons, not 550"):
        check(wide, FIELDS, "it")


@pytest.mark.parametrize("seed", range(50))
def test_criteria_come_back_from_json(seed):
    criterion = make_criterion(Random(seed), 4)
    assert criterion_from_json(json.loads(json.dumps(criterion_to_json(criterion))), "it") == criterion


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ([], "it"),
        ({}, "it"),
        ({"not": {}, "all": []}, "it"),
        ({"all": {}}, "it.all"),
        ({"any": []}, "it.any.criteria"),
        ({"not": 3}, "it.not"),
        ({"all": [{"field": "lead.title", "is": "like"}]}, "it.all[0].is"),
        ({"field": "lead.title", "is": "equal", "value": [1]}, "it.value"),
        ({"field": "lead.title", "is": "one_of", "texts": [1]}, "it.texts"),
        ({"field": "lead.title", "is": "known", "and": 1}, "it"),
    ],
)
def test_what_is_no_criterion_is_named(content, field):
    with pytest.raises(InvalidInput) as raised:
        criterion_from_json(content, "it")
    assert raised.value.violations[0].field == field


def test_json_is_not_followed_without_end():
    content = {"field": "lead.title", "is": "known"}
    for _ in range(500):
        content = {"not": content}
    with pytest.raises(InvalidInput, match="at most 20 criteria deep"):
        criterion_from_json(content, "it")


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (KNOWN, ""),
        (compare("lead.price", "at_least", 5), "Needs lead.price at least 5; it is 3"),
        (compare("lead.is_new", "equal", True), "Needs lead.is_new to be true; it is not known"),
        (All((KNOWN, compare("lead.price", "less", 1.5))), "Needs lead.price below 1.5; it is 3"),
        (compare("lead.title", "one_of", texts=("a", "b")), "Needs lead.title one of a, b; it is x"),
        (compare("analysis.intents", "contains", "p"), "Needs analysis.intents to hold p; it is a, b"),
        (Not(KNOWN), "What must not hold does"),
        (
            AnyOf((compare("lead.price", "greater", 9), Not(KNOWN))),
            "None of 2 alternatives holds: Needs lead.price above 9; it is 3, ...",
        ),
    ],
)
def test_what_does_not_hold_is_said(criterion, words):
    facts = {"lead.title": "x", "lead.price": 3.0, "analysis.intents": ("a", "b")}
    assert first_unmet(criterion, facts) == words


@pytest.mark.parametrize("seed", range(30))
def test_something_is_said_exactly_where_a_criterion_does_not_hold(seed):
    random = Random(seed)
    criterion = make_criterion(random, 4)
    facts = make_case(random, 3).facts
    assert (first_unmet(criterion, facts) == "") is holds(criterion, facts)
