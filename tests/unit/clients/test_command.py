from __future__ import annotations

import csv
import json
import socket
from io import StringIO

import grpc
import pytest
from click.testing import CliRunner
from google.rpc import code_pb2, error_details_pb2, status_pb2
from leadline.command import main


@pytest.fixture
def run(server):
    """Run the command against the server."""

    def run(*arguments, input=None):  # noqa: A002 - as the runner calls it
        return CliRunner().invoke(main, ["--target", server.target, *map(str, arguments)], input=input)

    return run


@pytest.fixture
def leads_csv(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("lead_id,title,price\n" + "".join(f"lead-{n},Room {n},{n}\n" for n in range(3)))
    return path


def test_score_shows_the_score_and_its_reasons(run):
    shown = run("score", "--lead-id", "a-1", "--title", "Two rooms")
    assert shown.exit_code == 0, shown.stderr
    assert "73.5" in shown.stdout
    assert "██████" in shown.stdout
    assert "+22.0  Lead source" in shown.stdout
    assert "40.0  an average lead" in shown.stdout
    assert "+1.5  everything else" in shown.stdout


def test_score_sends_what_the_options_say(run, server):
    shown = run(
        *("score", "--lead-id", "a", "--price", "12.5", "--posted-time", "2026-01-31", "--owner-id", "o"),
        *("--attribute", "visits=3", "--attribute", "seen=true", "--attribute", "source=a=b", "--attribute", "none="),
        *("--max-contributions", "0", "--model-version", "v3"),
    )
    assert shown.exit_code == 0, shown.stderr
    (request,) = server.requests("Score")
    assert (request.lead.price, request.lead.owner_id, request.model_version) == (12.5, "o", "v3")
    assert request.lead.posted_time.ToJsonString() == "2026-01-31T00:00:00Z"
    assert request.lead.attributes["visits"].number == 3.0
    assert request.lead.attributes["seen"].flag is True
    assert request.lead.attributes["source"].text == "a=b"
    assert request.HasField("max_contributions")


@pytest.mark.parametrize("place", ["before", "after"])
def test_json_is_one_document_wherever_the_flag_stands(run, place):
    shown = run("--json", "score", "--lead-id", "a") if place == "before" else run("score", "--lead-id", "a", "--json")
    found = json.loads(shown.stdout)
    assert found["score"] == 73.5
    assert found["source"] == "model"
    assert found["score_time"] == "2026-03-01T12:00:00.500000Z"
    assert found["contributions"][0] == {
        "feature": "Lead source",
        "group": "attribute",
        "points": 22.0,
        "value_text": "Google",
    }


def test_a_lead_read_as_json_can_be_scored_as_it_is(run, server, tmp_path):
    run("leads", "import", "-", input='{"lead_id": "a", "title": "Zwei Zimmer", "price": 3, "attributes": {"n": 1.5}}')
    shown = run("--json", "leads", "get", "a")
    (tmp_path / "lead.json").write_text(shown.stdout)
    assert run("score", "--file", tmp_path / "lead.json").exit_code == 0
    assert run("score", "--file", "-", input=shown.stdout).exit_code == 0
    written = server.stored["a"].lead
    assert [request.lead for request in server.requests("Score")] == [written, written]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score"], "give --lead-id, or --file"),
        (["score", "--lead-id", "a", "--price", "much"], "--price: must be a number, not 'much'"),
        (["score", "--lead-id", "a", "--posted-time", "soon"], "--posted-time: must be a time like"),
        (["score", "--lead-id", "a", "--attribute", "x"], "'x' must be KEY=VALUE"),
        (["score", "--lead-id", "a", "--file", "-"], "not by both"),
        (["score", "--file", "/nowhere.json"], "/nowhere.json must be readable: No such file"),
        (["score", "--lead-id", "a", "--max-contributions", "101"], "101 is not in the range"),
        (["batch-score", "-", "--output", "x.xls"], "x.xls must end in .csv, .json, .jsonl"),
        (["--timeout", "0", "status"], "--timeout"),
        (["--timeout", "nan", "status"], "--timeout"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(run, arguments, message):
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert message in " ".join(shown.stderr.split())
    assert shown.stdout == ""


def test_no_server_is_one_sentence_that_says_how_to_start_one():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{reserved.getsockname()[1]}"
        shown = CliRunner().invoke(main, ["status"], env={"LEADLINE_TARGET": target})
    assert shown.exit_code == 1
    assert shown.stderr.startswith(f"Error: no Leadline server answers at {target}: start one with `make run`")
    assert "Traceback" not in shown.output


@pytest.mark.parametrize(
    ("code", "details", "ending"),
    [
        (code_pb2.UNAUTHENTICATED, (), (1, "Error: no: give a key with LEADLINE_API_KEY or --api-key.")),
        (code_pb2.UNIMPLEMENTED, (), (1, "Error: this server does not offer that: no.")),
        (code_pb2.ABORTED, (), (1, "Error: no.")),
        (code_pb2.DEADLINE_EXCEEDED, (), (1, "Error: no answer within 5 s: allow more with --timeout.")),
        (
            code_pb2.INTERNAL,
            (error_details_pb2.ErrorInfo(metadata={"incident_id": "4f3a"}),),
            (1, "Error: the server failed; its operators find the cause under incident 4f3a."),
        ),
        (code_pb2.INVALID_ARGUMENT, (), (2, "Error: no")),
    ],
)
def test_each_failure_is_one_sentence(run, server, code, details, ending):
    status = status_pb2.Status(code=code, message="no")
    for detail in details:
        status.details.add().Pack(detail)
    server.fail("GetStatus", status)
    shown = run("status")
    assert (shown.exit_code, shown.stderr.strip()) == ending


def test_every_violation_is_shown(run, server):
    bad = error_details_pb2.BadRequest()
    bad.field_violations.add(field="lead.price", description="must be finite")
    bad.field_violations.add(field="lead.title", description="must be short")
    status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT, message="two rules")
    status.details.add().Pack(bad)
    server.fail("Score", status)
    shown = run("score", "--lead-id", "a")
    assert shown.exit_code == 2
    assert shown.stderr == "Error: invalid input:\n  lead.price must be finite\n  lead.title must be short\n"


def test_a_batch_is_csv_for_a_program(run, leads_csv):
    shown = run("batch-score", leads_csv, "--max-contributions", "1")
    rows = list(csv.DictReader(StringIO(shown.stdout)))
    assert shown.exit_code == 0, shown.stderr
    assert [(row["row"], row["lead_id"], row["score"]) for row in rows] == [
        ("2", "lead-0", "73.5"),
        ("3", "lead-1", "73.5"),
        ("4", "lead-2", "73.5"),
    ]
    assert rows[0]["reasons"] == "Lead source (Google) +22.0"
    assert shown.stderr == ""


def test_bad_rows_of_a_batch_are_reported_and_the_rest_is_scored(run, server, tmp_path):
    server.refuse_lead = lambda lead: lead.lead_id == "c"
    path = tmp_path / "leads.csv"
    path.write_text("lead_id,price\na,1\nb,much\nc,2\nd,3\n")
    shown = run("--json", "batch-score", path)
    assert shown.exit_code == 1
    results = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [(result["row"], result["lead_id"], "error" in result) for result in results] == [
        (2, "a", False),
        (3, "b", True),
        (4, "c", True),
        (5, "d", False),
    ]
    assert results[2]["error"]["code"] == "INVALID_ARGUMENT"
    assert f"{path} row 3, column price must be a number, not 'much'" in shown.stderr
    assert f"{path} row 4: price must be finite and not negative" in shown.stderr
    assert "2 of 4 rows could not be scored." in shown.stderr


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl"])
def test_a_batch_is_written_in_the_format_of_the_suffix(run, leads_csv, tmp_path, suffix):
    output = tmp_path / f"scores.{suffix}"
    shown = run("batch-score", leads_csv, "--output", output)
    assert shown.stdout.strip() == f"Scored 3 leads into {output}."
    text = output.read_text()
    if suffix == "csv":
        ids = [row["lead_id"] for row in csv.DictReader(StringIO(text))]
    elif suffix == "json":
        ids = [result["lead_id"] for result in json.loads(text)]
    else:
        ids = [json.loads(line)["lead_id"] for line in text.splitlines()]
    assert ids == ["lead-0", "lead-1", "lead-2"]


def test_a_place_that_cannot_be_written_is_said(run, leads_csv, tmp_path):
    shown = run("batch-score", leads_csv, "--output", tmp_path / "nowhere" / "scores.csv")
    assert shown.exit_code == 2
    assert "cannot be written: No such file or directory" in shown.stderr


def test_what_was_scored_before_a_failure_is_kept(run, server, tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("lead_id\n" + "".join(f"lead-{n}\n" for n in range(700)))
    server.fail("BatchScore", None, grpc.StatusCode.ABORTED)
    output = tmp_path / "scores.csv"
    shown = run("batch-score", path, "--output", output)
    assert shown.exit_code == 1
    assert len(output.read_text().splitlines()) == 501
    assert "200 leads were not scored." in shown.stderr


def test_a_batch_with_a_mapping(run, server, tmp_path):
    (tmp_path / "leads.csv").write_text("Prospect ID,zip\np1,90210\n")
    (tmp_path / "mapping.toml").write_text('[fields]\nlead_id = "Prospect ID"\n[attributes]\ncategorical = ["zip"]\n')
    shown = run("batch-score", tmp_path / "leads.csv", "--mapping", tmp_path / "mapping.toml")
    assert shown.exit_code == 0, shown.stderr
    (lead,) = server.requests("BatchScore")[0].leads
    assert (lead.lead_id, lead.attributes["zip"].number) == ("p1", 90210.0)


def test_an_import_goes_on_without_the_leads_that_are_refused(run, server, tmp_path):
    server.refuse_lead = lambda lead: lead.lead_id in {"lead-3", "lead-8"}
    path = tmp_path / "leads.csv"
    rows = "".join(f"lead-{n},{n % 2}\n" for n in range(10))
    path.write_text(f"lead_id,converted\n{rows}lead-1,1\n,1\n")
    shown = run("leads", "import", path)
    assert shown.exit_code == 1
    assert shown.stdout == "Wrote 8 leads: 8 new, 0 updated.\n"
    assert f"{path} row 5: price must be finite and not negative" in shown.stderr
    assert f"{path} row 10: price must be finite" in shown.stderr
    assert f"{path} row 12: lead_id must be there once; it is in row 3 too" in shown.stderr
    assert f"{path} row 13, column lead_id must not be empty" in shown.stderr
    assert "4 of 12 rows were not written." in shown.stderr
    assert server.stored["lead-1"].outcome.converted
    first, second = server.requests("UpsertLeads")
    assert first.request_id != second.request_id


def test_an_import_that_breaks_off_says_how_much_is_missing(run, server, leads_csv):
    server.fail("UpsertLeads", grpc.StatusCode.PERMISSION_DENIED)
    shown = run("leads", "import", leads_csv)
    assert shown.exit_code == 1
    assert "3 of 3 rows were not written. as told." in shown.stderr


def test_what_was_listed_can_be_imported_again(run, server, tmp_path):
    (tmp_path / "leads.csv").write_text("lead_id,title,visits,converted\na,x,3,1\nb,y,,0\nc,z,5,\n")
    assert run("leads", "import", tmp_path / "leads.csv").exit_code == 0
    before = {key: stored.SerializeToString() for key, stored in server.stored.items()}
    listed = run("--json", "leads", "list")
    (tmp_path / "leads.jsonl").write_text(listed.stdout)
    server.stored.clear()
    assert run("leads", "import", tmp_path / "leads.jsonl").exit_code == 0
    assert {key: stored.SerializeToString() for key, stored in server.stored.items()} == before


def test_leads_for_people(run):
    run("leads", "import", "-", input="lead_id,title,converted\na,[red]Rooms\x1b[2J,1\n")
    listed, got = run("leads", "list"), run("leads", "get", "a")
    for shown in (listed, got):
        assert "[red]Rooms" in shown.stdout
        assert "\x1b" not in shown.stdout
        assert "converted" in shown.stdout
    missing = run("leads", "get", "nobody")
    assert (missing.exit_code, missing.stderr) == (1, "Error: no lead 'nobody'.\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["models", "list"], ["v7", "v1", "registered", "0.870"]),
        (["models", "list", "--limit", "2"], ["v6"]),
        (["models", "show"], ["v7", "model.onnx", "25.0% of them converted", "0.8700"]),
        (["models", "show", "v2"], ["v2"]),
        (["models", "activate", "v3", "--expect", "v7", "--reason", "better"], ["v3 serves now in place of v7."]),
        (["models", "rollback"], ["v6 serves now in place of v7."]),
        (["models", "prune", "--dry-run"], ["Would remove 2 versions (2,048 bytes): v1, v2; 1 stay."]),
        (["models", "events"], ["activated", "someone", "v5"]),
        (["status"], ["Leadline 0.1.0, serving", "SQLite", "works", "score_p99_seconds"]),
    ],
)
def test_models_and_status_for_people(run, arguments, expected):
    shown = run(*arguments)
    assert shown.exit_code == 0, shown.stderr
    for words in expected:
        assert words in shown.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["models", "show"],
        ["models", "activate", "v3"],
        ["models", "rollback"],
        ["models", "prune"],
        ["status"],
    ],
)
def test_models_and_status_for_machines(run, arguments):
    assert isinstance(json.loads(run("--json", *arguments).stdout), dict)


@pytest.mark.parametrize(("name", "count"), [("list", 7), ("events", 5)])
def test_lists_for_machines_are_json_lines(run, name, count):
    assert len([json.loads(line) for line in run("models", name, "--json").stdout.splitlines()]) == count


def test_a_version_is_registered_from_a_folder(run, server, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    shown = run("models", "register", tmp_path, "--reason", "trained")
    assert shown.exit_code == 0, shown.stderr
    assert "v8" in shown.stdout
    assert server.requests("RegisterModelVersion")[0].reason == "trained"


def test_the_key_comes_from_the_environment_and_is_not_shown(server):
    environment = {"LEADLINE_TARGET": server.target, "LEADLINE_API_KEY": "top-secret"}
    assert CliRunner().invoke(main, ["status"], env=environment).exit_code == 0
    assert server.calls["GetStatus"][0].metadata["authorization"] == "Bearer top-secret"
    assert "top-secret" not in CliRunner().invoke(main, ["--help"], env=environment).output


def test_an_encrypted_way_is_used_when_asked_for(run):
    shown = run("--tls", "status")  # the server speaks plain text
    assert shown.exit_code == 1
    assert "no Leadline server answers" in shown.stderr
