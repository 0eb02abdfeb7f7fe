"""Which column is what: a small TOML file, the same as the trainer's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leadline.leadfile.problem import file_problem
from leadline.leadfile.reading import read_text

LEAD_FIELDS: Final = (
    "lead_id",
    "title",
    "description",
    "category",
    "location_name",
    "price",
    "email",
    "phone",
    "posted_time",
    "owner_id",
)
_LISTS: Final = ("include", "exclude", "numeric", "categorical", "missing")
_SECTIONS: Final = ("fields", "attributes", "outcome")
_OUTCOME_KEYS: Final = ("column", "positive", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What the columns of a file mean. The default fits a file whose columns are named like the fields."""

    fields: Mapping[str, str] = field(default_factory=dict)
    """Lead field → column. A field that is not here is the column of its own name, if there is one."""
    include: tuple[str, ...] | None = None
    """Columns that are attributes; None means every column that is nothing else and not excluded."""
    exclude: frozenset[str] = frozenset()
    numeric: frozenset[str] = frozenset()
    categorical: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset({""})
    """Texts that mean missing."""
    outcome_column: str = "converted"
    positive: frozenset[str] = frozenset({"1", "yes", "true", "won"})
    """Texts that mean converted, in lower case."""
    outcome_time_column: str = "outcome_time"
    named: frozenset[str] = frozenset()
    """Every column that the mapping names and that must therefore be there."""

    def column_of(self, name: str) -> str:
        """Return the column of a lead's field."""
        return self.fields.get(name, name)


def read_mapping(path: str) -> ColumnMapping:
    """Read a mapping.

    Raises:
        InvalidRequest: If it is not one; names the file and the key.
    """
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as problem:
        raise file_problem(path, f"must be TOML: {problem}") from problem
    for section in document:
        if section not in _SECTIONS or not isinstance(document[section], dict):
            raise file_problem(path, f"must have only the sections {_listed(_SECTIONS)}", column=section)
    fields = _fields(path, document.get("fields", {}))
    lists = _attribute_lists(path, document.get("attributes", {}))
    outcome = _outcome(path, document.get("outcome", {}))
    default = ColumnMapping()
    return ColumnMapping(
        fields=fields,
        include=tuple(lists["include"]) if "include" in lists else None,
        exclude=frozenset(lists.get("exclude", ())),
        numeric=frozenset(lists.get("numeric", ())),
        categorical=frozenset(lists.get("categorical", ())),
        missing=frozenset(lists.get("missing", ())) | {""},
        outcome_column=outcome.get("column", default.outcome_column),
        positive=frozenset(text.casefold() for text in outcome.get("positive", default.positive)),
        outcome_time_column=outcome.get("time", default.outcome_time_column),
        named=frozenset(fields.values()) | frozenset(lists.get("include", ())),
    )


def _fields(path: str, section: Mapping[str, Any]) -> dict[str, str]:
    for name, column in section.items():
        if name not in LEAD_FIELDS:
            raise file_problem(path, f"must be one of {_listed(LEAD_FIELDS)}", column=f"fields.{name}")
        if not isinstance(column, str) or not column:
            raise file_problem(path, "must be the name of a column", column=f"fields.{name}")
    return dict(section)


def _attribute_lists(path: str, section: Mapping[str, Any]) -> dict[str, list[str]]:
    for key, names in section.items():
        if key not in _LISTS:
            raise file_problem(path, f"must be one of {_listed(_LISTS)}", column=f"attributes.{key}")
        _check_texts(path, f"attributes.{key}", names)
    return dict(section)


def _outcome(path: str, section: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in section.items():
        if key not in _OUTCOME_KEYS:
            raise file_problem(path, f"must be one of {_listed(_OUTCOME_KEYS)}", column=f"outcome.{key}")
        if key == "positive":
            _check_texts(path, "outcome.positive", value)
        elif not isinstance(value, str):
            raise file_problem(path, "must be the name of a column", column=f"outcome.{key}")
    return dict(section)


def _check_texts(path: str, key: str, value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise file_problem(path, "must be a list of texts", column=key)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
