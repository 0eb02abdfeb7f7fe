from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from leadline import InvalidRequest, Lead, LeadOutcome
from leadline.leadfile.lead_rows import LeadRows
from leadline.leadfile.mapping import mapping_by_name
from leadline.leadfile.mapping_file import read_mapping
from leadline.leadfile.outcome_rule import OutcomeRule
from leadline.leadfile.reading import read_rows
from leadline.leadfile.values import is_number, parse_attribute, parse_text, parse_time


@pytest.fixture
def read(tmp_path):
    """Write a file and return its leads and what was refused."""

    def read(content, name="leads.csv", mapping=None):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        file = read_rows(str(path))
        if mapping is not None:
            (tmp_path / "mapping.toml").write_text(mapping)
        columns = read_mapping(str(tmp_path / "mapping.toml")) if mapping else mapping_by_name(file.columns)
        leads = LeadRows(file, columns)
        writes, refused = [], []
        for row in file.rows:
            try:
                writes.append(leads.write(row))
            except InvalidRequest as problem:
                refused.append(problem.message.replace(str(path), "FILE"))
        return writes, refused

    return read


def refusal(call, *arguments):
    with pytest.raises(InvalidRequest) as refused:
        call(*arguments)
    return refused.value.message


def test_columns_are_fields_and_all_others_attributes(read):
    (write,), refused = read("lead_id,title,price,posted_time,Source,Visits\na,Two rooms,12.5,2026-01-31,Google,3\n")
    assert refused == []
    assert write.lead == Lead(
        lead_id="a",
        title="Two rooms",
        price=12.5,
        posted_time=datetime(2026, 1, 31, tzinfo=UTC),
        attributes={"Source": "Google", "Visits": 3.0},
    )
    assert write.outcome is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"\xef\xbb\xbflead_id,title\na,x\n"),
        ("a.csv", b"lead_id,title\r\na,x\r\n"),
        ("a.csv", b"lead_id;title\na;x\n"),
        ("a.tsv", b"lead_id\ttitle\na\tx\n"),
        ("a.csv", b"\n\n lead_id , title \na,x"),
        ("a.csv", b",lead_id,title\n0,a,x\n"),
        ("a.csv.gz", gzip.compress(b"lead_id,title\na,x\n")),
        ("a.json", b'{"lead_id": "a", "title": "x"}'),
        ("a.json", b'\xef\xbb\xbf[{"lead_id": "a", "title": "x"}]'),
        ("a.json", b'{"lead_id": "a", "title": "x", "attributes": {}, "price": null}'),
        ("a.jsonl", b'\n{"lead_id": "a", "title": "x"}\n\n'),
        ("a.jsonl", b'{"lead": {"lead_id": "a", "title": "x"}, "outcome": null, "revision": 3}'),
        ("unknown", b' {"lead_id": "a", "title": "x"}'),
        ("unknown", b"lead_id,title\na,x\n"),
    ],
)
def test_the_same_lead_in_many_formats(read, name, content):
    (write,), refused = read(content, name)
    assert refused == []
    assert write.lead == Lead(lead_id="a", title="x")


def test_json_lines_are_found_without_a_suffix(read):
    writes, _ = read('{"lead_id": "a"}\n{"lead_id": "b"}\n', "unknown")
    assert [write.lead.lead_id for write in writes] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must not be empty"),
        (b"\xef\xbb\xbf \n", "must not be empty"),
        (b"lead_id,title\n", "must have rows below its column names"),
        (b"lead_id,title,title\na,b,c\n", "row 1 must have each column once; twice: title"),
        (b",,\n", "must begin with a row of column names"),
        (b"id,title\na,b\n", "must have the column 'lead_id'; it has id, title"),
        (b'lead_id,title\na,"open\nb,c\n', "row 2 must be CSV: unexpected end of data"),
        (b"lead_id,title\na,\xe9t\xe9\n", "must be saved as UTF-8; line 2 is not"),
        ("lead_id\na\n".encode("utf-16"), "must be saved as UTF-8; it is UTF-16"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(read, tmp_path, content, message):
    assert refusal(read, content) == f"{tmp_path / 'leads.csv'} {message}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "must be JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"[]", "must not be an empty list"),
        (b'{"lead_id": "a", "price": NaN}', "must be JSON: NaN is not a JSON number"),
        (b"[" * 100_000, "must be JSON: "),
    ],
)
def test_json_that_cannot_be_used_is_named_with_the_reason(read, content, message):
    assert message in refusal(read, content, "leads.json")


