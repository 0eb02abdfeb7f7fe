from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from leadline import assignment_vectors
from leadline.command import main
from leadline.command.experiment_result_screen import show_results
from leadline.convert.experiment_result import results_from_wire
from leadline.v1 import experiment_pb2, experiment_service_pb2

from tests.parts.experiment_answers import interval, results

ARMS = ("--variant", "old=v7:50", "--variant", "new=v8:50", "--control", "old")


@pytest.fixture
def run(server):
    """Run the command against the server."""

    def run(*arguments, input=None):  # noqa: A002 - as the runner calls it
        return CliRunner().invoke(main, ["--target", server.target, *map(str, arguments)], input=input)

    return run


def test_create_sends_what_the_options_say(run, server):
    shown = run(
        *("experiments", "create", "spring", *ARMS, "--description", "why", "--layer", "site", "--traffic", "30"),
        *("--metric", "mean_score", "--metric", "conversion_value:primary", "--guardrail", "contact_success:0.05"),
        *("--override", "a=b=new", "--sticky", "--salt", "pepper", "--window-days", "1.5", "--bandit"),
        *("--start", "2026-03-01", "--end", "2026-05-01T10:00", "--min-effect", "0.03", "--scale", "absolute"),
        *("--plan-effect", "0.02", "--plan-scale", "absolute", "--plan-baseline", "0.1", "--plan-looks", "5"),
        *("--plan-alpha", "0.01", "--plan-power", "0.9", "--plan-units", "4000", "--plan-units-per-day", "12.5"),
        *("--force", "--max-weeks", "3"),
    )
    assert shown.exit_code == 0, shown.stderr
    (request,) = server.requests("CreateExperiment")
    sent = request.experiment
    assert (request.force, request.max_weeks) == (True, 3)
    assert [(v.name, v.model_version, v.traffic_percentage, v.is_control) for v in sent.variants] == [
        ("old", "v7", 50.0, True),
        ("new", "v8", 50.0, False),
    ]
    assert (sent.name, sent.description, sent.layer, sent.salt) == ("spring", "why", "site", "pepper")
    assert (sent.traffic_percentage, sent.sticky) == (30.0, True)
    assert sent.allocation_mode == experiment_pb2.ALLOCATION_MODE_BANDIT
    assert {one.unit_id: one.variant for one in sent.overrides} == {"a=b": "new"}
    kinds, roles = experiment_pb2.MetricKind, experiment_pb2.MetricRole
    assert [(kinds.Name(m.kind), roles.Name(m.role), m.margin) for m in sent.metrics] == [
        ("METRIC_KIND_MEAN_SCORE", "METRIC_ROLE_SECONDARY", 0.0),
        ("METRIC_KIND_CONVERSION_VALUE", "METRIC_ROLE_PRIMARY", 0.0),
        ("METRIC_KIND_CONTACT_SUCCESS", "METRIC_ROLE_GUARDRAIL", 0.05),
    ]
    assert sent.conversion_window.ToTimedelta() == timedelta(days=1.5)
    assert sent.start_time.ToJsonString() == "2026-03-01T00:00:00Z"
    assert sent.end_time.ToJsonString() == "2026-05-01T10:00:00Z"
    assert (sent.min_effect, sent.effect_scale) == (0.03, experiment_pb2.EFFECT_SCALE_ABSOLUTE)
    assert sent.plan == experiment_pb2.ExperimentPlan(
        baseline_rate=0.1,
        min_effect=0.02,
        effect_scale=experiment_pb2.EFFECT_SCALE_ABSOLUTE,
        alpha=0.01,
        power=0.9,
        look_count=5,
        horizon_units=4000,
        units_per_day=12.5,
    )


def test_create_leaves_to_the_server_what_no_option_says(run, server):
    assert run("experiments", "create", "spring", *ARMS).exit_code == 0
    sent = server.requests("CreateExperiment")[0].experiment
    assert not any(sent.HasField(name) for name in ("plan", "start_time", "end_time", "conversion_window"))
    assert (sent.effect_scale, sent.min_effect, sent.traffic_percentage) == (0, 0.0, 100.0)


