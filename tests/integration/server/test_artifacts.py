"""Damaged and hostile artefacts: refused by name, while the server lives and the old version serves on."""

from __future__ import annotations

import io
import json
import pickle  # noqa: TID251  to be refused
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import grpc
import numpy as np
import onnx
import pytest
from leadline.v1 import model_pb2, model_service_pb2, system_service_pb2
from leadline.v1 import scoring_service_pb2 as pb
from onnx import TensorProto, helper

from core.scoring.graph import FEATURE_SET_HASH_KEY
from core.scoring.served import RETRY_REFUSED_AFTER
from core.version import (
    EXPLAIN_FILE,
    GOLDEN_FILE,
    INTERVAL_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    REFERENCE_FILE,
    REQUIRED_FILES,
    VECTORIZER_FILE,
)
from tests.parts.errors import Failure, failure_of
from tests.parts.fitted import make_home, model_dir, small_version, with_files
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_apart, served_here

FILES = (MANIFEST_FILE, *REQUIRED_FILES)
Damage = Callable[[bytes], bytes]
DAMAGES: Mapping[str, Damage] = {
    "truncated": lambda content: content[: len(content) // 2],
    "one bit flipped": lambda content: flipped(content, len(content) // 2),
    "zeroed": lambda content: bytes(len(content)),
    "empty": lambda _: b"",
}


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def without_brace(content: bytes) -> bytes:
    return flipped(content, 0)


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in place at once: nobody reads half of it."""
    draft = path.parents[2] / "draft"
    draft.write_bytes(content)
    draft.rename(path)


@pytest.fixture(scope="module")
def target(active_home, tmp_path_factory) -> Iterator[Stubs]:
    """A server that every test of this file attacks: it must outlive them all."""
    home = tmp_path_factory.mktemp("target")
    make_home(home)
    with served_here(home) as (_, stubs):
        request = model_service_pb2.ActivateModelVersionRequest(request_id="a", version=small_version(0).name)
        stubs.models.ActivateModelVersion(request)
        yield stubs


def register(stubs: Stubs, files: Mapping[str, bytes]) -> None:
    upload = [model_pb2.ArtifactFile(name=name, content=content) for name, content in files.items()]
    request = model_service_pb2.RegisterModelVersionRequest(request_id=f"r{time.monotonic_ns()}", files=upload)
    stubs.models.RegisterModelVersion(request)


def refused(call: Callable[[], object]) -> Failure:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    failure = failure_of(caught.value)
    assert failure.code is grpc.StatusCode.FAILED_PRECONDITION, failure
    assert failure.info.reason == "ARTIFACT_REFUSED"
    assert [violation.type for violation in failure.detail.violations] == ["ARTIFACT_REFUSED"]
    return failure


def serving(stubs: Stubs) -> str:
    return stubs.scoring.Score(pb.ScoreRequest(lead=lead_message()), timeout=5).result.model_version


def refused_upload(stubs: Stubs, files: Mapping[str, bytes], file: str) -> str:
    """Upload; fail unless it is refused because of ``file`` and everything else is as before. Return the problem."""
    before = {v.version for v in stubs.models.ListModelVersions(model_service_pb2.ListModelVersionsRequest()).versions}
    failure = refused(lambda: register(stubs, files))
    assert failure.info.metadata["file"] == file, failure
    after = {v.version for v in stubs.models.ListModelVersions(model_service_pb2.ListModelVersionsRequest()).versions}
    assert after == before
    assert serving(stubs) == small_version(0).name
    return failure.message


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_not_what_the_manifest_says_is_refused(target, file, damage):
    files = dict(small_version(1).files)
    # A manifest with one bit flipped may be another manifest; without its first brace it is none.
    harm = without_brace if file == MANIFEST_FILE and damage == "one bit flipped" else DAMAGES[damage]
    files[file] = harm(files[file])
    refused_upload(target, files, file)


@pytest.mark.parametrize("damage", ["truncated", "zeroed", "empty"])
@pytest.mark.parametrize("file", REQUIRED_FILES)
def test_a_damaged_file_is_refused_even_if_the_manifest_agrees_with_it(target, file, damage):
    files = small_version(1).files
    refused_upload(target, with_files(files, {file: DAMAGES[damage](files[file])}), file)


def test_no_flipped_bit_that_the_manifest_agrees_with_hurts_the_server(target):
    """Such a graph is refused, or it gives the golden answers all the same."""
    files, random = small_version(1).files, np.random.default_rng(7)
    refusals = 0
    for position in random.integers(0, len(files[MODEL_FILE]), size=6).tolist():
        try:
            register(target, with_files(files, {MODEL_FILE: flipped(files[MODEL_FILE], position)}))
        except grpc.RpcError as error:
            failure = failure_of(error)
            assert (failure.code, failure.info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ARTIFACT_REFUSED")
            refusals += 1
    assert refusals >= 1
    assert serving(target) == small_version(0).name


def test_other_leaf_values_are_caught_by_the_golden_answers(target):
    files = small_version(1).files
    model = onnx.ModelProto.FromString(files[MODEL_FILE])
    trees = next(node for node in model.graph.node if node.op_type == "TreeEnsembleRegressor")
    weights = next(attribute for attribute in trees.attribute if attribute.name == "target_weights")
    for position in range(len(weights.floats)):
        weights.floats[position] += 0.01
    changed = with_files(files, {MODEL_FILE: model.SerializeToString()})
    assert "golden" in refused_upload(target, changed, GOLDEN_FILE)


def test_a_missing_file_and_an_extra_one_are_refused(target):
    files = dict(small_version(1).files)
    content = files.pop(EXPLAIN_FILE)
    refused_upload(target, files, EXPLAIN_FILE)
    refused_upload(target, {**files, EXPLAIN_FILE: content, "extra.bin": b"x"}, "extra.bin")


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/b", ".hidden", "a\\b", "x\x00y"], ids=ascii)
def test_a_name_that_leads_out_of_the_folder_is_refused(target, name):
    files = {**small_version(1).files, name: b"x"}
    assert refused(lambda: register(target, files)).info.reason == "ARTIFACT_REFUSED"


class Bomb:
    """Would write a file if anybody unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_nothing_is_ever_unpickled(target, tmp_path):
    trace = tmp_path / "unpickled"
    bomb = pickle.dumps(Bomb(trace))
    files = small_version(1).files
    for file in REQUIRED_FILES:
        refused_upload(target, with_files(files, {file: bomb}), file)
    hidden = io.BytesIO()
    np.savez(hidden, margins=np.array([Bomb(trace)], dtype=object))
    for file in (EXPLAIN_FILE, INTERVAL_FILE, REFERENCE_FILE):
        refused_upload(target, with_files(files, {file: hidden.getvalue()}), file)
    assert not trace.exists()
    pickle.loads(bomb)  # noqa: S301  the bomb is real
    assert trace.exists()


def graph(nodes, *, width: int | str, initializers=(), kind: int = TensorProto.FLOAT) -> bytes:
    """Return a graph of the right outer form; ``nodes`` must make ``probability`` and ``margin`` of ``features``."""
    made = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info("features", kind, ["N", width])],
        [
            helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("margin", TensorProto.FLOAT, ["N"]),
        ],
        initializer=list(initializers),
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    original = onnx.ModelProto.FromString(small_version(1).files[MODEL_FILE])
    value = next(entry.value for entry in original.metadata_props if entry.key == FEATURE_SET_HASH_KEY)
    model.metadata_props.add(key=FEATURE_SET_HASH_KEY, value=value)
    return model.SerializeToString()


def width() -> int:
    return len(json.loads(small_version(1).files[GOLDEN_FILE])["rows"][0])


def summing(*more, **options) -> bytes:
    """Return a graph that answers with the first column, and does ``more`` besides."""
    pick = helper.make_tensor("pick", TensorProto.FLOAT, [width(), 1], [1.0] + [0.0] * (width() - 1))
    flat = helper.make_tensor("flat", TensorProto.INT64, [1], [-1])
    extra = options.pop("initializers", [])
    nodes = [
        helper.make_node("MatMul", ["features", "pick"], ["column"]),
        helper.make_node("Reshape", ["column", "flat"], ["margin"]),
        helper.make_node("Sigmoid", ["margin"], ["probability"]),
        *more,
    ]
    return graph(nodes, width=options.pop("width", width()), initializers=[pick, flat, *extra], **options)


def external_data() -> bytes:
    model = onnx.ModelProto.FromString(small_version(1).files[MODEL_FILE])
    tensor = model.graph.initializer.add(name="stolen", dims=[16], data_type=TensorProto.UINT8)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return model.SerializeToString()


def endless_loop() -> bytes:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    forever = helper.make_tensor("forever", TensorProto.BOOL, [], [True])
    return summing(helper.make_node("Loop", ["", "forever", "margin"], ["after"], body=body), initializers=[forever])


def allocation_bomb() -> bytes:
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [2**20, 2**20])
    return summing(helper.make_node("ConstantOfShape", ["shape"], ["huge"]), initializers=[shape])


