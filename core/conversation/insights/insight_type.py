"""Kinds of insights that a tenant defines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.conversation.fields import ANALYSIS_FIELDS
from core.conversation.insights.insight import UrgencyLevel
from core.conversation.insights.kind import BUILT_IN_KEYS
from core.criteria.checking import check
from core.criteria.criterion import Criterion
from core.criteria.facts import FieldType
from core.errors import InvalidInput, Violation

MOST_TYPES = 200
"""Of one tenant."""
LONGEST_TITLE = 200
LONGEST_OUTCOME = 100
MOST_ACTIONS = 10
LONGEST_ACTION = 200
MOST_PRIORITY = 100.0
_is_key = re.compile(r"[a-z0-9_]{1,64}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightType:
    """A kind of insight of a tenant's own.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    key: str
    title: str
    criterion: Criterion
    """When it shows."""
    priority_score: float = 50.0
    """0 to 100."""
    urgency_level: UrgencyLevel = UrgencyLevel.LATER
    predicted_outcome: str = ""
    recommended_actions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        found = list(_problems(self))
        if found:
            raise InvalidInput(found)


def check_fields(kind: InsightType, others: Mapping[str, FieldType]) -> None:
    """Do nothing if a type looks only at fields that there are.

    Args:
        kind: The type.
        others: Fields beside those of an analysis.

    Raises:
        InvalidInput: Names every comparison that does not fit.
    """
    # An insight cannot rest on the insights that it is one of.
    fields = {name: type_ for name, type_ in {**others, **ANALYSIS_FIELDS}.items() if name != "analysis.insights"}
    check(kind.criterion, fields, "criterion")


def _problems(kind: InsightType) -> Iterator[Violation]:
    if _is_key(kind.key) is None:
        yield Violation(field="key", rule="must be 1 to 64 characters of a-z 0-9 _")
    if kind.key in BUILT_IN_KEYS:
        yield Violation(field="key", rule="must not be the key of a built-in type")
    if not 1 <= len(kind.title) <= LONGEST_TITLE:
        yield Violation(field="title", rule=f"must be 1 to {LONGEST_TITLE} characters")
    if not 0.0 <= kind.priority_score <= MOST_PRIORITY:
        yield Violation(field="priority_score", rule="must be 0 to 100")
    if len(kind.predicted_outcome) > LONGEST_OUTCOME:
        yield Violation(field="predicted_outcome", rule=f"must be at most {LONGEST_OUTCOME} characters")
    if len(kind.recommended_actions) > MOST_ACTIONS:
        yield Violation(field="recommended_actions", rule=f"must be at most {MOST_ACTIONS}")
    for at, action in enumerate(kind.recommended_actions[:MOST_ACTIONS]):
        if not 1 <= len(action) <= LONGEST_ACTION:
            yield Violation(field=f"recommended_actions[{at}]", rule=f"must be 1 to {LONGEST_ACTION} characters")
