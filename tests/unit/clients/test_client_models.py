from __future__ import annotations

import leadline
import pytest
from leadline import ModelEventType, ModelVersionState
from leadline.convert import model as convert
from leadline.v1 import model_pb2


def test_versions_are_listed_over_pages(client, server):
    versions = list(client.list_model_versions())
    assert [version.version for version in versions] == ["v7", "v6", "v5", "v4", "v3", "v2", "v1"]
    assert [request.page_token for request in server.requests("ListModelVersions")] == ["", "3", "6"]
    assert versions[0].state is ModelVersionState.REGISTERED
    assert versions[0].metrics[0] == leadline.Metric(name="auc", value=0.87, interval=None, sample_count=900)
    assert versions[0].training_start_time is None


def test_the_active_version_is_the_default(client):
    assert client.get_model_version().version == "v7"
    assert client.get_model_version("v2").version == "v2"
    assert client.model_metrics().version == "v7"


def test_activation_sends_the_expectation_only_when_there_is_one(client, server):
    result = client.activate_model_version("v3", reason="better")
    client.activate_model_version("v4", expected_active_version="")
    plain, guarded = server.requests("ActivateModelVersion")
    assert (result.version.version, result.previous_version) == ("v3", "v7")
    assert plain.reason == "better"
    assert not plain.HasField("expected_active_version")
    assert guarded.HasField("expected_active_version")


def test_rollback_and_prune(client, server):
    assert client.rollback_model(expected_active_version="v7").version.version == "v6"
    result = client.prune_model_versions(keep_count=2, dry_run=True)
    assert result.pruned_versions == ("v1", "v2")
    assert result.reclaimed_bytes == 2048
    assert server.requests("PruneModelVersions")[0].dry_run


def test_a_shadow_is_cleared(client, server):
    assert client.clear_shadow("too slow", request_id="r-1") == "v8"
    assert client.clear_shadow(kind="none") == ""
    request, _ = server.requests("ClearShadowVersion")
    assert (request.request_id, request.kind, request.reason) == ("r-1", "", "too slow")


def test_events_are_listed_over_pages(client):
    events = list(client.model_events())
    assert [event.event_id for event in events] == [5, 4, 3, 2, 1]
    assert events[0].type is ModelEventType.ACTIVATED


def test_status(client):
    status = client.status()
    assert status.state is leadline.ServingState.SERVING
    assert status.dependencies[0].available
    assert [target.current for target in status.targets] == [0.004, None]
    assert status.models[0].source is leadline.ScoreSource.MODEL


def test_a_folder_is_uploaded_by_its_file_names(client, server, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "model.onnx").write_bytes(b"\x00" * 6_000_000)
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert client.register_model_version(tmp_path, "trained at night").version == "v8"
    (request,) = server.requests("RegisterModelVersion")
    assert {file.name: len(file.content) for file in request.files} == {"manifest.json": 2, "model.onnx": 6_000_000}
    assert request.reason == "trained at night"
    assert server.calls["RegisterModelVersion"][0].seconds_left > 60


def test_a_folder_that_is_no_version_is_refused(client, server, tmp_path):
    with pytest.raises(leadline.InvalidRequest, match=r"must hold manifest\.json"):
        client.register_model_version(tmp_path, "")
    with pytest.raises(leadline.InvalidRequest, match="must be a readable folder"):
        client.register_model_version(tmp_path / "nowhere", "")
    assert server.requests("RegisterModelVersion") == []


def test_a_folder_above_the_limit_is_refused_before_it_is_read(client, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    with (tmp_path / "model.onnx").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(leadline.InvalidRequest, match="at most 64 MiB"):
        client.register_model_version(tmp_path, "")


def test_unknown_states_and_events_are_tolerated():
    assert convert.version_from_wire(model_pb2.ModelVersion(state=50)).state is ModelVersionState.UNKNOWN
    assert convert.event_from_wire(model_pb2.ModelEvent(type=50)).type is ModelEventType.UNKNOWN


def test_every_state_and_event_of_the_contract_has_a_member():
    assert set(convert._STATES) == set(model_pb2.ModelVersionState.values()) - {0}
    assert set(convert._EVENT_TYPES) == set(model_pb2.ModelEventType.values()) - {0}