def broadcast_bomb() -> bytes:
    """Sixteen terabytes from two allowed operators: only the limit of memory stops it."""
    side = 2**21
    zeros = [
        helper.make_tensor("tall", TensorProto.FLOAT, [side, 1], bytes(4 * side), raw=True),
        helper.make_tensor("wide", TensorProto.FLOAT, [1, side], bytes(4 * side), raw=True),
    ]
    flat = helper.make_node("Reshape", ["huge", "flat"], ["long"])
    one = helper.make_node("MatMul", ["long", "long"], ["dot"])
    use = helper.make_node("Add", ["margin", "dot"], ["unused"])
    return summing(helper.make_node("Mul", ["tall", "wide"], ["huge"]), flat, one, use, initializers=zeros)


HOSTILE = {
    "external data": (external_data, MODEL_FILE, "outside itself"),
    "unknown operator": (lambda: summing(helper.make_node("Erf", ["margin"], ["x"])), MODEL_FILE, "'Erf'"),
    "random operator": (
        lambda: summing(helper.make_node("RandomUniform", [], ["x"], shape=[1])),
        MODEL_FILE,
        "'RandomUniform'",
    ),
    "operator of another domain": (
        lambda: summing(helper.make_node("Add", ["margin", "margin"], ["x"], domain="evil")),
        MODEL_FILE,
        "'Add'",
    ),
    "endless loop": (endless_loop, MODEL_FILE, "'Loop'"),
    "allocation bomb": (allocation_bomb, MODEL_FILE, "'ConstantOfShape'"),
    "broadcast bomb": (broadcast_bomb, MODEL_FILE, ""),
    "too narrow": (lambda: narrow(), MODEL_FILE, "features"),  # noqa: PLW0108  defined below
    "open width": (lambda: summing(width="F"), MODEL_FILE, ""),
    "input of doubles": (lambda: doubles(), MODEL_FILE, ""),  # noqa: PLW0108  defined below
    "another model": (lambda: summing(), GOLDEN_FILE, "golden"),  # noqa: PLW0108
    "no graph": (lambda: onnx.ModelProto(ir_version=8).SerializeToString(), MODEL_FILE, ""),
}


