"""From the text of an environment variable to a value; ValueError where it cannot be."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from core.errors import InvalidInput
from core.identifiers import check_identifier


def one_of(*allowed: str) -> Callable[[str], str]:
    """Return a reader of one of a few words."""

    def cast(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(text)
        return text.lower()

    return cast


def not_empty(text: str) -> str:
    """Read text that is not blank."""
    if not text.strip():
        raise ValueError(text)
    return text.strip()


def within(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers."""

    def cast(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return cast


def between(least: float, most: float) -> Callable[[str], float]:
    """Return a reader of numbers."""

    def cast(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return cast


def seconds(most: float, *, least: float = 0.0) -> Callable[[str], timedelta]:
    """Return a reader of seconds."""

    def cast(text: str) -> timedelta:
        value = float(text)
        if not least <= value <= most:
            raise ValueError(text)
        return timedelta(seconds=value)

    return cast


def yes_or_no(text: str) -> bool:
    """Read ``true`` or ``false``."""
    return one_of("true", "false")(text) == "true"


def names(text: str) -> tuple[str, ...]:
    """Read ids with commas between them, or ``*``."""
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if found == ("*",):
        return found
    if not all(map(_is_identifier, found)) or len(set(found)) < len(found):
        raise ValueError(text)
    return found


def keys_of(size: int) -> Callable[[str], tuple[bytes, ...]]:
    """Return a reader of keys of so many bytes, in base64 with commas between them."""

    def cast(text: str) -> tuple[bytes, ...]:
        keys = tuple(base64.b64decode(part.strip(), validate=True) for part in text.split(",") if part.strip())
        if any(len(key) != size for key in keys) or len(set(keys)) < len(keys):
            raise ValueError  # without the text: it is secret
        return keys

    return cast


def file(text: str) -> Path | None:
    """Read the path of a file that is there; None for no text."""
    if not text:
        return None
    path = Path(text).absolute()
    if not path.is_file():
        raise ValueError(text)
    return path


def names_of(*allowed: str) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of names with commas between them."""

    def cast(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        if not set(names) <= set(allowed) or len(set(names)) < len(names):
            raise ValueError(text)
        return names

    return cast


def _is_identifier(text: str) -> bool:
    try:
        check_identifier(text, "text")
    except InvalidInput:
        return False
    return True
