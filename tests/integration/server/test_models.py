"""ModelService against a running server."""

from __future__ import annotations

import grpc
import pytest
from leadline.v1 import model_pb2, scoring_service_pb2
from leadline.v1 import model_service_pb2 as pb

from core.caller import Caller
from core.identifiers import TenantId
from core.registry.manifest import parse_manifest
from core.version import LEAD_SCORE, MANIFEST_FILE
from tests.parts.errors import Failure, failure_of
from tests.parts.fitted import FITTED_TIMES, open_registry, small_version, with_files
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_here


@pytest.fixture
def fresh(home):
    with served_here(home) as (_, stubs):
        yield stubs


@pytest.fixture
def unused(home_without_model):
    with served_here(home_without_model) as (_, stubs):
        yield stubs


def first() -> str:
    return small_version(0).name


def second() -> str:
    return small_version(1).name


def activate(stubs: Stubs, request_id: str, version: str, **options) -> pb.ActivateModelVersionResponse:
    return stubs.models.ActivateModelVersion(
        pb.ActivateModelVersionRequest(request_id=request_id, version=version, **options)
    )


def rollback(stubs: Stubs, request_id: str, **options) -> pb.RollbackModelResponse:
    return stubs.models.RollbackModel(pb.RollbackModelRequest(request_id=request_id, **options))


def register(stubs: Stubs, request_id: str, files) -> model_pb2.ModelVersion:
    upload = [model_pb2.ArtifactFile(name=name, content=content) for name, content in files.items()]
    request = pb.RegisterModelVersionRequest(request_id=request_id, files=upload, reason="a test")
    return stubs.models.RegisterModelVersion(request).version


def serving(stubs: Stubs) -> str:
    return stubs.scoring.Score(scoring_service_pb2.ScoreRequest(lead=lead_message())).result.model_version


def failed(call) -> Failure:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return failure_of(caught.value)


def test_versions_are_listed_newest_first_with_what_the_manifest_says(stubs):
    page = stubs.models.ListModelVersions(pb.ListModelVersionsRequest())
    assert [version.version for version in page.versions] == [second(), first()]
    assert page.next_page_token == ""
    listed = page.versions[1]
    manifest = parse_manifest(small_version(0).files[MANIFEST_FILE])
    assert listed.state == model_pb2.MODEL_VERSION_STATE_ACTIVE
    assert (listed.kind, listed.digest) == ("lead_score", small_version(0).digest)
    assert (listed.feature_count, listed.feature_set_hash) == (manifest.feature_count, manifest.feature_set_hash)
    assert listed.training_sample_count == manifest.training_sample_count
    assert {(f.name, f.sha256, f.size_bytes) for f in listed.files} == {
        (f.name, f.sha256, f.size_bytes) for f in manifest.files
    }
    assert not any(file.content for file in listed.files)
    auc = next(metric for metric in listed.metrics if metric.name == "auc")
    assert auc.interval.lower < auc.value < auc.interval.upper


def test_versions_come_in_pages(stubs):
    one = stubs.models.ListModelVersions(pb.ListModelVersionsRequest(page_size=1))
    two = stubs.models.ListModelVersions(pb.ListModelVersionsRequest(page_size=1, page_token=one.next_page_token))
    assert [page.versions[0].version for page in (one, two)] == [second(), first()]
    assert two.next_page_token == ""


def test_one_version_and_its_figures_are_read_by_name_or_as_the_active_one(stubs):
    for asked, found in (("", first()), (first(), first()), (second(), second())):
        assert stubs.models.GetModelVersion(pb.GetModelVersionRequest(version=asked)).version.version == found
        figures = stubs.models.GetModelMetrics(pb.GetModelMetricsRequest(version=asked))
        assert figures.version == found
        assert {"auc", "log_loss", "brier", "base_rate"} <= {metric.name for metric in figures.metrics}