def test_a_file_that_is_not_there_or_is_no_archive(read, tmp_path):
    assert "nowhere.csv must be readable: No such file" in refusal(read_rows, str(tmp_path / "nowhere.csv"))
    assert "leads.csv.gz must be readable" in refusal(read, b"lead_id\na\n", "leads.csv.gz")
    assert "leads.csv.gz must be readable" in refusal(read, gzip.compress(b"lead_id\na\n")[:-9], "leads.csv.gz")


def test_bad_rows_are_named_as_a_spreadsheet_counts_and_the_rest_is_read(read):
    content = (
        'lead_id,title,price,posted_time\na,"two\nlines",1,\n\nb,x,much,soon\n,x,1,\nc,x\nd,x,1,2,3\ne,x,,1767225600\n'
    )
    writes, refused = read(content)
    assert [write.lead.lead_id for write in writes] == ["a", "e"]
    assert writes[1].lead.posted_time == datetime(2026, 1, 1, tzinfo=UTC)
    assert refused == [
        (
            "FILE row 4, column price must be a number, not 'much'; FILE row 4, column posted_time must be a time like "
            "2026-01-31T09:30:00Z or seconds since 1970, not 'soon'"
        ),
        "FILE row 5, column lead_id must not be empty",
        "FILE row 6 must have 4 cells, as the column names; it has 2",
        "FILE row 7 must have 4 cells, as the column names; it has 5",
    ]


def test_bad_lines_of_json_lines_are_named(read):
    writes, refused = read(
        '{"lead_id": "a"}\n{"lead_id": \n7\n{"lead_id": "b", "tags": ["x"]}\n{"lead_id": "c", "attributes": [1]}\n',
        "leads.jsonl",
    )
    assert [write.lead.lead_id for write in writes] == ["a"]
    assert refused[0].startswith("FILE row 2 must be JSON: ")
    assert refused[1:] == [
        "FILE row 3 must be a JSON object",
        "FILE row 4, column tags must be a text, a number, true or false, not ['x']",
        "FILE row 5, column attributes must be an object",
    ]


def test_a_csv_column_has_one_type_from_all_its_cells(read):
    writes, _ = read("lead_id,visits,seen,mixed,none\na,1,TRUE,1,\nb,null,false,x,\nc,1e3,,,\n")
    assert [write.lead.attributes for write in writes] == [
        {"visits": 1.0, "seen": "TRUE", "mixed": "1"},
        {"seen": "false", "mixed": "x"},
        {"visits": 1000.0},
    ]


def test_json_values_keep_their_types(read):
    (write,), _ = read('{"lead_id": 7, "n": 1, "t": "1", "f": true, "m": null, "attributes": {"x": 2.5}}', "a.json")
    assert write.lead.lead_id == "7"
    assert write.lead.attributes == {"n": 1, "t": "1", "f": True, "x": 2.5}


def test_the_outcome_is_no_attribute(read):
    writes, _ = read("lead_id,converted,outcome_time\na,Yes,2026-02-01\nb,0,\nc,,\n")
    assert writes[0].outcome == LeadOutcome(converted=True, outcome_time=datetime(2026, 2, 1, tzinfo=UTC))
    assert writes[1].outcome == LeadOutcome(converted=False)
    assert writes[2].outcome is None
    assert all(not write.lead.attributes for write in writes)


MAPPING = """
[fields]
lead_id = "Prospect ID"
title = ["name", "zip"]
posted_time = "at"
[attributes]
exclude = ["Tags"]
numeric = ["Score"]
categorical = ["zip"]
known_at_scoring = ["Source"]
missing = ["Select", "NA"]
[outcome]
column = "State"
positive = "Won"
time = "closed"
[order]
column = "No"
date_format = "%d.%m.%Y"
"""
MAPPED = "Prospect ID,name,Tags,Score,zip,Source,State,closed,at,No,price\n"


def test_a_mapping_says_what_the_columns_are(read):
    writes, refused = read(
        MAPPED + "p1,One,t,NA,90210,Select,WON,2026-03-01,31.01.2026,1,5\n"
        "p2,Two,t,5,,Google,Lost,,,2,6\np3,,,x,2,,NA,,soon,3,7\n",
        mapping=MAPPING,
    )
    first, second = writes
    posted = datetime(2026, 1, 31, tzinfo=UTC)
    assert first.lead == Lead(lead_id="p1", title="One 90210", posted_time=posted, attributes={"price": 5.0})
    assert first.outcome == LeadOutcome(converted=True, outcome_time=datetime(2026, 3, 1, tzinfo=UTC))
    assert second.lead.title == "Two"
    assert second.lead.attributes == {"Score": 5.0, "Source": "Google", "price": 6.0}
    assert second.outcome == LeadOutcome(converted=False)
    assert refused == [
        (
            "FILE row 4, column at must be a time as %d.%m.%Y, not 'soon'; "
            "FILE row 4, column Score must be a number, not 'x'"
        )
    ]


