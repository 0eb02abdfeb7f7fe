"""An experiment from plan to stop, by the client and the command, on a server that is really there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import leadline
import pytest
from click.testing import CliRunner
from leadline import AssignmentReason, EffectScale, Experiment, ExperimentPlan, ExperimentState, Feedback, Lead, Variant
from leadline.assignment import LocalAssigner
from leadline.command import main

from tests.parts.fitted import small_version
from tests.parts.serving import served_here

OLD, NEW = (small_version(number).name for number in range(2))
VARIANTS = (
    Variant(name="old", model_version=OLD, traffic_percentage=50.0, is_control=True),
    Variant(name="new", model_version=NEW, traffic_percentage=50.0),
)
UNITS = 60


@pytest.fixture(scope="module")
def target(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = Path(shutil.copytree(active_home, tmp_path_factory.mktemp("client") / "home"))
    with served_here(home) as (server, _):
        yield f"127.0.0.1:{server.port}"


@pytest.fixture
def client(target: str) -> Iterator[leadline.Client]:
    with leadline.Client(target, timeout=timedelta(seconds=20)) as open_client:
        yield open_client


@pytest.fixture
def run(target: str):
    def run(*arguments):
        return CliRunner().invoke(main, ["--target", target, "--timeout", "20", *map(str, arguments)])

    return run


def lead(number: int) -> Lead:
    return Lead(lead_id=f"lead-{number}", title="Two rooms near the park", description="bright and quiet", price=850.0)


def test_what_was_created_comes_back_as_it_was_set(client):
    wanted = Experiment(
        name="round-trip",
        variants=VARIANTS,
        description="what and why",
        layer="site",
        traffic_percentage=30.0,
        overrides={"me": "new"},
        plan=ExperimentPlan(baseline_rate=0.1, min_effect=0.02, effect_scale=EffectScale.ABSOLUTE, units_per_day=300.0),
        conversion_window=timedelta(days=14),
    )
    made = client.create_experiment(wanted)
    assert client.experiment("round-trip") == made
    assert [one.name for one in client.experiments(only_open=True)][:1] == ["round-trip"]
    kept = ("variants", "description", "layer", "traffic_percentage", "overrides", "conversion_window")
    assert {name: getattr(made, name) for name in kept} == {name: getattr(wanted, name) for name in kept}
    assert made.state is ExperimentState.RUNNING
    assert made.segment_end - made.segment_start == 3000
    assert (made.min_effect, made.effect_scale) == (0.02, EffectScale.ABSOLUTE)
    assert made.plan.horizon_units > 5000
    assert made.plan.days == pytest.approx(made.plan.horizon_units / 300.0)


def test_the_client_works_out_what_the_server_answers(client):
    made = client.create_experiment(Experiment(name="same", variants=VARIANTS, traffic_percentage=60.0))
    local = LocalAssigner(made)
    for number in range(UNITS):
        mine, theirs = local.assign(f"unit-{number}"), client.assign_variant("same", f"unit-{number}", preview=True)
        assert (mine.variant, mine.model_version, mine.reason) == (theirs.variant, theirs.model_version, theirs.reason)
        assert mine.propensity == pytest.approx(theirs.propensity)


def test_a_test_from_its_first_score_to_its_winner(client, run, tmp_path):
    client.upsert_leads([lead(number) for number in range(UNITS)])
    client.create_experiment(Experiment(name="whole", variants=VARIANTS, overrides={"lead-0": "new"}))
    answers = [client.score(lead(number), experiment="whole") for number in range(UNITS)]
    assert {one.variant: one.model_version for one in answers} == {"old": OLD, "new": NEW}
    exposed = client.assign_variant("whole", "lead-1")
    assert exposed.exposure_time is not None
    assert exposed.reason is AssignmentReason.HASH
    streamed = list(client.stream_score(map(lead, range(UNITS)), experiment="whole", unit_of=lambda one: one.lead_id))
    assert [one.variant for one in streamed] == [one.variant for one in answers]

    won = [one for one in answers if one.variant == "new"]
    for one in won:
        convert = leadline.FeedbackAction.CONVERT
        client.record_feedback(
            Feedback(lead_id=one.lead_id, action=convert, attribution_token=one.attribution_token, conversion_value=7.0)
        )
    found = client.experiment_results("whole")
    units = {one.variant: (one.unit_count, one.converted_count) for one in found.variants}
    testers = 1
    assert units == {"new": (len(won) - testers,) * 2, "old": (UNITS - len(won), 0)}

    shown = run("experiments", "results", "whole", "--plot", tmp_path / "whole.html")
    assert shown.exit_code == 0, shown.stderr
    # The server within this process logs to the same screen.
    assert any(line.startswith(found.recommendation.code.name) for line in shown.stdout.splitlines())
    assert "always valid (decides)" in shown.stdout
    assert f"new: {len(won) - testers} units" in (tmp_path / "whole.html").read_text()

    stopped = run("experiments", "stop", "whole", "--winner", "new", "--activate", "--reason", "won", "--json")
    assert stopped.exit_code == 0, stopped.stderr
    assert json.loads(stopped.stdout)["activated"]["version"] == NEW
    assert client.get_model_version().version == NEW
    late = client.score(lead(1), experiment="whole")
    assert (late.variant, [one.code for one in late.warnings]) == ("", ["EXPERIMENT_NOT_RUNNING"])
    same = run("experiments", "stop", "whole", "--winner", "new", "--activate", "--reason", "won", "--json")
    assert (same.exit_code, json.loads(same.stdout)) == (0, json.loads(stopped.stdout))
    again = run("experiments", "stop", "whole")
    assert (again.exit_code, "stopped" in again.stderr) == (1, True)


def test_the_command_plans_creates_and_copies(run, tmp_path):
    planned = run(
        *("experiments", "plan", "--effect", "0.02", "--scale", "absolute", "--baseline", "0.1"),
        *("--units-per-day", "100", "--split", "90,10", "--json"),
    )
    assert planned.exit_code == 0, planned.stderr
    answer = json.loads(planned.stdout)
    assert sum(answer["variant_units"]) == answer["plan"]["horizon_units"]
    assert answer["too_long"]

    arms = ("--variant", f"old={OLD}:50", "--variant", f"new={NEW}:50", "--control", "old")
    plan = ("--plan-effect", "0.02", "--plan-scale", "absolute", "--plan-baseline", "0.1")
    slow = run("experiments", "create", "slow", *arms, *plan, "--plan-units-per-day", "10")
    assert slow.exit_code == 1
    assert "weeks" in slow.stderr
    assert run("experiments", "create", "slow", *arms, *plan, "--plan-units-per-day", "10", "--force").exit_code == 0
    guarded = run("experiments", "create", "guarded", *arms, *plan, "--guardrail", "contact_success:0.05")
    assert guarded.exit_code == 0, guarded.stderr

    path = tmp_path / "guarded.json"
    path.write_text(run("experiments", "show", "guarded", "--json").stdout)
    wanted = json.loads(path.read_text())
    path.write_text(json.dumps({**wanted, "start_time": None}))
    copied = run("experiments", "create", "guarded-2", "--file", path, "--json")
    assert copied.exit_code == 0, copied.stderr
    made = json.loads(copied.stdout)
    assert (made["plan"], made["metrics"], made["salt"]) == (wanted["plan"], wanted["metrics"], wanted["salt"])
    assert run("experiments", "show", "guarded-2").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--variant", f"old={OLD}:60", "--variant", f"new={NEW}:50"), "percentages that sum to 100"),
        (("--variant", f"old={OLD}:50", "--variant", "new=nowhere:50"), "nowhere"),
        (("--variant", f"old={OLD}:50", "--variant", f"OLD={NEW}:50"), "upper and lower case"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(run, options, message):
    shown = run("experiments", "create", "wrong", *options, "--control", "old")
    assert shown.exit_code in {1, 2}
    assert message in " ".join(shown.stderr.split())
