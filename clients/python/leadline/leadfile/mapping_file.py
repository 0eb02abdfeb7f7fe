"""Reads a mapping from TOML; the format is the trainer's."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from leadline.leadfile.mapping import DEFAULT_MISSING, JOINS, LEAD_FIELDS, ColumnMapping
from leadline.leadfile.outcome_rule import DEFAULT_POSITIVE, OutcomeRule
from leadline.leadfile.problem import file_problem
from leadline.leadfile.reading import read_text

_TEXT: Final = "a text"
_TEXTS: Final = "a text or a list of texts"
_NUMBER: Final = "a finite number"
_FLAG: Final = "true or false"
_KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "fields": dict.fromkeys(LEAD_FIELDS, _TEXTS),
    # known_at_scoring, numeric and categorical matter to the trainer; of these, numeric matters here too.
    "attributes": dict.fromkeys(
        ("include", "exclude", "numeric", "categorical", "missing", "known_at_scoring"), _TEXTS
    ),
    "outcome": {
        "column": _TEXT,
        "positive": _TEXTS,
        "negative": _TEXTS,
        "at_least": _NUMBER,
        "missing_is_negative": _FLAG,
        "time": _TEXT,
    },
    "order": {"column": _TEXT, "date_format": _TEXT},
}


def read_mapping(path: str) -> ColumnMapping:
    """Read a mapping.

    Raises:
        InvalidRequest: If it is not one; names the file and the key.
    """
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as problem:
        raise file_problem(path, f"must be TOML: {problem}") from problem
    _check(path, document)
    attributes, order = document.get("attributes", {}), document.get("order", {})
    missing = attributes.get("missing")
    return ColumnMapping(
        fields=_fields(path, document.get("fields", {})),
        outcome=_outcome(document.get("outcome", {})),
        include=tuple(_list(attributes["include"])) if "include" in attributes else None,
        exclude=frozenset(_list(attributes.get("exclude", ()))),
        numeric=frozenset(_list(attributes.get("numeric", ()))),
        missing=DEFAULT_MISSING if missing is None else frozenset(text.strip() for text in _list(missing)) | {""},
        order_column=order.get("column", ""),
        date_format=order.get("date_format", ""),
    )


def _check(path: str, document: Mapping[str, Any]) -> None:
    for table, entries in document.items():
        if table not in _KEYS or not isinstance(entries, dict):
            raise file_problem(f"{path}, [{table}]", f"must be one of the tables {', '.join(_KEYS)}")
        for key, value in entries.items():
            place = f"{path}, [{table}] {key}"
            if key not in _KEYS[table]:
                raise file_problem(place, f"must be one of {', '.join(_KEYS[table])}")
            if not _fits(value, _KEYS[table][key]):
                raise file_problem(place, f"must be {_KEYS[table][key]}")


def _fits(value: object, kind: str) -> bool:
    if kind == _FLAG:
        return isinstance(value, bool)
    if kind == _NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if kind == _TEXTS and isinstance(value, list):
        return all(isinstance(text, str) for text in value)
    return isinstance(value, str) and value != ""


def _fields(path: str, entries: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    fields = {name: tuple(_list(columns)) for name, columns in entries.items()}
    for name, columns in fields.items():
        if not columns or (len(columns) > 1 and name not in JOINS):
            rule = f"must name one column; only {', '.join(JOINS)} may name several"
            raise file_problem(f"{path}, [fields] {name}", rule)
    return {"lead_id": ("lead_id",), **fields}


def _outcome(entries: Mapping[str, Any]) -> OutcomeRule:
    return OutcomeRule(
        column=entries.get("column", ""),
        positive=frozenset(_list(entries.get("positive", DEFAULT_POSITIVE))),
        negative=frozenset(_list(entries["negative"])) if "negative" in entries else None,
        at_least=entries.get("at_least"),
        missing_is_negative=entries.get("missing_is_negative", False),
        time_column=entries.get("time", ""),
    )


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
