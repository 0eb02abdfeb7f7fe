"""Catalogues of actions as JSON, as they are kept. Times are ISO 8601, durations seconds; what is usual is left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from core.actions.action import Action, ActionCategory, ContactCap, ContextWeight, CoolDown
from core.actions.catalog import ActionCatalog
from core.actions.quiet_hours import QuietHours
from core.criteria.criterion_json import criterion_from_json, criterion_to_json

_Value = TypeVar("_Value", Action, ActionCatalog, ContactCap, ContextWeight, CoolDown, QuietHours)
_PARTS: Mapping[str, type] = {
    "actions": Action,
    "quiet_hours": QuietHours,
    "context_weights": ContextWeight,
    "cool_down": CoolDown,
    "lead_cap": ContactCap,
    "agent_cap": ContactCap,
}
"""Fields that hold other values, or several of them."""
_CRITERIA = {"eligibility", "criterion"}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "start_time": datetime.fromisoformat,
    "end_time": datetime.fromisoformat,
    "category": ActionCategory,
    "quiet_weekdays": frozenset,
}
_DURATIONS = {"window", "exclusion_window", "due_within", "not_now_half_life", "outcome_window"}


def catalog_to_json(catalog: ActionCatalog) -> str:
    """Return a catalogue as JSON. Equal catalogues give equal texts."""
    return json.dumps(_plain(catalog), sort_keys=True, separators=(",", ":"), allow_nan=False)


def catalog_from_json(text: str) -> ActionCatalog:
    """Return the catalogue of :func:`catalog_to_json`."""
    return _read(ActionCatalog, json.loads(text))


def _plain(value: Any) -> Any:
    return {
        one.name: _plain_field(one.name, getattr(value, one.name))
        for one in fields(value)
        if one.default is MISSING or getattr(value, one.name) != one.default
    }


def _plain_field(name: str, value: Any) -> Any:
    if name in _CRITERIA:
        return criterion_to_json(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) if name in _PARTS else one for one in value]
    return _plain(value) if name in _PARTS else value


def _read(kind: type[_Value], content: Mapping[str, Any]) -> _Value:
    made: dict[str, Any] = {name: _read_field(kind, name, value) for name, value in content.items()}
    return kind(**made)


def _read_field(kind: type, name: str, value: Any) -> Any:
    if name in _PARTS:
        part: Any = _PARTS[name]
        return tuple(_read(part, one) for one in value) if isinstance(value, list) else _read(part, value)
    if name in _CRITERIA:
        return criterion_from_json(value, name)
    if _is_duration(kind, name):
        return timedelta(seconds=value)
    if name in _READERS:
        return _READERS[name](value)
    return tuple(value) if isinstance(value, list) else value


def _is_duration(kind: type, name: str) -> bool:
    """Return whether a field is a time span: "group" and "channel" are of a cool-down, and texts of an action."""
    return kind is CoolDown or name in _DURATIONS
