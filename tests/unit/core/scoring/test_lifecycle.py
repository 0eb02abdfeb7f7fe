from __future__ import annotations

import pytest

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import LOCAL_CALLER
from core.errors import ArtifactRefused, NotFound, VersionConflict, WrongState
from core.features.keywords import KeywordFamilies
from core.registry.model_registry import ModelRegistry
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.lifecycle import ModelLifecycle
from core.scoring.loading import load_model
from core.scoring.served import ServedModels
from core.version import GOLDEN_FILE, LEAD_SCORE, MODEL_FILE
from tests.parts.fitted import offline_model, small_version, with_files

TENANT = LOCAL_CALLER.tenant


@pytest.fixture
def registry(database, tmp_path, clock):
    """Real rows and folders; that admission happens in a child process is tested where that is."""
    made = ModelRegistry(SqlRegistryStore(database, clock), FolderArtifacts(tmp_path / "models"), _admit, clock)
    for number in range(2):
        made.register(LOCAL_CALLER, f"register-{number}", small_version(number).files, "for the test")
    return made


def _admit(files):
    offline_model(files)


@pytest.fixture
def served(registry, lead_store, clock):
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))
    return ServedModels(registry, lambda row, files: load_model(row, files, OnnxPredictor), fallbacks, clock)


@pytest.fixture
def lifecycle(registry, served):
    return ModelLifecycle(registry, served)


@pytest.fixture
def names():
    return [small_version(number).name for number in (0, 1)]


def activate(lifecycle, name, request_id="a", expected=None):
    return lifecycle.activate(LOCAL_CALLER, request_id, LEAD_SCORE, name, expected=expected, reason="test")


def serving_name(served):
    return served.current(TENANT).version.manifest.version


def test_an_activated_version_serves_before_the_call_returns(lifecycle, served, names):
    move = activate(lifecycle, names[0])
    assert (move.version.manifest.version, move.previous) == (names[0], "")
    assert serving_name(served) == names[0]
    move = activate(lifecycle, names[1], "b", expected=names[0])
    assert (move.version.manifest.version, move.previous) == (names[1], names[0])
    assert serving_name(served) == names[1]


def test_a_rollback_serves_before_the_call_returns(lifecycle, served, names):
    activate(lifecycle, names[0])
    activate(lifecycle, names[1], "b")
    move = lifecycle.rollback(LOCAL_CALLER, "c", LEAD_SCORE, expected=names[1], reason="worse")
    assert move.version.manifest.version == names[0] == serving_name(served)


def test_without_a_version_before_there_is_no_rollback(lifecycle, names):
    activate(lifecycle, names[0])
    with pytest.raises(WrongState) as refused:
        lifecycle.rollback(LOCAL_CALLER, "c", LEAD_SCORE, expected=None, reason="")
    assert refused.value.reason == "NO_PREVIOUS_VERSION"


def test_another_version_active_than_expected_moves_nothing(lifecycle, served, names):
    activate(lifecycle, names[0])
    with pytest.raises(VersionConflict):
        activate(lifecycle, names[1], "b", expected=names[1])
    assert serving_name(served) == names[0]


def test_a_version_damaged_on_disk_never_becomes_active(lifecycle, served, names, tmp_path):
    activate(lifecycle, names[0])
    path = tmp_path / "models" / small_version(1).digest / MODEL_FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(content))
    with pytest.raises(ArtifactRefused):
        activate(lifecycle, names[1], "b")
    assert lifecycle.registry.active(TENANT, LEAD_SCORE).version == names[0] == serving_name(served)


def test_finding_a_version_by_name_or_the_active_one(lifecycle, names):
    with pytest.raises(NotFound):
        lifecycle.find(TENANT, LEAD_SCORE, "")
    activate(lifecycle, names[0])
    assert lifecycle.find(TENANT, LEAD_SCORE, "").manifest.version == names[0]
    assert lifecycle.find(TENANT, LEAD_SCORE, names[1]).manifest.version == names[1]
    with pytest.raises(NotFound):
        lifecycle.find(TENANT, LEAD_SCORE, "v20200101_000000_00000000")
    with pytest.raises(NotFound):
        activate(lifecycle, "v20200101_000000_00000000", "x")


def test_pruned_versions_are_let_go(lifecycle, served, names, clock):
    clock.advance(60)
    newest = with_files(small_version(0).files, {GOLDEN_FILE: small_version(0).files[GOLDEN_FILE] + b" "})
    lifecycle.registry.register(LOCAL_CALLER, "register-2", newest, "a third")
    activate(lifecycle, names[1])
    served.pinned(TENANT, names[0])
    planned = lifecycle.prune(LOCAL_CALLER, "p1", LEAD_SCORE, 1, dry_run=True)
    assert list(planned.pruned) == [names[0]]
    served.pinned(TENANT, names[0])
    pruned = lifecycle.prune(LOCAL_CALLER, "p2", LEAD_SCORE, 1, dry_run=False)
    assert list(pruned.pruned) == [names[0]]
    with pytest.raises(WrongState):
        served.pinned(TENANT, names[0])
    assert serving_name(served) == names[1]
