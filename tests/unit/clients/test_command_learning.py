from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from leadline.command import main
from leadline.v1 import feedback_pb2


@pytest.fixture
def run(server):
    """Run the command against the server."""

    def run(*arguments):
        return CliRunner().invoke(main, ["--target", server.target, *map(str, arguments)])

    return run


def test_record_sends_what_the_options_say(run, server):
    shown = run(
        *("feedback", "record", "a-1", "contact", "--rating", "80", "--seconds", "12.5", "--not-reached"),
        *("--agent", "kim", "--when", "2026-03-01T10:00", "--id", "mine"),
    )
    assert shown.exit_code == 0, shown.stderr
    (request,) = server.requests("RecordFeedback")
    told = request.feedback
    assert (told.lead_id, told.action, told.agent_id) == ("a-1", feedback_pb2.FEEDBACK_ACTION_CONTACT, "kim")
    assert told.HasField("contact_successful")
    assert not told.contact_successful
    assert told.occurred_time.ToJsonString() == "2026-03-01T10:00:00Z"
    assert "Recorded mine, confidence 0.75." in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("feedback", "record", "a", "sell"), "sell"),
        (("feedback", "record", "a", "view", "--when", "yesterday"), "ISO 8601"),
        (("feedback", "record", "a", "view", "--rating", "101"), "101"),
        (("feedback", "record", "a", "view", "--seconds", "nan"), "must be a number"),
        (("feedback", "record", "a", "view", "--seconds", "inf"), "inf"),
        (("feedback", "list", "--history"), "--history needs --lead"),
        (("retrain", "--param", "max_depth"), "NAME=NUMBER"),
        (("drift", "--plot", "drift.gif"), ".png or .html"),
        (("shadow", "--reason", "too slow"), "--clear"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(run, arguments, message):
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert message in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("feedback", "list", "--lead", "a", "--limit", "2"), "f-1"),
        (("feedback", "analytics"), "2 of 4, 50.0% (30.0% to 70.0%)"),
        (("feedback", "prune", "--dry-run"), "Would remove 7 pieces of feedback; 3 stay."),
        (("retrain",), "AGE: 8 days old Held back: too few labels.\nNothing is trained; --force trains all the same."),
        (("retrain", "--force", "--wait"), "Run run-1 succeeded: better than the champion"),
        (("runs",), "run-4"),
        (("runs", "run-1"), "p_better_log_loss"),
        (("drift",), "Conversions seen over expected: 1.20 (0.90 to 1.50), 90 leads"),
        (("drift", "none"), "No drift report yet"),
        (("alerts",), "price went up"),
        (("shadow",), "1.50 ms median"),
        (("shadow", "--clear"), "v8 is in the shadow no more."),
        (("shadow", "--clear", "--kind", "none"), "No version is in the shadow."),
        (("online",), "0.4100 nats, the version alone 0.4200"),
        (("models", "metrics"), "training"),
    ],
)
def test_what_people_see(run, arguments, expected):
    shown = run(*arguments)
    assert shown.exit_code == 0, shown.stderr
    assert expected in shown.stdout


def test_the_reason_of_a_cleared_shadow_is_sent(run, server):
    assert run("shadow", "--clear", "--reason", "too slow").exit_code == 0
    assert [request.reason for request in server.requests("ClearShadowVersion")] == ["too slow"]
    assert server.requests("GetShadowReport") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("feedback", "analytics"),
        ("feedback", "record", "a", "view", "--seconds", "3"),
        ("retrain", "--force"),
        ("runs", "run-1"),
        ("drift",),
        ("shadow",),
        ("shadow", "--clear"),
        ("online",),
        ("models", "metrics"),
    ],
)
def test_what_machines_read(run, arguments):
    shown = run("--json", *arguments)
    assert shown.exit_code == 0, shown.stderr
    assert json.loads(shown.stdout)


@pytest.mark.parametrize("arguments", [("feedback", "list"), ("runs",), ("alerts",)])
def test_lists_are_json_lines(run, arguments):
    lines = run("--json", *arguments).stdout.splitlines()
    assert len(lines) >= 4
    assert all(json.loads(line) for line in lines)


@pytest.mark.parametrize("name", ["drift", "alerts", "shadow", "online"])
def test_json_may_follow_the_subcommand(run, name):
    shown = run(name, "--json")
    assert shown.exit_code == 0, shown.stderr
    assert json.loads(shown.stdout.splitlines()[0] if name == "alerts" else shown.stdout)


def test_a_run_that_does_not_come_ends_with_1_when_waited_for(run):
    assert run("retrain", "--wait").exit_code == 1


@pytest.mark.parametrize(("suffix", "beginning"), [(".png", b"\x89PNG"), (".html", b"<!doctype html>")])
def test_drift_is_drawn(run, tmp_path, suffix, beginning):
    path = tmp_path / f"drift{suffix}"
    shown = run("drift", "--plot", path)
    assert shown.exit_code == 0, shown.stderr
    assert path.read_bytes().startswith(beginning)


def test_a_place_that_cannot_be_drawn_to_is_said(run, tmp_path):
    shown = run("drift", "--plot", tmp_path / "missing" / "drift.png")
    assert shown.exit_code == 1
    assert "cannot be written" in shown.stderr
    assert run("drift", "none", "--plot", tmp_path / "drift.png").exit_code == 1