def test_what_show_prints_can_be_created_under_another_name(run, server, tmp_path):
    path = tmp_path / "experiment.json"
    path.write_text(run("experiments", "show", "e1", "--json").stdout)
    assert run("experiments", "create", "again", "--file", path).exit_code == 0
    assert run("experiments", "create", "--file", "-", input=path.read_text()).exit_code == 0
    again, same = (request.experiment for request in server.requests("CreateExperiment"))
    assert (again.name, same.name) == ("again", "e1")
    assert (again.state, again.segment_end, again.created_by) == (0, 0, "")
    assert again.plan.horizon_units == 7900
    assert not again.plan.HasField("days")
    assert again.conversion_window.ToTimedelta() == timedelta(days=14)
    assert again.start_time.ToJsonString() == "2026-03-01T00:00:00Z"
    assert [(one.name, one.is_control) for one in again.variants] == [("old", True), ("new", False)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "must be an object"),
        ("{", "must be JSON"),
        ('{"colour": 1}', "colour must be one of"),
        ('{"name": 7}', "name must be a text"),
        ('{"sticky": 1}', "sticky must be true or false"),
        ('{"traffic_percentage": true}', "traffic_percentage must be a number"),
        ('{"variants": [{"name": "a", "traffic_percentage": 50}]}', "variants[0], model_version must be given"),
        ('{"variants": [7]}', "variants[0] must be an object"),
        ('{"metrics": [{"kind": "clicks"}]}', "metrics[0].kind must be one of conversion, contact_success"),
        ('{"metrics": [{"role": "primary"}]}', "metrics[0], kind must be given"),
        ('{"plan": {}}', "plan, min_effect must be given"),
        ('{"plan": {"min_effect": 0.1, "look_count": 1.5}}', "plan, look_count must be a whole number"),
        ('{"plan": {"min_effect": 0.1, "effect_scale": "unknown"}}', "effect_scale must be one of absolute, relative"),
        ('{"overrides": {"me": 7}}', "overrides, me must be a text"),
        ('{"start_time": "soon"}', "start_time must be ISO 8601"),
        ('{"conversion_window": 1e300}', "conversion_window must be a number of seconds"),
        ('{"allocation_mode": "random"}', "allocation_mode must be one of fixed, bandit"),
    ],
)
def test_a_file_that_is_no_experiment_is_refused_with_its_place(run, server, tmp_path, content, message):
    path = tmp_path / "experiment.json"
    path.write_text(content)
    shown = run("experiments", "create", "--file", path)
    assert shown.exit_code == 2
    assert str(path) in shown.stderr
    assert message in shown.stderr
    assert server.requests("CreateExperiment") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create",), "give NAME"),
        (("create", "e", *ARMS[:4]), "--control"),
        (("create", "e", *ARMS[:4], "--control", "older"), "'older' must be the name of a variant"),
        (("create", "e", "--variant", "old", "--control", "old"), "'old' must be NAME=VERSION:PERCENT"),
        (("create", "e", "--variant", "old=v7", "--control", "old"), "'old=v7' must be NAME=VERSION:PERCENT"),
        (("create", "e", "--variant", "old=v7:half", "--control", "old"), "'half' must be a number"),
        (("create", "e", *ARMS, "--metric", "clicks"), "'clicks' must be one of"),
        (("create", "e", *ARMS, "--metric", "mean_score:guardrail"), "'guardrail' must be one of primary, secondary"),
        (("create", "e", *ARMS, "--guardrail", "mean_score"), "'' must be a number"),
        (("create", "e", *ARMS, "--override", "me"), "'me' must be UNIT=VARIANT"),
        (("create", "e", *ARMS, "--plan-baseline", "0.1"), "a plan needs --plan-effect"),
        (("create", "e", *ARMS, "--window-days", "inf"), "inf"),
        (("create", "e", *ARMS, "--window-days", "nan"), "must be a number"),
        (("create", "e", *ARMS, "--start", "soon"), "ISO 8601"),
        (("create", "e", *ARMS, "--file", "x.json"), "not by both"),
        (("create", "--file", "/nowhere.json"), "must be readable"),
        (("plan",), "--effect"),
        (("plan", "--effect", "0.02", "--split", "half,half"), "'half' must be a number"),
        (("plan", "--effect", "0.02", "--baseline", "1"), "1"),
        (("stop", "e", "--activate"), "--activate needs --winner"),
        (("results", "e", "--plot", "results.gif"), ".png or .html"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(run, arguments, message):
    shown = run("experiments", *arguments)
    assert shown.exit_code == 2
    assert message in " ".join(shown.stderr.split())
    assert shown.stdout == ""


def test_plan_sends_what_the_options_say(run, server):
    shown = run(
        *("experiments", "plan", "--effect", "0.02", "--scale", "absolute", "--baseline", "0.1", "--split", "90,10"),
        *("--units-per-day", "200", "--alpha", "0.01", "--power", "0.9", "--looks", "5", "--correlation", "0.3"),
        *("--aa-runs", "50", "--max-weeks", "1"),
    )
    assert shown.exit_code == 0, shown.stderr
    (request,) = server.requests("PlanExperiment")
    assert (request.plan.alpha, request.plan.power, request.plan.look_count) == (0.01, 0.9, 5)
    assert (request.plan.baseline_rate, request.plan.units_per_day) == (0.1, 200.0)
    assert (list(request.traffic_percentages), request.covariate_correlation) == ([90.0, 10.0], 0.3)
    assert (request.aa_runs, request.max_weeks) == (50, 1)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("plan", "--effect", "0.02"), ["7,900 (3,950, 3,950)", "39.5", "1.7 points", "Note: few leads have ended"]),
        (("plan", "--effect", "0.02", "--aa-runs", "50"), ["50 of 4,000 leads", "4.5% (3.0% to 6.0%)", "25.0%"]),
        (("plan", "--effect", "0.02", "--max-weeks", "1"), ["39.5 - too long"]),
        (("create", "spring", *ARMS), ["spring (running)", "old", "v8", "control"]),
        (("list",), ["e5", "e1", "old 50 %, new 50 %"]),
        (("show", "e1"), ["does v8 sell more?", "2 points", "contact_success (guardrail, may lose 5.0%)", "14 days"]),
        (("show", "planless"), ["none: the always-valid interval decides"]),
        (("stop", "e1"), ["e1 is stopped."]),
        (("stop", "e1", "--winner", "new", "--activate"), ["e1 is stopped; new won, and v8 serves now."]),
        (("vectors",), ["vectors agree (leadline1)."]),
    ],
)
def test_what_people_see(run, arguments, expected):
    shown = run("experiments", *arguments)
    assert shown.exit_code == 0, shown.stderr
    for text in expected:
        assert text in shown.stdout