def test_a_file_of_open_leads_needs_neither_outcome_nor_order(read):
    mapping = '[outcome]\ncolumn = "State"\ntime = "closed"\n[order]\ncolumn = "No"'
    (write,), refused = read("lead_id,x\na,1\n", mapping=mapping)
    assert (write.outcome, write.lead.attributes, refused) == (None, {"x": 1.0}, [])


@pytest.mark.parametrize(
    ("rule", "cell", "expected"),
    [
        (OutcomeRule(), "YES", True),
        (OutcomeRule(), "1.0", True),
        (OutcomeRule(), True, True),
        (OutcomeRule(), "maybe", False),
        (OutcomeRule(negative=frozenset(["lost"])), "Lost ", False),
        (OutcomeRule(negative=frozenset(["lost"])), "open", None),
        (OutcomeRule(at_least=3), "3", True),
        (OutcomeRule(at_least=3), 2.9, False),
    ],
)
def test_outcomes_by_value_or_limit(rule, cell, expected):
    assert rule.converted(cell) is expected


def test_an_empty_outcome_can_mean_lost(read):
    mapping = '[outcome]\ncolumn = "won"\nmissing_is_negative = true\nat_least = 1'
    writes, refused = read("lead_id,won\na,\nb,2\nc,x\n", mapping=mapping)
    assert [write.outcome.converted for write in writes] == [False, True]
    assert refused == ["FILE row 4, column won must be a number, not 'x'"]


def test_only_included_columns_are_attributes(read):
    (write,), _ = read("lead_id,a,b\nx,1,2\n", mapping='[attributes]\ninclude = ["b"]')
    assert write.lead.attributes == {"b": 2.0}


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("[fields\n", "must be TOML"),
        ('[field]\nlead_id = "x"', ", [field] must be one of the tables fields, attributes, outcome, order"),
        ('[fields]\nname = "x"', ", [fields] name must be one of lead_id"),
        ("[fields]\ntitle = 5", ", [fields] title must be a text or a list of texts"),
        ('[attributes]\nonly = ["x"]', ", [attributes] only must be one of"),
        ("[attributes]\nmissing = [1]", ", [attributes] missing must be a text or a list of texts"),
        ('[fields]\nprice = ["a", "b"]', ", [fields] price must name one column; only title,"),
        ('[outcome]\nat_least = "x"', ", [outcome] at_least must be a finite number"),
        ("[outcome]\nmissing_is_negative = 1", ", [outcome] missing_is_negative must be true or false"),
        ("[outcome]\ncolumn = 1", ", [outcome] column must be a text"),
        ('[fields]\ntitle = "nope"', "must have the column 'nope'; it has lead_id, title"),
        ('[attributes]\ninclude = ["nope"]', "must have the column 'nope'"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_named_with_the_key(read, mapping, message):
    assert message in refusal(lambda: read("lead_id,title\na,b\n", mapping=mapping))


@pytest.mark.parametrize("text", ["0", "7", "-1.5", "+2", ".5", "5.", "1e3", "1.5E-7", "007"])
def test_numbers(text):
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "1_000", "1,5", "nan", "inf", "1e999", "0x1", "-", ".", "1 2"])
def test_no_numbers(text):
    assert not is_number(text)


def test_texts_of_options_are_recognised():
    assert [parse_attribute(text) for text in ("3", "TRUE", "false", "x")] == [3.0, True, False, "x"]
    assert [parse_text(cell) for cell in (7, 7.0, 7.5, True)] == ["7", "7", "7.5", "true"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31T09:30:00+02:00", datetime(2026, 1, 31, 7, 30, tzinfo=UTC)),
        ("2026-01-31 09:30", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("20260131", datetime(2026, 1, 31, tzinfo=UTC)),
        ("1767225600", datetime(2026, 1, 1, tzinfo=UTC)),
        (1767225600.5, datetime(2026, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_times(cell, expected):
    assert parse_time(cell) == expected


@pytest.mark.parametrize("cell", ["soon", "1e300", True, "2026-13-01", {}, 10**30])
def test_no_times(cell):
    with pytest.raises(ValueError, match="must be a time like"):
        parse_time(cell)
