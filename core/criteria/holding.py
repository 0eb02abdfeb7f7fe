"""Whether a criterion holds for what is known."""

from __future__ import annotations

import operator
from collections.abc import Callable

from core.criteria.criterion import All, Comparison, Criterion, Not, Operator
from core.criteria.facts import Facts, FactValue

Test = Callable[[Facts], bool]
"""A criterion made ready: says whether it holds for facts."""
_ORDERS: dict[Operator, Callable[[float, float], bool]] = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.GREATER: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


def holds(criterion: Criterion, facts: Facts) -> bool:
    """Return whether a criterion holds. Make it ready with :func:`compiled` where it is asked often."""
    return compiled(criterion)(facts)


def compiled(criterion: Criterion) -> Test:
    """Return a criterion made ready: what it compares is looked up once, here."""
    if isinstance(criterion, Comparison):
        return _comparison(criterion)
    if isinstance(criterion, Not):
        part = compiled(criterion.criterion)
        return lambda facts: not part(facts)
    parts = tuple(compiled(one) for one in criterion.criteria)
    if len(parts) == 1:
        return parts[0]
    return _all(parts) if isinstance(criterion, All) else _any(parts)


def _all(parts: tuple[Test, ...]) -> Test:
    def test(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110  a generator costs as much as the tests themselves
            if not part(facts):
                return False
        return True

    return test


def _any(parts: tuple[Test, ...]) -> Test:
    def test(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110  as above
            if part(facts):
                return True
        return False

    return test


def _comparison(comparison: Comparison) -> Test:
    field, how, value = comparison.field, comparison.operator, comparison.value
    if how is Operator.KNOWN:
        return lambda facts: field in facts
    if how is Operator.ONE_OF:
        texts = frozenset(comparison.texts)
        return lambda facts: _is_one_of(facts.get(field), texts)
    if how is Operator.CONTAINS:
        return lambda facts: _contains(facts.get(field), value)
    if how in _ORDERS:
        return _ordering(field, _ORDERS[how], value)
    if how is Operator.EQUAL:
        return lambda facts: _is_equal(facts.get(field), value)
    return lambda facts: field in facts and not _is_equal(facts[field], value)


def _ordering(field: str, order: Callable[[float, float], bool], bound: float | str | bool | None) -> Test:
    assert isinstance(bound, int | float)  # noqa: S101  the comparison was built valid

    def test(facts: Facts) -> bool:
        fact = facts.get(field)
        if isinstance(fact, float):
            return order(fact, bound)
        return isinstance(fact, int) and not isinstance(fact, bool) and order(fact, bound)

    return test


def _is_one_of(fact: FactValue | None, texts: frozenset[str]) -> bool:
    return isinstance(fact, str) and fact in texts


def _contains(fact: FactValue | None, value: object) -> bool:
    return isinstance(fact, tuple) and value in fact


def _is_equal(fact: FactValue | None, value: object) -> bool:
    """Return whether both are the same, and of one type: for Python True is 1."""
    return fact == value and isinstance(fact, bool) == isinstance(value, bool)
