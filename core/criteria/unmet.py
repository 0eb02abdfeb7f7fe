"""Says in words what of a criterion does not hold."""

from __future__ import annotations

from core.criteria.criterion import All, Comparison, Criterion, Not, Operator
from core.criteria.facts import Facts, FactValue
from core.criteria.holding import holds

_MOST_TEXTS = 5
_LONGEST = 60
_WORDS = {
    Operator.EQUAL: "to be",
    Operator.NOT_EQUAL: "not to be",
    Operator.LESS: "below",
    Operator.AT_MOST: "at most",
    Operator.GREATER: "above",
    Operator.AT_LEAST: "at least",
    Operator.ONE_OF: "one of",
    Operator.CONTAINS: "to hold",
}


def first_unmet(criterion: Criterion, facts: Facts) -> str:
    """Return the first part of a criterion that does not hold, "" if it holds.

    The words are for people who may know of the lead: they say what it is.
    """
    if isinstance(criterion, Comparison):
        return "" if holds(criterion, facts) else f"Needs {_asked(criterion)}; {_told(facts.get(criterion.field))}"
    if isinstance(criterion, Not):
        return "" if first_unmet(criterion.criterion, facts) else "What must not hold does"
    # One after the other, and each once: a criterion may be as large as it is deep.
    unmet = (first_unmet(part, facts) for part in criterion.criteria)
    if isinstance(criterion, All):
        return next(filter(None, unmet), "")
    first = next(unmet)
    if not first or not all(unmet):
        return ""
    return f"None of {len(criterion.criteria)} alternatives holds: {first}, ..."


def _asked(comparison: Comparison) -> str:
    if comparison.operator is Operator.KNOWN:
        return f"{comparison.field} to be known"
    wanted = ", ".join(comparison.texts[:_MOST_TEXTS]) if comparison.texts else _shown(comparison.value)
    more = ", ..." if len(comparison.texts) > _MOST_TEXTS else ""
    return f"{comparison.field} {_WORDS[comparison.operator]} {wanted}{more}"


def _told(fact: FactValue | None) -> str:
    return "it is not known" if fact is None else f"it is {_shown(fact)}"


def _shown(value: FactValue | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(value[:_MOST_TEXTS]) or "empty"
    text = value if isinstance(value, str) else f"{value:.6g}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