def test_results_begin_with_what_to_do(run):
    shown = run("experiments", "results", "spring")
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith("KEEP_RUNNING: Not decided: look again later.")
    for text in (
        "4,010 units of 7,900 (50%), 210.5 a day, 18.5 days left.",
        "10.00% (8.80% to 11.40%)",
        "new beside old, conversion (primary): 12.44% against 10.00%, +2.44 points (+24.4%)",
        "planned horizon (decides)",
        "look 2 at 50%: z +2.400, boundary 2.963",
        "not crossed, 6.1% of alpha spent",
        "100 units yes, p < 0.05 yes, effect yes",
        "met; does not decide",
        "better with 99.0%",
        "choosing it loses 0.01 points on average",
        "-1.00 to +6.00 points",
        "20.0% of the variance gone",
        "margin -1.00 points, p 0.2000",
        "not yet known",
        "Note: few contacts",
        "SAMPLE_RATIO",
    ):
        assert text in shown.stdout


def test_without_a_plan_the_always_valid_reading_decides(run):
    shown = run("experiments", "results", "planless").stdout
    assert "always valid (decides)" in shown
    assert "planned horizon" not in shown


def test_what_nobody_knows_is_not_shown_as_a_number(capsys):
    told = experiment_service_pb2.GetExperimentResultsResponse(results=results(planned=False))
    primary, guardrail = told.results.comparisons
    primary.always_valid.interval.CopyFrom(interval(-1e100, 1e100))
    primary.always_valid.p_value = 1e-9
    guardrail.non_inferiority.lower = -1e100
    show_results(results_from_wire(told))
    shown = capsys.readouterr().out
    assert shown.count("not known") == 2
    assert "e+100" not in shown
    assert "p < 0.0001" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--effect", "0.02", "--aa-runs", "50"),
        ("create", "spring", *ARMS),
        ("show", "e1"),
        ("results", "e1"),
        ("stop", "e1"),
        ("vectors",),
        ("vectors", "--print"),
    ],
)
def test_what_machines_read(run, arguments):
    shown = run("experiments", *arguments, "--json")
    assert shown.exit_code == 0, shown.stderr
    assert json.loads(shown.stdout)


