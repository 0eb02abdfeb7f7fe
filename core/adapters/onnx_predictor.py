"""Runs the graph of a version with ONNX Runtime."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

# The runtime reports its use to its maker and keeps a device id, from the moment it is loaded, unless told not to.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251  not a setting of ours
import onnxruntime

from core.errors import ArtifactRefused
from core.scoring.graph import FEATURE_SET_HASH_KEY, INPUT_NAME, MARGIN_NAME, PROBABILITY_NAME
from core.version import MODEL_FILE

_OUTPUTS = [PROBABILITY_NAME, MARGIN_NAME]
_ERRORS_ONLY = 3


class OnnxPredictor:
    """One session over one verified graph, on one thread.

    Loaded from bytes, never from a path: a hard link defeats the runtime's own check of external data. One thread,
    because two threads on two busy cores make one row tens of times slower. No memory arena: it never gives back.

    Args:
        model: The graph, already checked against its digest.

    Raises:
        ArtifactRefused: If the runtime cannot load it, or it is not a lead-score graph.
    """

    def __init__(self, model: bytes) -> None:
        try:
            self._session = onnxruntime.InferenceSession(model, one_thread(), providers=["CPUExecutionProvider"])
        except RUNTIME_ERRORS as problem:
            raise ArtifactRefused(MODEL_FILE, "the runtime cannot load it") from problem
        inputs = [(tensor.name, len(tensor.shape)) for tensor in self._session.get_inputs()]
        outputs = {tensor.name for tensor in self._session.get_outputs()}
        if inputs != [(INPUT_NAME, 2)] or not outputs.issuperset(_OUTPUTS):
            raise ArtifactRefused(MODEL_FILE, "it is not a lead-score graph")
        width = self._session.get_inputs()[0].shape[1]
        if not isinstance(width, int):
            raise ArtifactRefused(MODEL_FILE, "its input has no fixed number of features")
        self.feature_count = width
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.feature_set_hash = str(metadata.get(FEATURE_SET_HASH_KEY, ""))

    def predict(self, rows: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """See :class:`core.ports.Predictor`.

        Raises:
            ArtifactRefused: If the runtime fails on rows of the right shape.
        """
        try:
            probability, margin = self._session.run(_OUTPUTS, {INPUT_NAME: rows})
        except RUNTIME_ERRORS as problem:
            raise ArtifactRefused(MODEL_FILE, "the runtime cannot run it") from problem
        return probability, margin


def one_thread() -> onnxruntime.SessionOptions:
    """Return options of a session of one thread, without a memory arena, that says nothing but errors."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _ERRORS_ONLY
    return options


def _runtime_errors() -> tuple[type[Exception], ...]:
    """Return the error classes of the runtime, which share no base below Exception."""
    found = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    return tuple(kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception))


RUNTIME_ERRORS: tuple[type[Exception], ...] = (*_runtime_errors(), RuntimeError, ValueError, TypeError)
"""What the runtime raises."""
