from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.adapters.onnx_predictor import OnnxPredictor
from core.errors import ArtifactRefused
from core.scoring.graph import FEATURE_SET_HASH_KEY, INPUT_NAME, MARGIN_NAME, PROBABILITY_NAME


def graph(
    *,
    inputs=((INPUT_NAME, TensorProto.FLOAT, [None, 3]),),
    outputs=(PROBABILITY_NAME, MARGIN_NAME),
    nodes=None,
    props=None,
):
    """Margin: the sum of the features. Probability: its sigmoid."""
    if nodes is None:
        nodes = [
            helper.make_node("ReduceSum", [inputs[0][0]], [outputs[-1]], keepdims=0),
            helper.make_node("Sigmoid", [outputs[-1]], [outputs[0]]),
        ]
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(*tensor) for tensor in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    helper.set_model_props(model, props or {})
    return model.SerializeToString()


def test_a_graph_is_run_and_says_what_it_is():
    nodes = [
        helper.make_node("ReduceSum", [INPUT_NAME], [MARGIN_NAME], axes=[1], keepdims=0),
        helper.make_node("Sigmoid", [MARGIN_NAME], [PROBABILITY_NAME]),
    ]
    predictor = OnnxPredictor(graph(nodes=nodes, props={FEATURE_SET_HASH_KEY: "abc"}))
    assert (predictor.feature_count, predictor.feature_set_hash) == (3, "abc")
    probability, margin = predictor.predict(np.array([[1, 2, 3], [0, 0, 0]], dtype=np.float32))
    assert margin.tolist() == [6.0, 0.0]
    assert probability == pytest.approx([1 / (1 + np.exp(-6)), 0.5])
    assert OnnxPredictor(graph(nodes=nodes)).feature_set_hash == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a graph",
        graph()[:-20],
        graph(inputs=(("other", TensorProto.FLOAT, [None, 3]),)),
        graph(inputs=((INPUT_NAME, TensorProto.FLOAT, [3]),)),
        graph(inputs=((INPUT_NAME, TensorProto.FLOAT, [None, None]),)),
        graph(inputs=((INPUT_NAME, TensorProto.FLOAT, [None, "width"]),)),
        graph(outputs=("other", MARGIN_NAME)),
        graph(nodes=[helper.make_node("NoSuchOperator", [INPUT_NAME], [PROBABILITY_NAME])]),
    ],
)
def test_what_is_no_lead_score_graph_is_refused(content):
    with pytest.raises(ArtifactRefused) as refused:
        OnnxPredictor(content)
    assert refused.value.metadata == {"file": "model.onnx"}


def test_weights_in_another_file_are_refused(tmp_path, monkeypatch):
    """A graph may only be what its digest says."""
    (tmp_path / "weights.bin").write_bytes(np.ones(3, dtype=np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    model = onnx.load_from_string(graph())
    weights = model.graph.initializer.add(name="w", data_type=TensorProto.FLOAT, dims=[3])
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="weights.bin")
    model.graph.node.append(helper.make_node("Add", [INPUT_NAME, "w"], ["shifted"]))
    with pytest.raises(ArtifactRefused):
        OnnxPredictor(model.SerializeToString())


def test_rows_of_another_width_are_refused_not_crashed_on():
    predictor = OnnxPredictor(graph())
    with pytest.raises(ArtifactRefused):
        predictor.predict(np.zeros((1, 4), dtype=np.float32))
    with pytest.raises(ArtifactRefused):
        predictor.predict(np.zeros((1, 3)))
