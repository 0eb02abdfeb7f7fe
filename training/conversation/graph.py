"""Writes a linear head, calibration included, as an ONNX graph."""

from __future__ import annotations

from functools import reduce

import numpy as np
import onnx
from skl2onnx.algebra.onnx_ops import OnnxAdd, OnnxMatMul, OnnxSigmoid, OnnxSoftmax
from skl2onnx.common.data_types import FloatTensorType

from core.conversation.heads.graph import HeadGraph
from core.conversation.heads.inputs import INPUTS, OUTPUT
from training.conversation.linear import Blocks, LinearModel, probabilities, rows_of
from training.refusal import TrainingRefused

OPSET = 15
TOLERANCE = 1e-5
"""Largest difference between a graph and the model it was made of, in probability."""


def head_graph(model: LinearModel, *, multi_label: bool) -> bytes:
    """Return the graph: the inputs that the model has weights for to ``probabilities``, float32 (n, classes)."""
    names = [name for name in INPUTS if name in model.weights]
    products = [OnnxMatMul(name, model.weights[name], op_version=OPSET) for name in names]
    logits = OnnxAdd(
        reduce(lambda left, right: OnnxAdd(left, right, op_version=OPSET), products), model.shifts, op_version=OPSET
    )
    if multi_label:
        last = OnnxSigmoid(logits, op_version=OPSET, output_names=[OUTPUT])
    else:
        last = OnnxSoftmax(logits, axis=1, op_version=OPSET, output_names=[OUTPUT])
    inputs = [(name, FloatTensorType([None, model.weights[name].shape[0]])) for name in names]
    outputs = [(OUTPUT, FloatTensorType([None, model.shifts.size]))]
    written = last.to_onnx(inputs, outputs=outputs, target_opset=OPSET)
    written.graph.name = "head"
    onnx.checker.check_model(written)
    return bytes(written.SerializeToString(deterministic=True))


def check_parity(graph: HeadGraph, model: LinearModel, blocks: Blocks, *, multi_label: bool) -> None:
    """Do nothing if a graph says what the model says of every row.

    Raises:
        TrainingRefused: PARITY if it does not.
    """
    expected = probabilities(model.logits(blocks), multi_label=multi_label)
    inputs = {name: _dense(blocks, name) for name in model.weights}
    found = graph.run(inputs)
    off = float(np.abs(found - expected).max()) if rows_of(blocks) else 0.0
    # Written so that NaN fails.
    if not off <= TOLERANCE:
        raise TrainingRefused("PARITY_FAILED", f"the exported head differs from the fitted one by {off:.2g}")


def _dense(blocks: Blocks, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    block = blocks[name]
    rows = block if isinstance(block, np.ndarray) else block.toarray()
    return np.ascontiguousarray(rows, dtype=np.float32)
