"""Reads files of events row by row, however long they are."""

from __future__ import annotations

import csv
import gzip
import importlib
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, cast

from leadline.leadfile.problem import file_problem

_DELIMITERS: Final = ",;\t"
_GZIP: Final = ".gz"
_PARQUET: Final = (".parquet", ".pq")
_ROWS_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One row."""

    number: int
    """Row of the spreadsheet, where the header is 1; of Parquet its place from 1."""
    cells: Mapping[str, object]
    """By column."""
    problem: str = ""
    """Why it cannot be read, beginning with "must"; empty when it can."""


class EventFile(Protocol):
    """A file of rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    def count(self) -> int:
        """Return how many rows there are."""

    def rows(self) -> Iterator[FileRow]:
        """Yield the rows, without holding them all."""


def open_event_file(path: str) -> EventFile:
    """Return a CSV file, also gzipped, or a Parquet file.

    Raises:
        InvalidRequest: If it cannot be read; names the file.
    """
    if path.lower().endswith(_PARQUET):
        return _Parquet(path)
    return _Csv(path)


class _Csv:
    """Comma, semicolon or tab, whichever the header has most of."""

    def __init__(self, path: str) -> None:
        self._path = path
        with self._text() as text:
            header = text.readline()
        self._delimiter = max(_DELIMITERS, key=header.count)
        try:
            names = next(csv.reader([header], delimiter=self._delimiter), [])
        except csv.Error as problem:
            raise file_problem(path, f"must be CSV: {problem}", row=1) from problem
        self.columns = tuple(name.strip() for name in names)
        if not any(self.columns):
            raise file_problem(path, "must begin with a row of column names")
        twice = sorted({name for name in self.columns if name and self.columns.count(name) > 1})
        if twice:
            raise file_problem(path, f"must have each column once; twice: {', '.join(twice)}", row=1)

    def count(self) -> int:
        """Return how many rows there are."""
        return sum(1 for _ in self._records())

    def rows(self) -> Iterator[FileRow]:
        """Yield the rows; one with too few or too many cells has a problem."""
        width = len(self.columns)
        for number, record in self._records():
            cells = {name: cell.strip() for name, cell in zip(self.columns, record, strict=False) if name}
            wrong = f"must have {width} cells, as the column names; it has {len(record)}"
            yield FileRow(number=number, cells=cells, problem="" if len(record) == width else wrong)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        number = 1
        with self._text() as text:
            try:
                for number, record in enumerate(csv.reader(text, delimiter=self._delimiter, strict=True), start=1):
                    if number > 1 and any(record):
                        yield number, record
            except csv.Error as problem:
                raise file_problem(self._path, f"must be CSV: {problem}", row=number + 1) from problem

    @contextmanager
    def _text(self) -> Iterator[TextIOWrapper]:
        try:
            is_zipped = self._path.endswith(_GZIP)
            with gzip.open(self._path) if is_zipped else Path(self._path).open("rb") as content:
                yield TextIOWrapper(cast("BinaryIO", content), encoding="utf-8-sig", newline="")
        except (OSError, EOFError, zlib.error) as problem:
            said = getattr(problem, "strerror", None) or problem
            raise file_problem(self._path, f"must be readable: {said}") from problem
        except UnicodeDecodeError as problem:
            raise file_problem(self._path, "must be saved as UTF-8") from problem


class _Parquet:
    def __init__(self, path: str) -> None:
        self._path = path
        try:
            module: Any = importlib.import_module("pyarrow.parquet")
        except ImportError as problem:
            raise file_problem(path, "must be CSV while pyarrow is missing: pip install pyarrow") from problem
        try:
            self._file = module.ParquetFile(path)
        except (OSError, ValueError) as problem:  # what pyarrow raises for broken files is a ValueError
            raise file_problem(path, f"must be a readable Parquet file: {problem}") from problem
        self.columns: tuple[str, ...] = tuple(self._file.schema_arrow.names)

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self._file.metadata.num_rows)

    def rows(self) -> Iterator[FileRow]:
        """Yield the rows.

        Raises:
            InvalidRequest: If the file is damaged further down.
        """
        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=_ROWS_AT_ONCE):
                for cells in batch.to_pylist():
                    number += 1
                    yield FileRow(number=number, cells=cells)
        except (OSError, ValueError) as problem:
            raise file_problem(self._path, f"must be a readable Parquet file: {problem}", row=number + 1) from problem
