"""Reads a mapping from TOML, and says everything that is wrong with it at once."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from training.table.cells import comparable
from training.table.mapping import (
    DEFAULT_MISSING,
    DEFAULT_POSITIVE,
    JOINS,
    LeadField,
    LeadMapping,
    OutcomeRule,
)
from training.table.problems import Problems

T = TypeVar("T")

_FIELDS = frozenset(get_args(LeadField))
_KEYS: Mapping[str, frozenset[str]] = {
    "fields": _FIELDS,
    "attributes": frozenset(["include", "exclude", "numeric", "categorical", "missing", "known_at_scoring"]),
    "outcome": frozenset(["column", "positive", "negative", "at_least", "missing_is_negative", "time"]),
    "order": frozenset(["column", "date_format"]),
    "scoring": frozenset(["time"]),
}


def load_mapping(path: Path) -> LeadMapping:
    """Read a mapping file.

    Raises:
        InvalidInput: If it cannot be read, has unknown tables or keys, values of the wrong type, or no outcome.
    """
    problems = Problems(path.name)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise problems.stop(f"must be a readable file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise problems.stop("must be text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise problems.stop(f"must be TOML: {error}") from error
    mapping = _mapping(_Document(document, problems))
    problems.check()
    return mapping


def _mapping(document: _Document) -> LeadMapping:
    document.check_keys()
    include = document.texts("attributes", "include")
    missing = document.texts("attributes", "missing")
    return LeadMapping(
        outcome=_outcome(document),
        fields=_fields(document),
        include=include,
        exclude=document.texts("attributes", "exclude") or (),
        numeric=document.texts("attributes", "numeric") or (),
        categorical=document.texts("attributes", "categorical") or (),
        missing=DEFAULT_MISSING if missing is None else frozenset(text.strip() for text in missing) | {""},
        order_column=document.text("order", "column"),
        scoring_column=document.text("scoring", "time"),
        date_format=document.text("order", "date_format"),
        known_at_scoring=frozenset(document.texts("attributes", "known_at_scoring") or ()),
    )


def _outcome(document: _Document) -> OutcomeRule:
    column = document.text("outcome", "column")
    if column is None:
        document.problems.add("must name the column with the outcome", place="[outcome] column")
    positive = document.texts("outcome", "positive")
    negative = document.texts("outcome", "negative")
    if set(map(comparable, positive or DEFAULT_POSITIVE)) & set(map(comparable, negative or ())):
        document.problems.add("must share no value with positive", place="[outcome] negative")
    return OutcomeRule(
        column=column or "",
        positive=DEFAULT_POSITIVE if positive is None else frozenset(positive),
        negative=None if negative is None else frozenset(negative),
        at_least=document.number("outcome", "at_least"),
        missing_is_negative=document.flag("outcome", "missing_is_negative"),
        time_column=document.text("outcome", "time"),
    )


def _fields(document: _Document) -> dict[LeadField, tuple[str, ...]]:
    found: dict[LeadField, tuple[str, ...]] = {}
    for name in document.table("fields"):
        if name not in _FIELDS:
            continue
        columns = document.texts("fields", name)
        if not columns or (len(columns) > 1 and name not in JOINS):
            some = ", ".join(JOINS)
            document.problems.add(f"must name one column; only {some} may name several", place=f"[fields] {name}")
        else:
            found[cast("LeadField", name)] = columns
    return found


class _Document:
    """Typed access to a TOML document; wrong types are noted and read as absent."""

    def __init__(self, tables: dict[str, Any], problems: Problems) -> None:
        self._tables = tables
        self.problems = problems

    def check_keys(self) -> None:
        for table, keys in self._tables.items():
            if table not in _KEYS:
                self.problems.add(f"must be one of {', '.join(_KEYS)}", place=f"[{table}]")
            elif not isinstance(keys, dict):
                self.problems.add("must be a table", place=f"[{table}]")
            else:
                for key in keys.keys() - _KEYS[table]:
                    self.problems.add(f"must be one of {', '.join(sorted(_KEYS[table]))}", place=f"[{table}] {key}")

    def table(self, name: str) -> dict[str, Any]:
        table = self._tables.get(name, {})
        return table if isinstance(table, dict) else {}

    def text(self, table: str, key: str) -> str | None:
        return self._typed(table, key, _as_text, "must be a text")

    def texts(self, table: str, key: str) -> tuple[str, ...] | None:
        return self._typed(table, key, _as_texts, "must be a text or a list of texts")

    def number(self, table: str, key: str) -> float | None:
        return self._typed(table, key, _as_number, "must be a finite number")

    def flag(self, table: str, key: str) -> bool:
        read = self._typed(table, key, _as_flag, "must be true or false")
        return bool(read)

    def _typed(self, table: str, key: str, read: Callable[[Any], T | None], rule: str) -> T | None:
        raw = self.table(table).get(key)
        if raw is None:
            return None
        value = read(raw)
        if value is None:
            self.problems.add(rule, place=f"[{table}] {key}")
        return value


def _as_text(raw: Any) -> str | None:
    return raw if isinstance(raw, str) and raw else None


def _as_flag(raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _as_texts(raw: Any) -> tuple[str, ...] | None:
    if isinstance(raw, str):
        return (raw,)
    if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return tuple(raw)
    return None


def _as_number(raw: Any) -> float | None:
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    return float(raw) if is_number and math.isfinite(raw) else None