def test_what_is_not_there_is_not_found(unused):
    for call in (
        lambda: unused.models.GetModelVersion(pb.GetModelVersionRequest()),
        lambda: unused.models.GetModelMetrics(pb.GetModelMetricsRequest()),
        lambda: unused.models.GetModelVersion(pb.GetModelVersionRequest(version="v20200101_000000_00000000")),
        lambda: unused.models.GetModelVersion(pb.GetModelVersionRequest(version=first(), kind="sentiment")),
        lambda: activate(unused, "r", "v20200101_000000_00000000"),
    ):
        failure = failed(call)
        assert failure.code is grpc.StatusCode.NOT_FOUND
        assert failure.detail.resource_type == "model_version"


def test_activation_and_rollback_move_what_serves_before_they_answer(fresh):
    moved = activate(fresh, "r1", second(), expected_active_version=first(), reason="better")
    assert (moved.version.version, moved.previous_version) == (second(), first())
    assert moved.version.state == model_pb2.MODEL_VERSION_STATE_ACTIVE
    assert serving(fresh) == second()
    back = rollback(fresh, "r2", expected_active_version=second(), reason="worse")
    assert (back.version.version, back.previous_version) == (first(), second())
    assert serving(fresh) == first()


def test_the_history_says_who_did_what_and_why(fresh):
    activate(fresh, "r1", second(), reason="better")
    rollback(fresh, "r2", reason="worse")
    events = fresh.models.ListModelEvents(pb.ListModelEventsRequest()).events
    told = [(event.version, model_pb2.ModelEventType.Name(event.type)[17:], event.reason) for event in events]
    assert told[:3] == [
        (first(), "ROLLED_BACK", "worse"),
        (second(), "ACTIVATED", "better"),
        (first(), "ACTIVATED", "for the tests"),
    ]
    assert {event.actor for event in events} == {"local"}
    ids = [event.event_id for event in events]
    assert ids == sorted(ids, reverse=True)
    of_one = fresh.models.ListModelEvents(pb.ListModelEventsRequest(version=second())).events
    assert {event.version for event in of_one} == {second()}
    page = fresh.models.ListModelEvents(pb.ListModelEventsRequest(page_size=2))
    rest = fresh.models.ListModelEvents(pb.ListModelEventsRequest(page_token=page.next_page_token))
    assert [event.event_id for event in (*page.events, *rest.events)] == ids


def test_a_move_from_another_version_than_expected_is_aborted(fresh):
    for call in (
        lambda: activate(fresh, "r1", second(), expected_active_version=second()),
        lambda: activate(fresh, "r2", second(), expected_active_version=""),
        lambda: rollback(fresh, "r3", expected_active_version=second()),
    ):
        failure = failed(call)
        assert failure.code is grpc.StatusCode.ABORTED
        assert failure.info.reason == "VERSION_CONFLICT"
    assert serving(fresh) == first()


def test_nothing_to_roll_back_to_is_a_failed_precondition(fresh):
    failure = failed(lambda: rollback(fresh, "r"))
    assert failure.code is grpc.StatusCode.FAILED_PRECONDITION
    assert failure.info.reason == "NO_PREVIOUS_VERSION"
    assert [violation.type for violation in failure.detail.violations] == ["NO_PREVIOUS_VERSION"]


def test_a_repeated_activation_has_one_effect(fresh):
    activate(fresh, "same", second())
    rollback(fresh, "back")
    again = activate(fresh, "same", second())
    assert again.version.version == second()
    assert serving(fresh) == first(), "the repeated request moved nothing"
    events = fresh.models.ListModelEvents(pb.ListModelEventsRequest(version=second())).events
    assert sum(event.type == model_pb2.MODEL_EVENT_TYPE_ACTIVATED for event in events) == 1
    assert failed(lambda: activate(fresh, "same", first())).code is grpc.StatusCode.ALREADY_EXISTS


