"""Reads a conversation from a file: JSON, JSON lines, or lines as people write them down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from leadline.conversation import ConversationMessage, MessageRole
from leadline.leadfile.problem import file_problem
from leadline.leadfile.reading import STANDARD_INPUT, read_text
from leadline.leadfile.values import parse_time

_ROLES: Final[Mapping[str, MessageRole]] = {
    **dict.fromkeys(("lead", "customer", "client", "buyer", "user", "visitor"), MessageRole.LEAD),
    **dict.fromkeys(("agent", "seller", "assistant", "rep", "bot"), MessageRole.AGENT),
    "system": MessageRole.SYSTEM,
}
_SPEAKER: Final = re.compile(
    r"[ \t]{0,8}(?:\[(?P<time>[^\]]{1,40})\][ \t]{0,4})?(?P<name>[A-Za-z]{2,10})[ \t]{0,4}:[ \t]?(?P<text>.*)",
    re.DOTALL,
)
_TEXTS: Final = ("text", "message", "content", "body")
_SPEAKERS: Final = ("role", "sender", "speaker", "from")
_TIMES: Final = ("send_time", "time", "timestamp")
_IDS: Final = ("message_id", "id")


def read_conversation(path: str) -> list[ConversationMessage]:
    """Read the messages of a file.

    Args:
        path: Of the file, "-" for standard input. JSON: a list of messages, or an object with ``messages``; JSON lines:
            a message a line; each with ``text``, and ``role``, ``send_time`` and ``message_id`` where they are known.
            Else lines that begin with "lead:", "agent:" or "system:", or with a time before that, as in
            "[2026-01-31 09:30] lead:"; a line that does not goes on with the message before it, or begins one of the
            lead.

    Raises:
        InvalidRequest: If it cannot be read; names the file, and the message where there is one.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    text = read_text(path)
    if not text.strip():
        raise file_problem(name, "must not be empty")
    if text.lstrip()[0] not in "{[" or _speaker(text.lstrip().splitlines()[0]):
        return list(_spoken(name, text))
    return [_message(name, number, item) for number, item in enumerate(_items(name, text), 1)]


def _spoken(name: str, text: str) -> Iterator[ConversationMessage]:
    role, sent, lines = MessageRole.LEAD, None, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        found = _speaker(line)
        if found is None:
            lines.append(line)
            continue
        yield from _said(role, sent, lines)
        role, lines = _ROLES[found["name"].lower()], [found["text"]]
        sent = _moment(name, number, found["time"])
    yield from _said(role, sent, lines)


def _speaker(line: str) -> re.Match[str] | None:
    found = _SPEAKER.fullmatch(line)
    return found if found and found["name"].lower() in _ROLES else None


def _said(role: MessageRole, sent: datetime | None, lines: list[str]) -> Iterator[ConversationMessage]:
    text = "\n".join(lines).strip()
    if text:
        yield ConversationMessage(text=text, role=role, send_time=sent)


def _items(name: str, text: str) -> list[Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as problem:
        if "\n{" in text.strip():
            return [_line(name, number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        raise file_problem(name, f"must be JSON: {problem}") from problem
    if isinstance(document, Mapping) and isinstance(document.get("messages"), list):
        document = document["messages"]
    items = document if isinstance(document, list) else [document]
    if not items:
        raise file_problem(name, "must not be an empty list")
    return items


def _line(name: str, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise file_problem(name, f"must be JSON: {problem}", row=number) from problem


def _message(name: str, number: int, item: object) -> ConversationMessage:
    if isinstance(item, str):
        return ConversationMessage(text=item)
    if not isinstance(item, Mapping):
        raise file_problem(name, "must be a JSON object or a text", row=number)
    text, spoken = _first(item, _TEXTS), _first(item, _SPEAKERS)
    if not isinstance(text, str):
        raise file_problem(name, "must be a text", row=number, column="text")
    role = MessageRole.LEAD if spoken is None else _ROLES.get(str(spoken).lower())
    if role is None:
        raise file_problem(name, "must be lead, agent or system", row=number, column="role")
    return ConversationMessage(
        text=text,
        role=role,
        send_time=_moment(name, number, _first(item, _TIMES)),
        message_id=str(_first(item, _IDS) or ""),
    )


def _moment(name: str, number: int, cell: object) -> datetime | None:
    if cell is None or cell == "":
        return None
    try:
        return parse_time(cell)
    except ValueError as problem:
        raise file_problem(name, str(problem), row=number, column="send_time") from problem


def _first(item: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)
