from __future__ import annotations

import gzip

import pytest

from core.errors import InvalidInput
from training.table.csv_file import read_csv
from training.table.problems import Problems
from training.table.reading import read_leads


def problem_of(path):
    with pytest.raises(InvalidInput) as caught:
        read_csv(path, Problems(path.name))
    [violation] = caught.value.violations
    return violation.field, violation.rule


def test_lines_are_the_files_own_through_line_breaks_and_blank_lines(lead_file):
    grid = read_csv(lead_file('a,b\n1,"two\nlines"\n\n3, four \r\n5,"six"\n'), Problems("leads.csv"))
    assert grid.columns == {"a": ["1", "3", "5"], "b": ["two\nlines", "four", "six"]}
    assert [grid.place(i) for i in range(3)] == ["line 2", "line 5", "line 6"]


def test_columns_without_a_name_are_left_out(lead_file):
    grid = read_csv(lead_file(",a\n0,x\n1,y\n"), Problems("leads.csv"))
    assert grid.columns == {"a": ["x", "y"]}


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (b"", "leads.csv, line 1", "must have a header with the names of its columns"),
        (b"\xef\xbb\xbf\n\n", "leads.csv, line 1", "must have a header with the names of its columns"),
        (b"a,b\n", "leads.csv", "must hold rows below its header"),
        (b"a,b\n1,2\n3\n", "leads.csv, line 3", "must have 2 cells as the header has, not 1"),
        (b"a,b\n1,2,3\n", "leads.csv, line 2", "must have 2 cells as the header has, not 3"),
        (b"a,b\n1,2\n\xff\xfe,4\n", "leads.csv, line 3", "must be text in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "leads.csv, line 1", "must be text in UTF-8"),
        (b'a,b\n1,2\n3,"open\n4,5\n', "leads.csv, line 3", "must be well-formed CSV: check the quotes"),
        (b"a;b\n1;2\n", "leads.csv, line 1", "must be separated by commas, not semicolons"),
        (b"a,b,a\n1,2,3\n", "leads.csv, line 1, column 'a'", "must have one column of that name, not several"),
    ],
)
def test_names_what_is_wrong_and_where(lead_file, content, field, rule):
    assert problem_of(lead_file(content)) == (field, rule)


def test_names_a_file_that_is_not_there_and_a_gzip_file_that_is_none(tmp_path, lead_file):
    assert problem_of(tmp_path / "no.csv") == ("no.csv", "must be a readable file: No such file or directory")
    assert problem_of(lead_file(b"a,b\n", "x.csv.gz"))[1] == "must be a readable file: not a gzip file"
    cut = gzip.compress(b"a,b\n1,2\n" * 1000)[:-20]
    assert problem_of(lead_file(cut, "y.csv.gz"))[1] == "must be a whole gzip file"


def test_refuses_other_kinds_of_files(lead_file, mapping):
    with pytest.raises(InvalidInput, match=r"leads\.xlsx must be a \.csv, \.csv\.gz or \.parquet file"):
        read_leads(lead_file(b"PK", "leads.xlsx"), mapping)
