"""The form that graphs of heads have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]


class HeadGraph(Protocol):
    """One graph, loaded. Safe to share between threads."""

    @property
    def widths(self) -> Mapping[str, int]:
        """Its inputs, each float32 (n, width); 0 if the graph does not say how wide."""

    def run(self, inputs: Mapping[str, Singles]) -> Singles:
        """Return probabilities, float32 (n, classes).

        Raises:
            ArtifactRefused: If the runtime fails.
        """


MakeGraph = Callable[[str, bytes], HeadGraph]
"""Loads a graph, given the name of its file and its content, or raises ArtifactRefused."""

_PLAIN = (
    "Abs Add And ArgMax Cast Clip Concat Constant Div Elu Equal Erf Exp Flatten Gather Gemm GlobalAveragePool "
    "Greater GreaterOrEqual HardSigmoid Identity LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax "
    "MatMul Max Min Mul Neg Not Or Pow Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu "
    "Reshape Selu Sigmoid Sign Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where"
)
_LEARNED = (
    "ArrayFeatureExtractor LinearClassifier LinearRegressor Normalizer Scaler SVMClassifier TreeEnsembleClassifier "
    "TreeEnsembleRegressor"
)
ALLOWED_OPERATORS = frozenset(
    {*(("", name) for name in _PLAIN.split()), *(("ai.onnx.ml", name) for name in _LEARNED.split())}
)
"""(domain, operator). None of them loops, allocates by value, reads files or draws random numbers."""
