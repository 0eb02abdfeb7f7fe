from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidInput
from training.table import LeadMapping, OutcomeRule, read_leads
from training.table.parquet_file import read_parquet
from training.table.problems import Problems


def write(tmp_path, columns):
    path = tmp_path / "leads.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_values_become_the_text_a_csv_file_would_have(tmp_path):
    columns = {
        "n": pa.array([1, None]),
        "f": pa.array([2.5, float("nan")]),
        "flag": pa.array([True, False]),
        "text": pa.array([" a ", None]),
        "dictionary": pa.array(["x", "y"]).dictionary_encode(),
        "day": pa.array([date(2024, 1, 2), None]),
        "time": pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns", tz="UTC")),
        "money": pa.array([Decimal("12.50"), None]),
        "nothing": pa.nulls(2),
    }
    grid = read_parquet(write(tmp_path, columns), Problems("leads.parquet"))
    assert {name: texts[0] for name, texts in grid.columns.items()} == {
        "n": "1",
        "f": "2.5",
        "flag": "true",
        "text": "a",
        "dictionary": "x",
        "day": "2024-01-02",
        "time": "2023-11-14 22:13:20.123456+00:00",
        "money": "12.50",
        "nothing": "",
    }
    assert [texts[1] for texts in grid.columns.values()] == ["", "", "false", "", "y", "", "", "", ""]
    assert grid.place(1) == "row 2"


def test_a_parquet_file_reads_like_its_csv(tmp_path, lead_file, rows, mapping):
    lines = [line.split(",") for line in rows().strip().split("\n")]
    header, cells = lines[0], lines[1:]
    columns = {name: [row[i] for row in cells] for i, name in enumerate(header)}
    columns["price"] = [float(price) for price in columns["price"]]
    columns["won"] = [won == "1" for won in columns["won"]]
    from_parquet = read_leads(write(tmp_path, columns), mapping)
    from_csv = read_leads(lead_file(rows()), mapping)
    assert from_parquet.fingerprint == from_csv.fingerprint
    assert from_parquet.places[0] == "row 1"


def test_times_of_a_parquet_file_need_no_format(tmp_path):
    columns = {
        "at": [datetime(2024, 1, 1 + i % 28, tzinfo=UTC) for i in range(100)],
        "won": [i % 2 for i in range(100)],
    }
    mapping = LeadMapping(outcome=OutcomeRule(column="won"), fields={"posted_time": ("at",)}, date_format="%d-%m-%y")
    assert read_leads(write(tmp_path, columns), mapping).moments[0] == datetime(2024, 1, 1, tzinfo=UTC)


def test_refuses_lists_empty_tables_and_other_bytes(tmp_path):
    with pytest.raises(InvalidInput, match="column 'tags' must hold text, numbers, flags, dates or times"):
        read_parquet(write(tmp_path, {"tags": [["a"], ["b"]]}), Problems("leads.parquet"))
    with pytest.raises(InvalidInput, match="must hold rows"):
        read_parquet(write(tmp_path, {"a": pa.array([], pa.int64())}), Problems("leads.parquet"))
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"not parquet at all")
    with pytest.raises(InvalidInput, match=r"broken\.parquet must be a readable Parquet file"):
        read_parquet(broken, Problems("broken.parquet"))
