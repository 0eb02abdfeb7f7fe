"""Runs the graph of a head with ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

# The runtime reports its use to its maker and keeps a device id, from the moment it is loaded, unless told not to.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251  not a setting of ours
import onnxruntime

from core.adapters.onnx_predictor import RUNTIME_ERRORS, one_thread
from core.conversation.heads.inputs import INPUTS, OUTPUT
from core.errors import ArtifactRefused

_OUTPUTS = [OUTPUT]
_RANK = 2


class OnnxHeadGraph:
    """One session over one verified graph, on one thread. Implements :class:`core.conversation.heads.graph.HeadGraph`.

    Args:
        file: Name of its file.
        model: The graph, already checked against its digest.

    Raises:
        ArtifactRefused: If the runtime cannot load it, or it is not the graph of a head.
    """

    def __init__(self, file: str, model: bytes) -> None:
        self._file = file
        try:
            self._session = onnxruntime.InferenceSession(model, one_thread(), providers=["CPUExecutionProvider"])
        except RUNTIME_ERRORS as problem:
            raise ArtifactRefused(file, "the runtime cannot load it") from problem
        widths = {}
        for tensor in self._session.get_inputs():
            if tensor.name not in INPUTS or tensor.type != "tensor(float)" or len(tensor.shape) != _RANK:
                raise ArtifactRefused(file, f"its inputs must be float32 of two dimensions, of {', '.join(INPUTS)}")
            width = tensor.shape[1]
            widths[tensor.name] = width if isinstance(width, int) else 0
        if OUTPUT not in {tensor.name for tensor in self._session.get_outputs()}:
            raise ArtifactRefused(file, f"it has no output {OUTPUT}")
        self.widths: Mapping[str, int] = widths

    def run(self, inputs: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        """See :class:`core.conversation.heads.graph.HeadGraph`."""
        try:
            (found,) = self._session.run(_OUTPUTS, dict(inputs))
        except RUNTIME_ERRORS as problem:
            raise ArtifactRefused(self._file, "the runtime cannot run it") from problem
        if not isinstance(found, np.ndarray) or found.dtype != np.float32:
            raise ArtifactRefused(self._file, f"its output {OUTPUT} must be float32")
        return found