def narrow() -> bytes:
    flat = helper.make_tensor("flat", TensorProto.INT64, [1], [-1])
    nodes = [
        helper.make_node("Reshape", ["features", "flat"], ["margin"]),
        helper.make_node("Sigmoid", ["margin"], ["probability"]),
    ]
    return graph(nodes, width=1, initializers=[flat])


def doubles() -> bytes:
    pick = helper.make_tensor("pick", TensorProto.DOUBLE, [width(), 1], [1.0] * width())
    flat = helper.make_tensor("flat", TensorProto.INT64, [1], [-1])
    nodes = [
        helper.make_node("MatMul", ["features", "pick"], ["column"]),
        helper.make_node("Reshape", ["column", "flat"], ["margin"]),
        helper.make_node("Sigmoid", ["margin"], ["probability"]),
    ]
    return graph(nodes, width=width(), initializers=[pick, flat], kind=TensorProto.DOUBLE)


@pytest.mark.parametrize(("make", "file", "problem"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_graph_is_refused(target, make, file, problem):
    started = time.perf_counter()
    message = refused_upload(target, with_files(small_version(1).files, {MODEL_FILE: make()}), file)
    assert problem in message
    assert time.perf_counter() - started < 15


def golden_with(change: Callable[[dict], None]) -> bytes:
    content = json.loads(small_version(1).files[GOLDEN_FILE])
    change(content)
    return json.dumps(content).encode()


def set_first(name: str, value: object) -> Callable[[dict], None]:
    def change(content: dict) -> None:
        content[name][0] = value

    return change


GOLDEN = {
    "NaN expected": set_first("probability", float("nan")),
    "infinite expected": set_first("margin", float("inf")),
    "null expected": set_first("probability", None),
    "another answer": set_first("probability", 0.123456),
    "narrow row": set_first("rows", [1.0]),
    "no rows": lambda content: content.update(rows=[], probability=[], margin=[]),
    "too few answers": lambda content: content["margin"].pop(),
    "text": set_first("probability", "high"),
}


@pytest.mark.parametrize("change", GOLDEN.values(), ids=GOLDEN)
def test_golden_answers_that_cannot_be_right_are_refused(target, change):
    files = with_files(small_version(1).files, {GOLDEN_FILE: golden_with(change)})
    refused_upload(target, files, GOLDEN_FILE)


def test_a_vectorizer_for_other_features_is_refused(target):
    content = json.loads(small_version(1).files[VECTORIZER_FILE])
    content["features"] = content["features"][1:]
    changed = json.dumps(content).encode()
    refused_upload(target, with_files(small_version(1).files, {VECTORIZER_FILE: changed}), VECTORIZER_FILE)


def damage_on_disk(home: Path, digest: str, file: str, damage: Damage) -> None:
    path = model_dir(home) / digest / file
    path.write_bytes(damage(path.read_bytes()))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", [MANIFEST_FILE, MODEL_FILE, VECTORIZER_FILE, EXPLAIN_FILE])
def test_a_version_damaged_on_disk_cannot_be_activated(home, file, damage):
    damage_on_disk(home, small_version(1).digest, file, DAMAGES[damage])
    with served_here(home) as (_, stubs):
        request = model_service_pb2.ActivateModelVersionRequest(request_id="a", version=small_version(1).name)
        assert refused(lambda: stubs.models.ActivateModelVersion(request)).info.metadata["file"] == file
        active = stubs.models.GetModelVersion(model_service_pb2.GetModelVersionRequest()).version
        assert active.version == small_version(0).name, "the pointer did not move"
        assert serving(stubs) == small_version(0).name
        named = pb.ScoreRequest(lead=lead_message(), model_version=small_version(1).name)
        refused(lambda: stubs.scoring.Score(named))


def test_a_version_in_memory_that_was_damaged_on_disk_cannot_be_activated(home):
    """It would serve on here, and nowhere else, and not after the next start."""
    with served_here(home) as (_, stubs):
        named = pb.ScoreRequest(lead=lead_message(), model_version=small_version(1).name)
        assert stubs.scoring.Score(named).result.model_version == small_version(1).name
        damage_on_disk(home, small_version(1).digest, EXPLAIN_FILE, DAMAGES["one bit flipped"])
        request = model_service_pb2.ActivateModelVersionRequest(request_id="a", version=small_version(1).name)
        assert refused(lambda: stubs.models.ActivateModelVersion(request)).info.metadata["file"] == EXPLAIN_FILE
        assert serving(stubs) == small_version(0).name


def test_a_repaired_version_serves_again_without_a_restart_and_the_log_tells_once_of_each(home):
    path = model_dir(home) / small_version(0).digest / MODEL_FILE
    content = path.read_bytes()
    replace_file(path, flipped(content, 100))
    with served_apart(home, poll_seconds=0.02) as process, Stubs(process.wait_until_serving()) as stubs:
        assert serving(stubs) == "rules"
        time.sleep(0.5)
        replace_file(path, content)
        give_up = time.monotonic() + RETRY_REFUSED_AFTER.total_seconds() + 5
        while serving(stubs) == "rules":
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert stubs.system.GetStatus(system_service_pb2.GetStatusRequest()).models[0].problem == ""
        time.sleep(0.2)
        told = [entry["message"] for entry in process.entries() if entry["message"].startswith("refresh")]
    assert told == ["refresh failed", "refresh works again"]


def test_a_version_whose_previous_one_was_damaged_is_not_rolled_back(home):
    with served_here(home) as (_, stubs):
        request = model_service_pb2.ActivateModelVersionRequest(request_id="a", version=small_version(1).name)
        stubs.models.ActivateModelVersion(request)
    damage_on_disk(home, small_version(0).digest, MODEL_FILE, DAMAGES["one bit flipped"])
    with served_here(home) as (_, stubs):
        back = model_service_pb2.RollbackModelRequest(request_id="b")
        refused(lambda: stubs.models.RollbackModel(back))
        assert serving(stubs) == small_version(1).name


@pytest.mark.parametrize("damage", ["one bit flipped", "zeroed"])
def test_a_server_starts_over_a_damaged_active_version_and_says_so(home, damage):
    damage_on_disk(home, small_version(0).digest, MODEL_FILE, DAMAGES[damage])
    with served_here(home) as (_, stubs):
        answer = stubs.scoring.Score(pb.ScoreRequest(lead=lead_message())).result
        assert (answer.source, answer.model_version) == (pb.SCORE_SOURCE_RULES, "rules")
        (model,) = stubs.system.GetStatus(system_service_pb2.GetStatusRequest()).models
        assert (model.version, model.source) == ("rules", pb.SCORE_SOURCE_RULES)
        assert small_version(0).name in model.problem
        assert MODEL_FILE in model.problem
        request = model_service_pb2.ActivateModelVersionRequest(request_id="a", version=small_version(1).name)
        stubs.models.ActivateModelVersion(request)
        assert serving(stubs) == small_version(1).name
        assert stubs.system.GetStatus(system_service_pb2.GetStatusRequest()).models[0].problem == ""


def test_a_server_starts_without_the_folder_of_the_active_version(home):
    for path in (model_dir(home) / small_version(0).digest).iterdir():
        path.unlink()
    with served_here(home) as (_, stubs):
        assert serving(stubs) == "rules"
        assert stubs.system.GetStatus(system_service_pb2.GetStatusRequest()).models[0].problem
