"""What cannot be right about experiments is refused by name; what is merely odd gets a defined answer."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import grpc
import pytest
from leadline.v1 import experiment_pb2 as pb
from leadline.v1 import experiment_service_pb2, scoring_service_pb2

from tests.e2e.chaos.random_messages import all_methods, path_of, valid_wire
from tests.integration.server.test_experiments import assign, create, numbers_in, refusal, results, score, stop
from tests.parts.experiments import experiment_message
from tests.parts.fitted import small_version
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_here

NAN, INFINITY = math.nan, math.inf
OLD = small_version(0).name
FUZZED = 150
"""Messages for each method."""


@pytest.fixture(scope="module")
def shared(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stubs]:
    home = Path(shutil.copytree(active_home, tmp_path_factory.mktemp("experiments") / "home"))
    with served_here(home) as (_, stubs):
        create(stubs, "taken")
        create(stubs, "stopped")
        stop(stubs, "stopped", request_id="stopped")
        yield stubs


def variant(name: str, percentage: float, version: str = OLD, *, is_control: bool = False) -> pb.Variant:
    return pb.Variant(name=name, model_version=version, traffic_percentage=percentage, is_control=is_control)


def split(*percentages: float, controls: int = 1) -> list[pb.Variant]:
    return [variant(f"v{k}", share, is_control=k < controls) for k, share in enumerate(percentages)]


def metric(kind: int, role: int, margin: float = 0.0) -> pb.ExperimentMetric:
    return pb.ExperimentMetric(kind=kind, role=role, margin=margin)


def plan(**changes: float) -> pb.ExperimentPlan:
    return pb.ExperimentPlan(**{"baseline_rate": 0.1, "min_effect": 0.2, **changes})


VALUE, SECONDARY = pb.METRIC_KIND_CONVERSION_VALUE, pb.METRIC_ROLE_SECONDARY
PAST = datetime.now(UTC) - timedelta(days=1)
WRONG = {
    "percentages of 90": ({"variants": split(50, 40)}, ["experiment.variants"]),
    "percentages of 110": ({"variants": split(50, 60)}, ["experiment.variants"]),
    "a percentage that is no number": ({"variants": split(50, NAN)}, ["experiment.variants[1].traffic_percentage"]),
    "a percentage below zero": ({"variants": split(150, -50)}, None),
    "two controls": ({"variants": split(50, 50, controls=2)}, None),
    "no control": ({"variants": split(50, 50, controls=0)}, ["experiment.variants"]),
    "one variant": ({"variants": split(100)}, None),
    "eleven variants": ({"variants": split(*[10] * 10, 0)}, ["experiment.variants"]),
    "a thousand variants": ({"variants": split(*[0.1] * 1000)}, ["experiment.variants"]),
    "two variants of one name": (
        {"variants": [variant("v", 50, is_control=True), variant("V", 50)]},
        ["experiment.variants[1].name"],
    ),
    "a variant without a version": (
        {"variants": [variant("a", 50, "", is_control=True), variant("b", 50)]},
        ["experiment.variants[0].model_version"],
    ),
    "a name with a space": ({"name": "a b"}, ["experiment.name"]),
    "no name": ({"name": ""}, ["experiment.name"]),
    "a long description": ({"description": "d" * 2_001}, ["experiment.description"]),
    "an unknown mode": ({"allocation_mode": 7}, ["experiment.allocation_mode"]),
    "traffic of nothing and less": ({"traffic_percentage": -1}, ["experiment.traffic_percentage"]),
    "traffic beyond all": ({"traffic_percentage": 100.1}, ["experiment.traffic_percentage"]),
    "traffic that is no number": ({"traffic_percentage": NAN}, ["experiment.traffic_percentage"]),
    "a start yesterday": ({"start_time": PAST}, ["experiment.start_time"]),
    "an end that is over": ({"end_time": PAST}, None),
    "a window below zero": ({"conversion_window": timedelta(seconds=-1)}, ["experiment.conversion_window"]),
    "a window of nothing": ({"conversion_window": timedelta(0)}, ["experiment.conversion_window"]),
    "an effect below zero": ({"min_effect": -0.1}, ["experiment.min_effect"]),
    "an effect that is no number": ({"min_effect": NAN}, ["experiment.min_effect"]),
    "an endless effect": ({"min_effect": INFINITY}, ["experiment.min_effect"]),
    "an unknown scale": ({"min_effect": 0.1, "effect_scale": 9}, ["experiment.effect_scale"]),
    "a scale of nothing": ({"effect_scale": pb.EFFECT_SCALE_ABSOLUTE}, ["experiment.min_effect"]),
    "an unknown metric": ({"metrics": [metric(0, SECONDARY)]}, ["experiment.metrics[0].kind"]),
    "a metric for nothing": ({"metrics": [metric(VALUE, 0)]}, ["experiment.metrics[0].role"]),
    "a guardrail without a margin": (
        {"metrics": [metric(VALUE, pb.METRIC_ROLE_GUARDRAIL)]},
        ["experiment.metrics[0].margin"],
    ),
    "conversion twice": (
        {"metrics": [metric(pb.METRIC_KIND_CONVERSION, pb.METRIC_ROLE_PRIMARY)]},
        ["experiment.metrics[0].kind"],
    ),
    "a tester of no variant": (
        {"overrides": [pb.VariantOverride(unit_id="u", variant="none")]},
        ["experiment.overrides[0].variant"],
    ),
    "a tester twice": (
        {"overrides": [pb.VariantOverride(unit_id="u", variant="control")] * 2},
        ["experiment.overrides[1].unit_id"],
    ),
    "a tester in two spellings": (
        {
            "overrides": [
                pb.VariantOverride(unit_id=spelling, variant="control") for spelling in ("Zo\u00eb", "Zoe\u0308")
            ]
        },
        ["experiment.overrides[1].unit_id"],
    ),
    "a plan without an effect": ({"plan": plan(min_effect=0)}, ["experiment.plan.min_effect"]),
    "a plan of a rate that is none": ({"plan": plan(baseline_rate=NAN)}, ["experiment.plan.baseline_rate"]),
    "a plan without a rate or leads": ({"plan": plan(baseline_rate=0)}, ["experiment.plan.baseline_rate"]),
    "a plan of too many looks": ({"plan": plan(look_count=101)}, ["experiment.plan.look_count"]),
    "a plan that is sure": ({"plan": plan(power=1)}, ["experiment.plan.power"]),
    "a plan of days": ({"plan": plan(days=3)}, ["experiment.plan.days"]),
    "a state": ({"state": pb.EXPERIMENT_STATE_RUNNING}, ["experiment.state"]),
    "a winner and a place": ({"winner": "a", "segment_end": 3}, ["experiment.segment_end", "experiment.winner"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_an_experiment_is_refused_by_name(shared, case):
    changes, fields = WRONG[case]
    message = experiment_message("new", **{key: value for key, value in changes.items() if key not in _SET_APART})
    for key in _SET_APART & changes.keys():
        _set(message, key, changes[key])
    found = refusal(create, shared, experiment=message, request_id="wrong")
    assert found.code is grpc.StatusCode.INVALID_ARGUMENT
    assert found.fields == fields if fields else all(field.startswith("experiment.") for field in found.fields)


_SET_APART = {"name", "variants", "start_time", "end_time", "conversion_window"}


def _set(message: pb.Experiment, key: str, value: object) -> None:
    if key == "name":
        message.name = value
    elif key == "variants":
        del message.variants[:]
        message.variants.extend(value)
    elif key == "conversion_window":
        message.conversion_window.FromTimedelta(value)
    else:
        getattr(message, key).FromDatetime(value)


def test_a_request_without_an_id_or_an_experiment_is_refused(shared):
    request = experiment_service_pb2.CreateExperimentRequest(experiment=experiment_message("new"))
    assert refusal(shared.experiments.CreateExperiment, request).fields == ["request_id"]
    request = experiment_service_pb2.CreateExperimentRequest(request_id="r")
    assert refusal(shared.experiments.CreateExperiment, request).fields == ["experiment"]
    assert refusal(create, shared, "new", max_weeks=-1).fields == ["max_weeks"]
    assert refusal(create, shared, "new", max_weeks=521).fields == ["max_weeks"]


def test_an_unknown_version_is_not_found(shared):
    variants = [variant("a", 50, is_control=True), variant("b", 50, "v20200101_000000_00000000")]
    message = pb.Experiment(name="new", variants=variants)
    found = refusal(create, shared, experiment=message, request_id="unknown")
    assert (found.code, found.info.reason) == (grpc.StatusCode.NOT_FOUND, "MODEL_VERSION_NOT_FOUND")


@pytest.mark.parametrize("name", ["taken", "TAKEN"])
def test_a_name_is_taken_once_whatever_its_case(shared, name):
    assert refusal(create, shared, name, request_id=f"r-{name}").info.reason == "EXPERIMENT_ALREADY_EXISTS"


def test_what_was_stopped_stays_stopped_and_scores_go_on(shared):
    again = refusal(stop, shared, "stopped", request_id="again")
    assert (again.code, again.info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "EXPERIMENT_STOPPED")
    answer = score(shared, experiment="stopped")
    assert ([warning.code for warning in answer.warnings], answer.variant) == (["EXPERIMENT_NOT_RUNNING"], "")
    told = assign(shared, "u", experiment="stopped")
    assert (told.variant, told.reason) == ("", experiment_service_pb2.ASSIGNMENT_REASON_NOT_RUNNING)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "taken", "winner": "", "activate_winner": True}, ["winner"]),
        ({"name": "taken", "reason": "r" * 2_001}, ["reason"]),
        ({"name": "taken", "reason": "a\x00b"}, ["reason"]),
        ({"name": "a b"}, ["experiment"]),
        ({"name": "taken", "request_id": ""}, ["request_id"]),
    ],
)
def test_a_stop_that_cannot_be_is_refused_by_name(shared, fields, wrong):
    assert refusal(stop, shared, **fields).fields == wrong


def test_a_winner_must_be_a_variant(shared):
    assert refusal(stop, shared, "taken", winner="nobody").info.reason == "VARIANT_NOT_FOUND"
    assert refusal(stop, shared, "none").info.reason == "EXPERIMENT_NOT_FOUND"


UNITS = ["", " u", "u ", "a\nb", "a\x00b", "u" * 129, "a\u200bb", "\u202eu", "\u2028"]


@pytest.mark.parametrize("unit", UNITS)
def test_what_cannot_be_a_unit_is_refused(shared, unit):
    assert refusal(assign, shared, unit, experiment="taken").fields == ["unit_id"]
    if unit:
        assert refusal(score, shared, experiment="taken", unit_id=unit).fields == ["unit_id"]


def test_a_lead_that_cannot_be_one_is_refused(shared):
    assert refusal(assign, shared, "u", experiment="taken", lead_id="a b").fields == ["lead_id"]


def test_one_unit_in_many_spellings_is_one_by_unicode_and_told_of_by_the_check_of_spellings(home):
    with served_here(home) as (_, stubs):
        create(stubs)
        assert assign(stubs, "Zo\u00eb") == assign(stubs, "Zoe\u0308")
        for unit in ("ann@x.example", "Ann@X.example", "\uff41nn@x.example", "ann@x .example"):
            assign(stubs, unit)
        found = results(stubs)
        assert sum(one.unit_count for one in found.variants) == 5
        check = next(one for one in found.trust_checks if one.name == "SIMILAR_UNITS")
        assert "4" in check.evidence.values()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"plan": plan(baseline_rate=2)}, "plan.baseline_rate"),
        ({"plan": plan(min_effect=0)}, "plan.min_effect"),
        ({"plan": plan(min_effect=1e-12)}, "plan.min_effect"),
        ({"plan": plan(effect_scale=5)}, "plan.effect_scale"),
        ({"plan": plan(days=1)}, "plan.days"),
        ({"plan": plan(), "traffic_percentages": [50, 49]}, "traffic_percentages"),
        ({"plan": plan(), "traffic_percentages": [100]}, "traffic_percentages"),
        ({"plan": plan(), "traffic_percentages": [0, 100]}, "traffic_percentages"),
        ({"plan": plan(), "traffic_percentages": [NAN, 50]}, "traffic_percentages"),
        ({"plan": plan(), "traffic_percentages": [1] * 100}, "traffic_percentages"),
        ({"plan": plan(), "covariate_correlation": 1}, "covariate_correlation"),
        ({"plan": plan(), "covariate_correlation": NAN}, "covariate_correlation"),
        ({"plan": plan(), "max_weeks": -1}, "max_weeks"),
        ({"plan": plan(), "aa_runs": 2_001}, "aa_runs"),
        ({}, "plan.baseline_rate"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_name(shared, fields, wrong):
    request = experiment_service_pb2.PlanExperimentRequest(**fields)
    assert wrong in refusal(shared.experiments.PlanExperiment, request).fields


@pytest.mark.parametrize("percentages", [(99, 1), (50, 50, 0), (99.999, 0.001), (10,) * 10])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_units_and_crooked_splits_have_results_that_are_numbers(home, percentages, count):
    with served_here(home) as (_, stubs):
        create(stubs, experiment=pb.Experiment(name="e", variants=split(*percentages)), request_id="c")
        for number in range(count):
            score(stubs, number)
        found = results(stubs)
    assert sum(one.unit_count for one in found.variants) == count
    assert all(map(math.isfinite, numbers_in(found)))
    assert len(found.comparisons) == len(percentages) - 1
    assert all(0 <= one.fixed_horizon.p_value <= 1 for one in found.comparisons)


def test_no_message_of_the_service_makes_the_server_fail(shared):
    random = Random(5)
    leads = [lead_message(number) for number in range(5)]
    codes = set()
    for method in all_methods():
        if method.containing_service.name != "ExperimentService":
            continue
        call = shared.channel.unary_unary(path_of(method))
        for _ in range(FUZZED):
            try:
                call(valid_wire(random, method, leads))
            except grpc.RpcError as error:
                codes.add(error.code())
    refused = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ALREADY_EXISTS}
    assert codes <= refused | {grpc.StatusCode.FAILED_PRECONDITION}


def test_a_unit_without_an_experiment_and_a_version_with_one_are_refused(shared):
    request = scoring_service_pb2.ScoreRequest(lead=lead_message(), unit_id="u")
    assert refusal(shared.scoring.Score, request).fields == ["unit_id"]
    assert refusal(score, shared, experiment="taken", model_version=OLD).fields == ["model_version"]
    assert refusal(score, shared, experiment="none").info.reason == "EXPERIMENT_NOT_FOUND"
