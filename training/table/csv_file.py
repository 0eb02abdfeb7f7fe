"""Reads a CSV file, plain or gzipped, into columns of text.

The standard library's reader and not pyarrow's: only it knows on which line of the file a row starts when cells hold
line breaks, and a person who must correct a file needs that line.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from training.table.grid import Grid, shared
from training.table.problems import Problems

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_csv(path: Path, problems: Problems) -> Grid:
    """Read a UTF-8 file with a header, separated by commas; a byte order mark is accepted, blank lines are passed over.

    Columns without a name, as data frames write their row numbers, are left out.

    Raises:
        InvalidInput: If it cannot be read, has no header or no rows, a name appears twice, or rows differ in length.
    """
    text = _text(path, problems)
    rows = _rows(text, problems)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    _check_header(header, problems)
    lines: list[int] = []
    cells: list[list[str]] = []
    for line, row in rows:
        if len(row) == len(header):
            lines.append(line)
            cells.append(row)
        else:
            problems.add(f"must have {len(header)} cells as the header has, not {len(row)}", place=f"line {line}")
    problems.check()
    if not cells:
        raise problems.stop("must hold rows below its header")
    columns = {name: shared(column) for name, column in zip(header, zip(*cells, strict=True), strict=True) if name}
    return Grid(columns=columns, lines=lines, unit="line")


def _text(path: Path, problems: Problems) -> str:
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
    except OSError as error:
        raise problems.stop(f"must be a readable file: {error.strerror or 'not a gzip file'}") from error
    except (EOFError, zlib.error) as error:
        raise problems.stop("must be a whole gzip file") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise problems.stop("must be text in UTF-8", place=f"line {line}") from error


def _rows(text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise problems.stop("must be well-formed CSV: check the quotes", place=f"line {start}") from error
        if row is None:
            return
        if row:
            yield start, row
        start = reader.line_num + 1


def _check_header(header: list[str], problems: Problems) -> None:
    if not any(header):
        raise problems.stop("must have a header with the names of its columns", place="line 1")
    for separator, name in _OTHER_SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            raise problems.stop(f"must be separated by commas, not {name}", place="line 1")
    seen: set[str] = set()
    for name in header:
        if name and name in seen:
            problems.add("must have one column of that name, not several", place="line 1", column=name)
        seen.add(name)
    problems.check()
