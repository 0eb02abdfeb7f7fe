"""Writes trees and calibration as one ONNX graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
import onnxmltools
import xgboost
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxmltools.convert.common.data_types import FloatTensorType

from core.explain import TreeEnsemble
from core.scoring.graph import FEATURE_SET_HASH_KEY, INPUT_NAME, MARGIN_NAME, PROBABILITY_NAME
from training.booster import booster_json
from training.calibration import Beta, Calibration, Isotonic, Sigmoid

OPSET = 15
ML_OPSET = 1
_COLUMN = "margin_column"


def export_onnx(booster: xgboost.Booster, calibration: Calibration, *, width: int, feature_set_hash: str) -> bytes:
    """Return the ONNX model: ``features`` float32 (n, width) to ``probability`` and ``margin``, float32 (n,) each.

    The trees go through onnxmltools; its classifier node is rewritten as a regressor, because only that one gives the
    margin without a transformation, and the calibration must start from the margin to be exact near 0 and 1.
    """
    converted = onnxmltools.convert_xgboost(
        booster, initial_types=[(INPUT_NAME, FloatTensorType([None, width]))], target_opset=OPSET
    )
    base_margin = TreeEnsemble.from_xgboost_json(booster_json(booster)).base_margin
    trees = _as_regressor(converted.graph.node[0], base_margin)
    nodes, initializers = _calibration_nodes(calibration)
    shape = numpy_helper.from_array(np.array([-1], dtype=np.int64), "flat")
    flatten = [
        helper.make_node("Reshape", [_COLUMN, "flat"], [MARGIN_NAME]),
        helper.make_node("Reshape", ["probability_column", "flat"], [PROBABILITY_NAME]),
    ]
    graph = helper.make_graph(
        [trees, *nodes, *flatten],
        "lead_score",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in (PROBABILITY_NAME, MARGIN_NAME)],
        [shape, *initializers],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="leadline")
    helper.set_model_props(model, {FEATURE_SET_HASH_KEY: feature_set_hash})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _as_regressor(classifier: NodeProto, base_margin: float) -> NodeProto:
    renamed = {"class_nodeids": "target_nodeids", "class_treeids": "target_treeids", "class_weights": "target_weights"}
    dropped = {"class_ids", "classlabels_int64s", "post_transform"}
    attributes = {}
    for attribute in classifier.attribute:
        if attribute.name not in dropped:
            attributes[renamed.get(attribute.name, attribute.name)] = helper.get_attribute_value(attribute)
    attributes["target_ids"] = [0] * len(attributes["target_nodeids"])
    # The converter leaves a probability here if the first tree is a single leaf of weight 0.
    attributes["base_values"] = [base_margin]
    return helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT_NAME],
        [_COLUMN],
        domain="ai.onnx.ml",
        n_targets=1,
        post_transform="NONE",
        **attributes,
    )


def _calibration_nodes(calibration: Calibration) -> tuple[list[NodeProto], list[TensorProto]]:
    if isinstance(calibration, Sigmoid):
        return _sigmoid_nodes(calibration)
    if isinstance(calibration, Beta):
        return _beta_nodes(calibration)
    if isinstance(calibration, Isotonic):
        return _isotonic_nodes(calibration)
    message = f"no ONNX form for {calibration.name}"
    raise TypeError(message)


def _sigmoid_nodes(calibration: Sigmoid) -> tuple[list[NodeProto], list[TensorProto]]:
    nodes = [
        helper.make_node("Mul", [_COLUMN, "slope"], ["scaled"]),
        helper.make_node("Add", ["scaled", "shift"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability_column"]),
    ]
    return nodes, [_scalar("slope", calibration.slope), _scalar("shift", calibration.shift)]


def _beta_nodes(calibration: Beta) -> tuple[list[NodeProto], list[TensorProto]]:
    nodes = [
        helper.make_node("Neg", [_COLUMN], ["opposite"]),
        helper.make_node("Softplus", [_COLUMN], ["against"]),
        helper.make_node("Softplus", ["opposite"], ["towards"]),
        helper.make_node("Mul", ["against", "b"], ["against_scaled"]),
        helper.make_node("Mul", ["towards", "a"], ["towards_scaled"]),
        helper.make_node("Sub", ["against_scaled", "towards_scaled"], ["difference"]),
        helper.make_node("Add", ["difference", "c"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability_column"]),
    ]
    return nodes, [_scalar(name, getattr(calibration, name)) for name in ("a", "b", "c")]


def _isotonic_nodes(calibration: Isotonic) -> tuple[list[NodeProto], list[TensorProto]]:
    """Sum over the pieces of (rise of the piece) * clip((margin - start) / length, 0, 1): no cancellation."""
    knots, values = calibration.knots, calibration.values
    lengths = np.diff(knots) if len(knots) > 1 else np.ones(1)
    rises = np.diff(values) if len(values) > 1 else np.zeros(1)
    starts = knots[: len(lengths)]
    nodes = [
        helper.make_node("Sub", [_COLUMN, "starts"], ["past_start"]),
        helper.make_node("Div", ["past_start", "lengths"], ["unclipped"]),
        helper.make_node("Clip", ["unclipped", "zero", "one"], ["progress"]),
        helper.make_node("MatMul", ["progress", "rises"], ["risen"]),
        helper.make_node("Add", ["risen", "floor"], ["probability_column"]),
    ]
    initializers = [
        _tensor("starts", starts[None, :]),
        _tensor("lengths", lengths[None, :]),
        _tensor("rises", rises[:, None]),
        _scalar("floor", float(values[0])),
        _scalar("zero", 0.0),
        _scalar("one", 1.0),
    ]
    return nodes, initializers


def _scalar(name: str, value: float) -> TensorProto:
    return numpy_helper.from_array(np.array(value, dtype=np.float32), name)


def _tensor(name: str, values: npt.NDArray[np.float64]) -> TensorProto:
    return numpy_helper.from_array(values.astype(np.float32), name)
