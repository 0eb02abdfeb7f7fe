from __future__ import annotations

import re

from hypothesis import given, settings

from core.behavior.plan import LEAD_PLAN
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.sql.layout import Layout
from core.features.streams.sql.passes import passes
from core.features.streams.sql.tables import tables
from tests.parts.stream_plans import plan_of, plans

QUOTED = re.compile(r"'[^']*'")


def _texts(plan):
    layout = Layout.of(plan)
    return [statement.text for statement in tables(layout, 1000)] + [one.text for one in passes(layout)]


@settings(max_examples=50)
@given(plans())
def test_every_aggregate_is_answered_once(plan):
    answered = [aggregate for one in passes(Layout.of(plan)) for aggregate, _ in one.aggregates]
    assert sorted(a.name for a in answered) == sorted(a.name for a in plan.aggregates)


@settings(max_examples=50)
@given(plans())
def test_the_text_quotes_nothing_but_the_empty_text(plan):
    assert {quoted for text in _texts(plan) for quoted in QUOTED.findall(text)} <= {"''"}


def test_what_conditions_compare_with_is_bound():
    aggregate = Aggregate(name="a", function=Function.COUNT, pages=frozenset({"x'y", "b"}), devices=frozenset({"?"}))
    *_, events = tables(Layout.of(plan_of(aggregate)), 1000)
    assert events.values == (["b", "x'y"], ["?"])
    assert events.text.count("?") == 2


def test_the_text_is_the_same_in_every_process():
    kinds = frozenset({"b", "a", "c"})
    one, other = (
        plan_of(Aggregate(name="a", function=Function.COUNT, pages=pages)) for pages in (kinds, frozenset("cab"))
    )
    assert _texts(one) == _texts(other)


def test_aggregates_with_the_same_condition_share_a_column():
    aggregates = [
        Aggregate(name=f.value, function=f, field=Unit.VALUE) for f in (Function.SUM, Function.MIN, Function.MAX)
    ]
    assert len(Layout.of(plan_of(*aggregates)).conditions) == 3  # theirs, and those of the count and of the last time


def test_plain_aggregates_of_a_window_are_one_query():
    layout = Layout.of(LEAD_PLAN)
    own = {Function.HISTOGRAM, Function.SESSIONS, Function.STEPS}
    alone = sum(aggregate.function in own for aggregate in LEAD_PLAN.aggregates)
    plain = {aggregate.window for aggregate in LEAD_PLAN.aggregates if aggregate.function not in own}
    assert len(list(passes(layout))) == alone + len(plain)
