"""Kinds of insights in JSON files."""

from __future__ import annotations

import json
from typing import Any, Final

from leadline.command.criterion_file import plain_criterion, read_criterion
from leadline.command.file_fields import WrongField, number, text, texts
from leadline.insight import UrgencyLevel
from leadline.insight_type import InsightType
from leadline.leadfile.problem import file_problem
from leadline.leadfile.reading import STANDARD_INPUT, read_text

_LEVELS: Final = {level.value: level for level in UrgencyLevel if level is not UrgencyLevel.UNKNOWN}
_TEXTS: Final = ("key", "title", "predicted_outcome")
_FIELDS: Final = frozenset({*_TEXTS, "criterion", "priority_score", "urgency_level", "recommended_actions"})


def read_insight_type(path: str) -> InsightType:
    """Read a kind of insight from a file, "-" for standard input.

    Raises:
        InvalidRequest: If it cannot be read or is none; names the field.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as problem:
        raise file_problem(name, f"must be JSON: {problem}") from problem
    try:
        return _insight_type(content)
    except WrongField as problem:
        raise file_problem(name, problem.rule, column=problem.place) from problem


def plain_insight_type(kind: InsightType) -> dict[str, Any]:
    """Return a kind of insight as a JSON object."""
    return {
        "key": kind.key,
        "title": kind.title,
        "criterion": plain_criterion(kind.criterion),
        "priority_score": kind.priority_score,
        "urgency_level": kind.urgency_level.value,
        "predicted_outcome": kind.predicted_outcome,
        "recommended_actions": list(kind.recommended_actions),
    }


def _insight_type(content: Any) -> InsightType:
    if not isinstance(content, dict):
        raise WrongField("document", "must be an object")
    unknown = sorted(content.keys() - _FIELDS)
    if unknown:
        raise WrongField(unknown[0], "must be a field of a kind of insight")
    return InsightType(
        **{field: text(content.get(field, ""), field) for field in _TEXTS},
        criterion=read_criterion(content.get("criterion"), "criterion"),
        priority_score=number(content.get("priority_score"), "priority_score"),
        urgency_level=_level(content.get("urgency_level", UrgencyLevel.LATER.value)),
        recommended_actions=texts(content.get("recommended_actions", []), "recommended_actions"),
    )


def _level(value: Any) -> UrgencyLevel:
    level = _LEVELS.get(text(value, "urgency_level"))
    if level is None:
        raise WrongField("urgency_level", f"must be one of {', '.join(_LEVELS)}")
    return level
