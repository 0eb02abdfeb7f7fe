"""What criteria look at: facts by name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

FactValue = str | float | bool | tuple[str, ...]
"""A text, a finite number, a yes or no, or several texts."""
Facts = Mapping[str, FactValue]
"""Known facts by field name ("analysis.urgency", "lead.attributes.source"). What is not known is not in it."""


class FieldType(Enum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    TEXTS = "texts"
    ANY = "any"
    """A text, number or flag, as each lead has it: the tenant's own attributes."""
