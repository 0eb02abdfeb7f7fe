"""What of a lead's facts is kept with a decision, for rankers to learn from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from core.criteria.facts import Facts, FactValue

MOST_FIELDS = 200
LONGEST_TEXT = 64
"""Characters: longer texts are words, not kinds."""
_LEFT_OUT = frozenset(["lead.title", "lead.owner_id", "health.missing"])
"""Names and words: nothing to learn from, and nothing to keep twice."""
LEAD_PREFIX = "lead."


def kept_facts(facts: Facts) -> Facts:
    """Return the numbers, flags and short texts of a lead's facts, by name, at most 200."""
    kept: dict[str, FactValue] = {}
    for name in sorted(facts):
        value = facts[name]
        if name not in _LEFT_OUT and _is_kept(value):
            kept[name] = value
        if len(kept) == MOST_FIELDS:
            break
    return kept


def lead_facts(facts: Facts) -> Facts:
    """Return only what the lead's record says: what it did may already be what came of an action."""
    return {name: value for name, value in facts.items() if name.startswith(LEAD_PREFIX)}


def facts_to_json(facts: Facts) -> str:
    """Return facts as JSON."""
    return json.dumps(dict(facts), sort_keys=True, separators=(",", ":"), allow_nan=False)


def facts_from_json(text: str) -> Facts:
    """Return the facts of :func:`facts_to_json`; "" holds none."""
    content: Mapping[str, object] = json.loads(text) if text else {}
    return {name: value for name, value in content.items() if isinstance(value, (str, float, int, bool))}


def _is_kept(value: FactValue) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    return not isinstance(value, tuple) and math.isfinite(value)
