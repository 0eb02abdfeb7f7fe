"""Catalogues of actions in JSON files: what ``leadline actions show --json`` prints, ``publish`` reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from leadline.action import (
    Action,
    ActionCatalog,
    ActionCategory,
    ContactCap,
    ContextWeight,
    CoolDown,
    QuietHours,
)
from leadline.command import file_fields as read
from leadline.command.criterion_file import plain_criterion, read_criterion
from leadline.command.file_fields import WrongField, plain_length, plain_minute
from leadline.criterion import All, AnyOf, FieldComparison, Not
from leadline.leadfile.problem import file_problem
from leadline.leadfile.reading import STANDARD_INPUT, read_text

T = TypeVar("T")
Reader = Callable[[Any, str], Any]
_MINUTES: Final = frozenset(["start_minute", "end_minute"])
_CRITERIA: Final = (All, AnyOf, Not, FieldComparison)


def read_catalog(path: str) -> ActionCatalog:
    """Read a catalogue.

    Args:
        path: Of the file, "-" for standard input.

    Raises:
        InvalidRequest: If it is none; names the file and the place in it.
    """
    file = "standard input" if path == STANDARD_INPUT else path
    try:
        found = json.loads(read_text(path))
    except (ValueError, RecursionError) as problem:
        raise file_problem(file, f"must be JSON: {problem}") from problem
    try:
        return _object(ActionCatalog, _CATALOG)(found, "catalog")
    except WrongField as problem:
        raise file_problem(f"{file}, {problem.place}", problem.rule) from None


def plain_catalog(catalog: ActionCatalog) -> dict[str, Any]:
    """Return a catalogue as the JSON object that :func:`read_catalog` reads; what is usual is left out."""
    found: dict[str, Any] = _plain(catalog)
    return found


def _category(value: Any, place: str) -> ActionCategory:
    known = {one.value: one for one in ActionCategory if one is not ActionCategory.UNKNOWN}
    if value not in known:
        raise WrongField(place, f"must be one of {', '.join(known)}")
    return known[value]


def _object(kind: type[T], readers: Mapping[str, Reader]) -> Callable[[Any, str], T]:
    needed = [one.name for one in fields(kind) if one.default is MISSING]  # type: ignore[arg-type]  # they are dataclasses

    def read_object(value: Any, place: str) -> T:
        if not isinstance(value, dict):
            raise WrongField(place, "must be an object")
        for name in value:
            if name not in readers:
                raise WrongField(f"{place}.{name}", f"must be one of {', '.join(readers)}")
        for name in needed:
            if value.get(name) is None:
                raise WrongField(f"{place}.{name}", "must be there")
        given = {name: one for name, one in value.items() if one is not None}
        return kind(**{name: readers[name](one, f"{place}.{name}") for name, one in given.items()})

    return read_object


def _each(reader: Reader) -> Reader:
    def read_each(value: Any, place: str) -> tuple[Any, ...]:
        return tuple(reader(one, f"{place}[{at}]") for at, one in enumerate(read.listed(value, place)))

    return read_each


def _plain(value: Any, name: str = "") -> Any:
    if name in _MINUTES:
        return plain_minute(value)
    for kind, show in _SHOWN:
        if isinstance(value, kind):
            return show(value)
    return value


def _plain_object(value: Any) -> dict[str, Any]:
    return {
        one.name: _plain(getattr(value, one.name), one.name)
        for one in fields(value)
        if one.default is MISSING or getattr(value, one.name) not in (one.default, None)
    }


_SHOWN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (_CRITERIA, plain_criterion),
    (timedelta, plain_length),
    (datetime, datetime.isoformat),
    (Enum, lambda one: one.value),
    (tuple, lambda several: [_plain(one) for one in several]),
    ((ActionCatalog, Action, ContactCap, ContextWeight, CoolDown, QuietHours), _plain_object),
)
_CAP: Final = _object(ContactCap, {"count": read.whole, "window": read.length})
_COOL_DOWN: Final = _object(CoolDown, dict.fromkeys(("action", "group", "channel"), read.length))
_WEIGHT: Final = _object(ContextWeight, {"criterion": read_criterion, "percent": read.number, "reason": read.text})
_QUIET: Final = _object(
    QuietHours,
    {
        "channel": read.text,
        "start_minute": read.minute,
        "end_minute": read.minute,
        "quiet_weekdays": read.whole_numbers,
    },
)
_ACTION: Final = _object(
    Action,
    {
        **dict.fromkeys(("action_id", "title", "group", "channel", "wording"), read.text),
        **dict.fromkeys(("value", "cost", "lever", "priority"), read.number),
        **dict.fromkeys(("exclusion_window", "due_within"), read.length),
        **dict.fromkeys(("start_time", "end_time"), read.moment),
        **dict.fromkeys(("lead_cap", "agent_cap"), _CAP),
        "category": _category,
        "eligibility": read_criterion,
        "cool_down": _COOL_DOWN,
        "daily_cap": read.whole,
        "excluded_action_ids": read.texts,
        "needs_consent": read.flag,
        "context_weights": _each(_WEIGHT),
    },
)
_CATALOG: Final[Mapping[str, Reader]] = {
    "actions": _each(_ACTION),
    "quiet_hours": _each(_QUIET),
    **dict.fromkeys(("default_time_zone", "time_zone_attribute", "consent_prefix", "baseline_action_id"), read.text),
    **dict.fromkeys(("lead_cap", "agent_cap"), _CAP),
    "exploration": read.number,
    **dict.fromkeys(("not_now_half_life", "outcome_window"), read.length),
}
