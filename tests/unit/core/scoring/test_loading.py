from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.adapters.onnx_predictor import OnnxPredictor
from core.errors import ArtifactRefused
from core.explain import TreeExplainer
from core.features.feature_set import FeatureSet
from core.scoring.arrays import arrays_from_bytes, arrays_to_bytes
from core.scoring.graph import FEATURE_SET_HASH_KEY
from core.scoring.loading import interval_bytes, load_model, vectorizer_json
from core.version import (
    EXPLAIN_FILE,
    GOLDEN_FILE,
    INTERVAL_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    REFERENCE_FILE,
    VECTORIZER_FILE,
)
from tests.parts.fitted import offline_model, small_version, with_files


@pytest.fixture(scope="module")
def files():
    return small_version(0).files


@pytest.fixture(scope="module")
def load(model):
    """Load files as the version they come from: their digests are the registry's business, not this module's."""
    version = model(0).version
    return lambda changed: load_model(version, changed, OnnxPredictor)


def refusal(load, files, **changes):
    with pytest.raises(ArtifactRefused) as refused:
        load({**files, **changes})
    return refused.value.metadata["file"], str(refused.value)


def change_arrays(files, name, **changes):
    arrays = {**arrays_from_bytes(name, files[name]), **changes}
    return arrays_to_bytes({key: value for key, value in arrays.items() if value is not None})


def test_a_version_loads_with_all_of_its_parts(files, load):
    loaded = load(files)
    assert len(loaded.feature_set) == loaded.explainer.n_features == loaded.version.manifest.feature_count
    assert 0.0 < loaded.base.probability < 1.0
    assert loaded.base.slope > 0.0


def test_what_is_written_is_what_is_read(files, load):
    loaded = load(files)
    assert vectorizer_json(loaded.feature_set) == files[VECTORIZER_FILE]
    assert interval_bytes(loaded.steps, loaded.base) == files[INTERVAL_FILE]


def test_files_of_two_versions_do_not_mix(files, load):
    other = small_version(1).files
    assert refusal(load, files, **{GOLDEN_FILE: other[GOLDEN_FILE]})[0] == GOLDEN_FILE
    assert refusal(load, files, **{MODEL_FILE: other[MODEL_FILE]})[0] in {MODEL_FILE, GOLDEN_FILE}


def test_other_feature_code_is_refused(files, load):
    content = json.loads(files[VECTORIZER_FILE])
    content["features"] = content["features"][1:]
    file, message = refusal(load, files, **{VECTORIZER_FILE: json.dumps(content).encode()})
    assert file == VECTORIZER_FILE
    assert "train again" in message


def test_a_set_of_another_width_is_refused_even_if_the_manifest_agrees(files):
    loaded = offline_model(files)
    smaller = FeatureSet(loaded.feature_set.families, frozenset(loaded.feature_set.names[1:]))
    version = replace(loaded.version, manifest=replace(loaded.version.manifest, feature_set_hash=smaller.hash))
    with pytest.raises(ArtifactRefused) as refused:
        load_model(version, {**files, VECTORIZER_FILE: vectorizer_json(smaller)}, OnnxPredictor)
    assert refused.value.metadata["file"] == MODEL_FILE

    graph = onnx.load_from_string(files[MODEL_FILE])
    onnx.helper.set_model_props(graph, {FEATURE_SET_HASH_KEY: smaller.hash})
    changed = {VECTORIZER_FILE: vectorizer_json(smaller), MODEL_FILE: graph.SerializeToString()}
    with pytest.raises(ArtifactRefused, match=r"takes \d+ features, the set has"):
        load_model(version, {**files, **changed}, OnnxPredictor)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (INTERVAL_FILE, {"p0": None}),
        (INTERVAL_FILE, {"base": None}),
        (INTERVAL_FILE, {"base": np.zeros(3)}),
        (INTERVAL_FILE, {"base": np.array([0.5, np.inf])}),
        (INTERVAL_FILE, {"base": np.array([0.5, np.nan])}),
        (INTERVAL_FILE, {"base": np.array([1.5, 0.1])}),
        (INTERVAL_FILE, {"base": np.array(["a", "b"])}),
        (INTERVAL_FILE, {"base": np.array([0.5 + 1j, 0.1])}),
        (REFERENCE_FILE, {"edges": None}),
        (REFERENCE_FILE, {"edges": np.zeros((3, 9))}),
        (REFERENCE_FILE, {"row_count": np.array("x")}),
        (REFERENCE_FILE, {"missing": np.zeros(1, dtype=np.int64)}),
        (EXPLAIN_FILE, {"n_features": np.array([3])}),
        (EXPLAIN_FILE, {"format": np.array([2])}),
        (EXPLAIN_FILE, {"base_margin": None}),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, change, files, load):
    assert refusal(load, files, **{name: change_arrays(files, name, **change)})[0] == name


