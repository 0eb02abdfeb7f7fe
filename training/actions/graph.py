"""Writes a ranker's graph."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.actions.ranker_model import INPUT_NAME, PROPENSITY_NAME, UPLIFT_NAME, VARIANCE_NAME
from training.actions.effects import Effects
from training.actions.nuisance import Outcomes
from training.actions.table import Floats

_OPSET, _IR = 17, 8


def ranker_graph(outcomes: Outcomes, baseline: int | None, effects: Effects, covariances: Floats) -> bytes:
    """Return the graph of what was learned, as ONNX.

    The propensity is that of the baseline (of all actions, without one) plus the uplift.

    Args:
        outcomes: Of whole trials.
        baseline: Place of the baseline; None for the average of all.
        effects: Of actions.
        covariances: (k, width, width): of the slopes.
    """
    width, actions = effects.slopes.shape
    intercept = outcomes.intercepts.mean() if baseline is None else outcomes.intercepts[baseline]
    roots = np.concatenate([_root(one) for one in covariances], axis=1)
    numbers = {
        "base_slopes": outcomes.slopes[:, np.newaxis],
        "base_intercept": np.array([intercept]),
        "slopes": effects.slopes,
        "intercepts": effects.means - effects.center @ effects.slopes,
        "roots": roots,
        "root_intercepts": -effects.center @ roots,
        "mean_variances": effects.variances,
        "zero": np.array(0.0),
        "one": np.array(1.0),
        "minus_one": np.array(-1.0),
    }
    # Of the first dimension 0 stands for as many as there are.
    shapes = {"of_actions": np.array([0, actions, width]), "last": np.array([2])}
    nodes = [
        helper.make_node("Gemm", [INPUT_NAME, "base_slopes", "base_intercept"], ["base_odds"]),
        helper.make_node("Sigmoid", ["base_odds"], ["base"]),
        helper.make_node("Gemm", [INPUT_NAME, "slopes", "intercepts"], ["raw_uplift"]),
        helper.make_node("Clip", ["raw_uplift", "minus_one", "one"], [UPLIFT_NAME]),
        helper.make_node("Add", ["base", UPLIFT_NAME], ["raw_propensity"]),
        helper.make_node("Clip", ["raw_propensity", "zero", "one"], [PROPENSITY_NAME]),
        helper.make_node("Gemm", [INPUT_NAME, "roots", "root_intercepts"], ["spread"]),
        helper.make_node("Mul", ["spread", "spread"], ["squares"]),
        helper.make_node("Reshape", ["squares", "of_actions"], ["squares_of_actions"]),
        helper.make_node("ReduceSum", ["squares_of_actions", "last"], ["slope_variance"], keepdims=0),
        helper.make_node("Add", ["slope_variance", "mean_variances"], [VARIANCE_NAME]),
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, actions])
        for name in (PROPENSITY_NAME, UPLIFT_NAME, VARIANCE_NAME)
    ]
    graph = helper.make_graph(
        nodes,
        "ranker",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, width])],
        outputs,
        [
            *(numpy_helper.from_array(value.astype(np.float32), name) for name, value in numbers.items()),
            *(numpy_helper.from_array(value.astype(np.int64), name) for name, value in shapes.items()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _root(covariance: Floats) -> Floats:
    """Return a matrix whose product with its transpose is the covariance, (width, width)."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return root
