"""Reads a tenant's own labelled messages: CSV, plain or gzipped, or one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.conversation.heads.turn import Turn
from core.conversation.message import LONGEST_MESSAGE
from core.errors import InvalidInput, Violation
from core.privacy.redaction import redact
from training.conversation.labels import KIND_OF_KEY, read_labels
from training.conversation.phrase import Phrase
from training.table.csv_file import read_csv
from training.table.problems import Problems

FIELDS = ("text", "agent_text", "conversation_id", *KIND_OF_KEY)
"""``text`` is needed; ``conversation_id`` keeps the messages of a conversation on one side of a validation."""
_MOST_PROBLEMS = 50


def read_messages(path: Path) -> tuple[Phrase, ...]:
    """Return the labelled messages of a file, with what names or reaches people masked.

    Raises:
        InvalidInput: If it cannot be read; names the row and field of all that is wrong, never the text.
    """
    found: list[Phrase] = []
    wrong: list[Violation] = []
    rows = _csv_rows(path) if ".csv" in path.suffixes else _json_rows(path)
    for where, row in rows:
        try:
            found.append(_phrase(row, where))
        except InvalidInput as problem:
            wrong += problem.violations
        if len(wrong) >= _MOST_PROBLEMS:
            break
    if wrong:
        raise InvalidInput(wrong)
    if not found:
        raise InvalidInput.of(path.name, "must hold labelled messages")
    return tuple(found)


def _phrase(row: Mapping[str, str], where: str) -> Phrase:
    unknown = sorted(row.keys() - set(FIELDS))
    if unknown:
        raise InvalidInput.of(where, f"{unknown[0][:50]!r} must be one of {', '.join(FIELDS)}")
    text, agent_text = row.get("text", "").strip(), row.get("agent_text", "").strip()
    if not 0 < len(text) <= LONGEST_MESSAGE or len(agent_text) > LONGEST_MESSAGE:
        raise InvalidInput.of(f"{where}.text", f"must be 1 to {LONGEST_MESSAGE:,} characters")
    labels = read_labels({key: row[key] for key in KIND_OF_KEY if row.get(key)}, where)
    if not labels:
        raise InvalidInput.of(where, f"must have a label: one of {', '.join(KIND_OF_KEY)}")
    group = row.get("conversation_id") or where
    turn = Turn(redact(text).text, redact(agent_text).text)
    return Phrase(turn=turn, labels=labels, group=f"own:{group}", is_own=True)


def _csv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    grid = read_csv(path, Problems(path.name))
    for place, line in enumerate(grid.lines):
        yield f"{path.name}:{line}", {name: column[place] or "" for name, column in grid.columns.items()}


def _json_rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInput.of(path.name, "must be a readable file in UTF-8") from problem
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"{path.name}:{number}", _json_row(line, f"{path.name}:{number}")


def _json_row(line: str, where: str) -> Mapping[str, str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise InvalidInput.of(where, "must be a JSON object") from problem
    if not isinstance(row, dict):
        raise InvalidInput.of(where, "must be a JSON object")
    return {str(key): _cell(value, where) for key, value in row.items() if value is not None}


def _cell(value: object, where: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    if isinstance(value, str):
        return value
    raise InvalidInput.of(where, "values must be texts, lists of texts, true or false")
