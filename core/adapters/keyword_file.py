"""Reads the editable keyword lists."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from core.errors import InvalidInput


def read_keywords(path: Path | None = None) -> Mapping[str, Sequence[str]]:
    """Return keyword families from a TOML file of lists, by default the one that ships with the product.

    Raises:
        InvalidInput: If the file cannot be read or is not lists of texts.
    """
    name = "keywords.toml" if path is None else str(path)
    source = files("core.features") / "keywords.toml" if path is None else path
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InvalidInput.of(name, f"must be a readable TOML file ({problem})") from problem
    for family, entries in content.items():
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise InvalidInput.of(f"{name}: {family}", "must be a list of texts")
    return content