@pytest.mark.parametrize(
    "name", [MODEL_FILE, VECTORIZER_FILE, EXPLAIN_FILE, INTERVAL_FILE, REFERENCE_FILE, GOLDEN_FILE]
)
@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"{}", b"null", b"[" * 100_000, b"PK\x05\x06" + b"\x00" * 18])
def test_a_file_of_nonsense_is_refused(name, content, files, load):
    assert refusal(load, files, **{name: content})[0] == name


@pytest.mark.parametrize(
    "name", [MODEL_FILE, VECTORIZER_FILE, EXPLAIN_FILE, INTERVAL_FILE, REFERENCE_FILE, GOLDEN_FILE]
)
def test_a_cut_file_is_refused(name, files, load):
    for share in (0.1, 0.5, 0.9, 0.999):
        content = files[name]
        assert refusal(load, files, **{name: content[: int(share * len(content))]})[0] == name


FUZZED = [VECTORIZER_FILE, EXPLAIN_FILE, INTERVAL_FILE, REFERENCE_FILE]


@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required:UserWarning")
@settings(max_examples=250, deadline=None)
@given(
    name=st.sampled_from(FUZZED),
    at=st.floats(0, 1, exclude_max=True),
    inserted=st.binary(max_size=4),
    cut=st.integers(0, 4),
)
def test_any_damage_is_refused_or_harmless(*, name, at, inserted, cut, files, load):
    """Never another error, and what loads despite the damage still scores within bounds."""
    content = files[name]
    position = int(at * len(content))
    try:
        loaded = load({**files, name: content[:position] + inserted + content[position + cut :]})
    except ArtifactRefused:
        return
    lead = small_version(0).leads[0][0]
    rows = loaded.rows([lead], lead.posted_time)
    (scored,) = loaded.score(rows)
    assert 0.0 <= scored.interval.lower <= scored.probability <= scored.interval.upper <= 1.0


def test_a_graph_without_our_hash_is_refused(files, load):
    graph = onnx.load_from_string(files[MODEL_FILE])
    del graph.metadata_props[:]
    file, message = refusal(load, files, **{MODEL_FILE: graph.SerializeToString()})
    assert file == MODEL_FILE
    assert "feature set" in message


def test_an_explanation_of_other_features_is_refused(files, load):
    explainer = TreeExplainer.from_arrays(arrays_from_bytes(EXPLAIN_FILE, files[EXPLAIN_FILE]))
    wider = {**explainer.arrays(), "n_features": np.array([explainer.n_features + 1])}
    assert refusal(load, files, **{EXPLAIN_FILE: arrays_to_bytes(wider)})[0] == EXPLAIN_FILE


def test_with_files_makes_a_version_whose_digests_are_right(files):
    """The helper of the tests above the registry: it must not hide a refusal behind a wrong digest."""
    assert offline_model(with_files(files, {})).version.manifest.files
    assert MANIFEST_FILE in with_files(files, {})
