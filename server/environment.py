"""The environment that settings are read from: that of the process, and a file over it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from core.errors import InvalidInput
from server.settings import PREFIX

ENV_FILE = f"{PREFIX}ENV_FILE"
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def whole_environment(environ: Mapping[str, str], file: str = "") -> dict[str, str]:
    """Return the environment with the lines of a file in place of the variables of the same name.

    Args:
        environ: Of the process.
        file: ``KEY=VALUE`` lines, blank ones and ``#`` comments; a value may be in quotes. "": the one that
            ``LEADLINE_ENV_FILE`` names, if there is one.

    Raises:
        InvalidInput: If the file cannot be read; values are not repeated.
    """
    name = file or environ.get(ENV_FILE, "")
    own = {key: value for key, value in environ.items() if key != ENV_FILE}
    return {**own, **_read(name)} if name else own


def _read(name: str) -> dict[str, str]:
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInput.of(ENV_FILE, "must be a text file that can be read") from problem
    found = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise InvalidInput.of(ENV_FILE, f"must have KEY=VALUE in line {number}")
        found[match[1]] = _unquoted(match[2].strip())
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
