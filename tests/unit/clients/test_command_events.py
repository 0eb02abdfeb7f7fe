from __future__ import annotations

import csv
import gzip
import json
import sys
from datetime import UTC, datetime

import grpc
import pytest
from click.testing import CliRunner
from leadline.command import main
from leadline.v1 import event_pb2


@pytest.fixture
def run(server):
    """Run the command against the server."""

    def run(*arguments):
        return CliRunner().invoke(main, ["--target", server.target, *map(str, arguments)])

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "events.csv"

    def write(*lines, name="events.csv"):
        target = path.with_name(name)
        content = "\n".join(lines).encode()
        target.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return target

    return write


def sent(server):
    return [event for request in server.requests("RecordEvents") for event in request.events]


WHOLE = (
    "event_id,lead_id,kind,occurred_time,item_id,session_id,agent_id,duration_seconds,page_type,device,referrer,price,value,quantity,positive,query",
    'e1,a,ITEM_SWIPED,2026-03-01T10:00:00Z,i,s,kim,1.5,Search,mobile,email,12.5,-3,2,no,"two, rooms"',
    "e2,7,item_viewed,1772359200.5,,,,,,,,,,,,",
)


@pytest.mark.parametrize("name", ["events.csv", "events.csv.gz"])
def test_every_column_is_sent(run, server, file, name):
    path = file(*WHOLE, name=name)
    shown = run("events", "import", path)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout == "Recorded 2 events; 0 were known already.\n"
    first, second = sent(server)
    wanted = event_pb2.Event(
        event_id="e1",
        lead_id="a",
        kind=event_pb2.EVENT_KIND_ITEM_SWIPED,
        item_id="i",
        session_id="s",
        agent_id="kim",
        page_type=event_pb2.PAGE_TYPE_SEARCH,
        device=event_pb2.DEVICE_TYPE_MOBILE,
        referrer=event_pb2.REFERRER_TYPE_EMAIL,
        price=12.5,
        value=-3,
        quantity=2,
        positive=False,
        query="two, rooms",
    )
    wanted.occurred_time.FromJsonString("2026-03-01T10:00:00Z")
    wanted.duration.FromJsonString("1.5s")
    assert first == wanted
    assert second.occurred_time.ToJsonString() == "2026-03-01T10:00:00.500Z"
    assert [found.name for found in path.parent.iterdir()] == [name]


def test_columns_are_mapped_and_rows_get_ids_that_stay(run, server, file):
    path = file("customer;when;note", "a;2026-01-01;x", "a;2026-01-01;x", "b;2026-01-02;x")
    options = ("--column", "lead_id=customer", "--column", "occurred_time=when", "--kind", "item_purchased")
    shown = run("events", "import", path, *options, "--batch", "2")
    assert shown.exit_code == 0, shown.stderr
    assert "column note is not used" in shown.stderr
    assert [len(request.events) for request in server.requests("RecordEvents")] == [2, 1]
    assert {event.kind for event in sent(server)} == {event_pb2.EVENT_KIND_ITEM_PURCHASED}
    assert len(server.events) == 3
    again = run("events", "import", path, *options)
    assert again.stdout == "Recorded 0 events; 3 were known already.\n"


def test_broken_rows_are_reported_and_the_rest_recorded(run, server, file):
    path = file(
        "lead_id,kind,quantity,query,device",
        "a,item_viewed,,,",
        ",item_viewed,,,",
        "b,item_eaten,,,",
        "c,item_viewed,0,,phone",
        "d,search_performed,,refuse me,",
        "e,item_viewed",
        "f,item_viewed,,,",
        f"g,item_viewed,,{'x' * 1_001},",
    )
    shown = run("events", "import", path)
    assert shown.exit_code == 1
    assert f"{path} row 3, column lead_id: must be given" in shown.stderr
    assert f"{path} row 4, column kind: must be one of item_viewed" in shown.stderr
    assert f"{path} row 5, column quantity: must be a whole number from 1 to 1,000,000, not '0'" in shown.stderr
    assert f"{path} row 5, column device" in shown.stderr
    assert f"{path} row 6, column query: must be something else" in shown.stderr
    assert f"{path} row 7: must have 5 cells" in shown.stderr
    assert f"{path} row 9, column query: must be at most 1,000 characters" in shown.stderr
    assert "6 rows were not recorded" in shown.stderr
    assert [event.lead_id for event in server.events.values()] == ["a", "f"]
    with path.with_name("events.csv.refused.csv").open(newline="") as refused:
        rows = list(csv.reader(refused))
    assert rows[0] == ["lead_id", "kind", "quantity", "query", "device", "problem"]
    assert [row[0] for row in rows[1:]] == ["", "b", "c", "d", "e", "g"]
    # Put right, it can be imported by itself.
    path.with_name("events.csv.refused.csv").write_text("lead_id,kind\nb,item_viewed\n")
    assert run("events", "import", f"{path}.refused.csv").exit_code == 0


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("duration_seconds", "1e300", "must be at most 24 hours"),
        ("occurred_time", "1e300", "must be a time"),
        ("price", "1e400", "must be a number"),
        ("quantity", "1e300", "must be a whole number"),
    ],
)
def test_numbers_beyond_all_bounds_are_told_by_row(run, file, column, cell, rule):
    path = file(f"lead_id,kind,{column}", f"a,item_viewed,{cell}")
    shown = run("events", "import", path)
    assert shown.exit_code == 1
    assert f"{path} row 2, column {column}: {rule}" in shown.stderr


