"""Opens a file and finds out its format."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path
from typing import Final

from leadline.leadfile.csv_rows import read_csv
from leadline.leadfile.json_rows import read_json, read_json_lines
from leadline.leadfile.problem import file_problem
from leadline.leadfile.rows import RowFile

STANDARD_INPUT: Final = "-"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_GZIP: Final = ".gz"


def read_rows(path: str) -> RowFile:
    """Read a CSV, JSON or JSON-lines file, also gzipped.

    Args:
        path: Of the file, or "-" for standard input. ``.json``, ``.jsonl``, ``.ndjson``, ``.csv`` and ``.tsv`` say
            what it is; anything else is JSON if it begins like it, and CSV otherwise.

    Raises:
        InvalidRequest: If it cannot be read; names the file, and the row where there is one.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    text = read_text(path)
    if not text.strip():
        raise file_problem(name, "must not be empty")
    suffix = _suffix(path)
    if suffix in {".jsonl", ".ndjson"}:
        return read_json_lines(name, text)
    if suffix == ".json" or (suffix not in {".csv", ".tsv"} and text.lstrip()[0] in "{["):
        return read_json(name, text)
    return read_csv(name, text)


def read_text(path: str) -> str:
    """Return the text of a file or of standard input ("-"), without a byte order mark.

    Raises:
        InvalidRequest: If it cannot be read or is not UTF-8.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        if path.endswith(_GZIP):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as problem:
        raise file_problem(name, f"must be readable: {getattr(problem, 'strerror', None) or problem}") from problem
    if content.startswith(_UTF16_MARKS):
        raise file_problem(name, "must be saved as UTF-8; it is UTF-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise file_problem(name, f"must be saved as UTF-8; line {line} is not") from problem


def _suffix(path: str) -> str:
    return Path(path.removesuffix(_GZIP)).suffix.lower()
