"""The throw-away process of :mod:`core.adapters.encoder_weights`: makes the shipped weights quick.

The shipped graph turns whole numbers into others before it multiplies. Here those are folded away and the products
changed to whole numbers, scaled by the values at hand. Weights keep 7 bits: with 8, processors without VNNI
instructions leave the range of their sums.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251  not a setting of ours
import onnxruntime
from onnxruntime.quantization import quantize_dynamic

from core.adapters.encoder_weights import shipped_weights
from core.adapters.onnx_predictor import one_thread


def prepare(shipped: bytes, folder: Path, target: Path) -> None:
    """Write the quick graph.

    Args:
        shipped: The graph of the package.
        folder: For what is made on the way.
        target: Where the quick graph goes.
    """
    folded = folder / "folded.onnx"
    options = one_thread()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    onnxruntime.InferenceSession(shipped, options, providers=["CPUExecutionProvider"])
    quantize_dynamic(folded, target, op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True)


def main(folder: str, target: str) -> int:
    """Prepare the weights of the package; 0 when that is done, 1 if there are none."""
    shipped = shipped_weights()
    if shipped is None:
        return 1
    prepare(shipped, Path(folder), Path(target))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