def test_the_same_stop_again_completes_the_one_before_and_another_is_another(run, server):
    stops = (("--activate",), ("--activate",), (), ("--activate", "--reason", "better"))
    for options in stops:
        assert run("experiments", "stop", "e1", "--winner", "new", *options).exit_code == 0
    ids = [request.request_id for request in server.requests("StopExperiment")]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_.:-]{1,128}", one) for one in ids)


def test_lists_are_json_lines(run):
    lines = run("--json", "experiments", "list", "--open").stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["e5", "e4", "e3", "e2", "e1"]


def test_json_of_results_holds_what_they_rest_on(run):
    found = json.loads(run("experiments", "results", "e1", "--json").stdout)
    assert found["recommendation"] == {
        "code": "keep_running",
        "sentence": "Not decided: look again later.",
        "variant": "",
        "evidence": {"look": "2"},
    }
    assert found["comparisons"][1]["non_inferiority"]["state"] == "not_yet_known"
    assert found["looks"][0]["look_time"] == "2026-03-11T00:00:00Z"


def test_all_vectors_agree_and_none_is_left_out(run):
    found = json.loads(run("experiments", "vectors", "--json").stdout)
    published = json.loads(run("experiments", "vectors", "--print").stdout)
    assert found["differences"] == []
    assert found["agreeing_count"] == found["vector_count"]
    assert found["vector_count"] > sum(len(made["units"]) for made in published["experiments"])


def test_vectors_that_differ_end_with_1(run, monkeypatch):
    published = assignment_vectors.vectors()
    published["segments"][0]["segment"] = 9999
    monkeypatch.setattr(assignment_vectors, "vectors", lambda: published)
    shown = run("experiments", "vectors")
    assert shown.exit_code == 1
    assert "segments[0].segment: 0 instead of 9999" in shown.stderr


def test_a_score_in_an_experiment_shows_its_variant(run, server):
    shown = run("score", "--lead-id", "a", "--experiment", "spring", "--unit-id", "u-1")
    assert shown.exit_code == 0, shown.stderr
    (request,) = server.requests("Score")
    assert (request.experiment, request.unit_id) == ("spring", "u-1")
    assert "Experiment spring, variant new" in shown.stdout


@pytest.mark.parametrize("name", ["spring", "planless"])
@pytest.mark.parametrize(("suffix", "beginning"), [(".png", b"\x89PNG"), (".html", b"<!doctype html>")])
def test_results_are_drawn(run, tmp_path, suffix, beginning, name):
    path = tmp_path / f"results{suffix}"
    shown = run("experiments", "results", name, "--plot", path)
    assert shown.exit_code == 0, shown.stderr
    assert "Drawn to" in shown.stderr
    assert path.read_bytes().startswith(beginning)


def test_the_words_of_a_picture_stay_words(run, tmp_path):
    path = tmp_path / "results.html"
    run("experiments", "results", "spring", "--plot", path)
    page = path.read_text()
    for text in (
        "spring: KEEP_RUNNING",
        "Effect on conversion with its interval",
        "new, at looks",
        "new, now, always valid",
        "boundary of new",
        "old: 2,000 units",
        "new: 2,010 units",
    ):
        assert f">{text}</text>" in page


def test_a_picture_without_looks_says_so(run, tmp_path):
    path = tmp_path / "results.html"
    run("experiments", "results", "planless", "--plot", path)
    assert "no look was taken" in path.read_text()


def test_a_place_that_cannot_be_drawn_to_is_said(run, tmp_path):
    shown = run("experiments", "results", "spring", "--plot", tmp_path / "missing" / "results.png")
    assert shown.exit_code == 1
    assert "cannot be written" in shown.stderr