def test_a_registered_version_can_be_activated_and_serves(fresh):
    files = with_files(small_version(0).files, {"card.md": b"another card"})
    added = register(fresh, "r", files)
    assert added.state == model_pb2.MODEL_VERSION_STATE_REGISTERED
    assert serving(fresh) == first()
    activate(fresh, "a", added.version)
    assert serving(fresh) == added.version
    assert register(fresh, "r", files).version == added.version
    failure = failed(lambda: register(fresh, "r", small_version(1).files))
    assert failure.code is grpc.StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize(
    "files",
    [
        [],
        [model_pb2.ArtifactFile(name=f"f{n}") for n in range(33)],
        [model_pb2.ArtifactFile(name="same")] * 2,
    ],
    ids=["none", "33", "two of one name"],
)
def test_an_upload_of_the_wrong_form_is_refused(stubs, files):
    request = pb.RegisterModelVersionRequest(request_id="r", files=files)
    failure = failed(lambda: stubs.models.RegisterModelVersion(request))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["files"])


def test_an_upload_without_a_manifest_is_refused(stubs):
    files = {name: content for name, content in small_version(0).files.items() if name != MANIFEST_FILE}
    failure = failed(lambda: register(stubs, "r", files))
    assert (failure.code, failure.info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ARTIFACT_REFUSED")
    assert failure.info.metadata["file"] == MANIFEST_FILE


def test_pruning_never_removes_what_serves_or_served_before(fresh):
    added = [register(fresh, f"r{n}", with_files(small_version(0).files, {"card.md": b"%d" % n})) for n in range(3)]
    names = [version.version for version in added]
    activate(fresh, "a", second())
    plan = pb.PruneModelVersionsRequest(request_id="p", keep_count=1, dry_run=True)
    would = fresh.models.PruneModelVersions(plan)
    assert {first(), second()} <= set(would.kept_versions)
    assert set(would.pruned_versions) < set(names)
    assert len(would.pruned_versions) == 2
    assert would.reclaimed_bytes > 100_000
    plan.dry_run = False
    assert fresh.models.PruneModelVersions(plan) == would
    assert fresh.models.PruneModelVersions(plan) == would, "the same request again, the same answer"
    for name in would.pruned_versions:
        state = fresh.models.GetModelVersion(pb.GetModelVersionRequest(version=name)).version.state
        assert state == model_pb2.MODEL_VERSION_STATE_RETIRED
        failure = failed(lambda name=name: activate(fresh, f"x-{name}", name))
        assert failure.code is grpc.StatusCode.FAILED_PRECONDITION
    assert serving(fresh) == second()
    rollback(fresh, "b")
    assert serving(fresh) == first()


@pytest.mark.parametrize("keep_count", [-1, 1001])
def test_a_prune_keeps_1_to_1000(stubs, keep_count):
    request = pb.PruneModelVersionsRequest(request_id="p", keep_count=keep_count)
    assert failed(lambda: stubs.models.PruneModelVersions(request)).fields == ["keep_count"]


def test_a_long_reason_or_one_with_nul_is_refused(stubs):
    for reason in ("x" * 1001, "a\x00b"):
        failure = failed(lambda reason=reason: activate(stubs, "r", first(), reason=reason))
        assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["reason"])


def test_the_two_versions_really_differ():
    assert FITTED_TIMES[0] != FITTED_TIMES[1]
    assert small_version(0).files["model.onnx"] != small_version(1).files["model.onnx"]


def test_at_start_every_tenant_with_an_active_version_is_loaded(home):
    acme = Caller(tenant=TenantId("acme"), actor="ann")
    with open_registry(home) as registry:
        name = registry.register(acme, "r", small_version(1).files, "first").manifest.version
        registry.activate(acme, "a", LEAD_SCORE, name, expected=None, reason="first")
    with served_here(home) as (server, _):
        serving = server.served.snapshot()
    assert {tenant: found.model.version.manifest.version for tenant, found in serving.items()} == {
        "default": small_version(0).name,
        "acme": name,
    }