def test_an_interrupted_import_goes_on_where_it_stopped(run, server, file):
    path = file("lead_id,kind", *(f"lead-{number},item_viewed" for number in range(7)), ",item_viewed")
    server.fail("RecordEvents", None, grpc.StatusCode.PERMISSION_DENIED)
    shown = run("--json", "events", "import", path, "--batch", "3")
    assert shown.exit_code == 1
    assert "Go on with --resume" in shown.stderr
    assert json.loads(shown.stdout)["recorded_count"] == 3
    shown = run("events", "import", path, "--batch", "3", "--resume")
    assert "Recorded 4 events; 0 were known already, 3 rows done before." in shown.stdout
    assert shown.exit_code == 1
    assert [event.lead_id for event in server.events.values()] == [f"lead-{number}" for number in range(7)]
    assert sorted(found.name for found in path.parent.iterdir()) == ["events.csv", "events.csv.refused.csv"]


def test_another_file_under_the_name_is_not_gone_on_with(run, server, file):
    path = file("lead_id,kind", "a,item_viewed", "b,item_viewed")
    server.fail("RecordEvents", None, grpc.StatusCode.PERMISSION_DENIED)
    run("events", "import", path, "--batch", "1")
    file("lead_id,kind", "other,item_viewed", "b,item_viewed")
    shown = run("events", "import", path, "--resume")
    assert shown.exit_code == 2
    assert "must be the file that" in shown.stderr
    path.with_name("events.csv.progress").write_text("{")
    assert "must be what an import wrote" in run("events", "import", path, "--resume").stderr


def test_parquet_is_read_with_its_types(run, server, tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {
        "lead_id": [17, 18],
        "kind": ["item_purchased", "item_swiped"],
        "occurred_time": [datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 11, tzinfo=UTC).replace(tzinfo=None)],  # noqa: DTZ001
        "value": [9.5, None],
        "quantity": [2, None],
        "positive": [None, True],
    }
    path = tmp_path / "events.parquet"
    parquet.write_table(pyarrow.table(columns), path)
    shown = run("events", "import", path)
    assert shown.exit_code == 0, shown.stderr
    first, second = sent(server)
    assert (first.lead_id, first.value, first.quantity) == ("17", 9.5, 2)
    assert not second.HasField("value")
    assert second.positive
    assert first.occurred_time.ToJsonString() == "2026-03-01T10:00:00Z"
    path.write_bytes(b"PAR1 no")
    shown = run("events", "import", path)
    assert (shown.exit_code, "must be a readable Parquet file" in shown.stderr) == (2, True)


def test_parquet_that_is_damaged_further_down_ends_with_2(run, tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "events.parquet"
    columns = {"lead_id": [f"lead-{number}" for number in range(2_000)], "kind": ["item_viewed"] * 2_000}
    parquet.write_table(pyarrow.table(columns), path, compression="gzip", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[200:1_200] = bytes(1_000)
    path.write_bytes(content)
    shown = run("events", "import", path)
    assert (shown.exit_code, "must be a readable Parquet file" in shown.stderr) == (2, True)


def test_parquet_without_pyarrow_says_what_is_missing(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = tmp_path / "events.parquet"
    path.write_bytes(b"PAR1")
    shown = run("events", "import", path)
    assert (shown.exit_code, "pip install pyarrow" in shown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (("lead_id,kind", "a,item_viewed"), ("--column", "lead_id"), "must be FIELD=COLUMN"),
        (("lead_id,kind", "a,item_viewed"), ("--column", "color=x"), "must name a field"),
        (("lead_id,kind", "a,item_viewed"), ("--kind", "item_eaten"), "must be one of"),
        (("lead_id,kind", "a,item_viewed"), ("--batch", "501"), "501"),
        (("lead_id,lead_id", "a,b"), (), "must have each column once"),
        (("",), (), "must begin with a row of column names"),
        (("lead_id,kind", 'a,"item_viewed'), (), "must be CSV"),
        (("{" + "x" * 200_000,), (), "row 1 must be CSV"),
        (("lead_id,kind", "a,item_viewed"), ("--column", "price=cost"), "must have the columns cost"),
        (("customer", "a"), (), "must have the columns kind, lead_id"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(run, file, lines, options, message):
    shown = run("events", "import", file(*lines), *options)
    assert shown.exit_code == 2
    assert message in shown.stderr


def test_files_that_cannot_be_read_end_with_2(run, file, tmp_path):
    path = file("x", name="broken.csv")
    path.write_bytes(b"lead_id,kind\n\xff\xfe,item_viewed\n")
    assert "must be saved as UTF-8" in run("events", "import", path).stderr
    zipped = tmp_path / "broken.csv.gz"
    zipped.write_bytes(b"no zip")
    assert "must be readable" in run("events", "import", zipped).stderr


def test_events_of_a_lead_are_shown(run, file):
    run("events", "import", file(*WHOLE))
    shown = run("events", "list", "a")
    assert shown.exit_code == 0
    assert "item_swiped" in shown.stdout
    (one,) = map(json.loads, run("--json", "events", "list", "a", "--limit", "1").stdout.splitlines())
    assert (one["event"]["event_id"], one["event"]["duration"], one["sequence"]) == ("e1", 1.5, 1)
