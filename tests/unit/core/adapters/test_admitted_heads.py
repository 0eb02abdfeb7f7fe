import pytest
from onnx import TensorProto, helper

from core.adapters import admission_check
from core.adapters.admission_check import check_files
from core.conversation.heads.artifact import PLAIN_FILE
from core.errors import ArtifactRefused
from core.version import HEAD_KINDS, MANIFEST_FILE, MODEL_FILE, SENTIMENT
from tests.parts.small_heads import small_head, with_manifest

FULL = small_head(inputs=("vectors", "terms", "shape"), plain=True)


def drawing_graph() -> bytes:
    """Return a graph that draws random numbers, which no head needs."""
    graph = helper.make_graph(
        [helper.make_node("RandomUniformLike", ["shape"], ["probabilities"])],
        "head",
        [helper.make_tensor_value_info("shape", TensorProto.FLOAT, ["n", 6])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 6])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_a_head_of_every_kind_is_let_in(kind):
    check_files(small_head(kind))


def test_one_that_looks_at_vectors_is_let_in_without_an_encoder():
    check_files(FULL)


@pytest.mark.parametrize("name", [MODEL_FILE, PLAIN_FILE])
def test_operators_that_no_head_needs_are_refused(name):
    files = {key: content for key, content in FULL.items() if key != MANIFEST_FILE}
    with pytest.raises(ArtifactRefused, match="RandomUniformLike"):
        check_files(with_manifest({**files, name: drawing_graph()}, SENTIMENT))


def test_one_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(admission_check, "HEAD_CPU_SECONDS", -1.0)
    with pytest.raises(ArtifactRefused, match="for 32 turns"):
        check_files(FULL)
