"""Runs the graph of a ranker with ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnxruntime

from core.actions.ranker_features import Singles
from core.actions.ranker_model import INPUT_NAME, OUTPUT_NAMES
from core.adapters.onnx_predictor import RUNTIME_ERRORS, one_thread
from core.errors import ArtifactRefused
from core.version import MODEL_FILE


class OnnxRanker:
    """One session over one verified graph, on one thread. Implements :class:`core.actions.ranker_model.RankerGraph`.

    Args:
        model: The graph, already checked against its digest.
        width: Numbers it sees of a lead.
        actions: Actions it says something of.

    Raises:
        ArtifactRefused: If the runtime cannot load it, or it is not a ranker's graph of these sizes.
    """

    def __init__(self, model: bytes, width: int, actions: int) -> None:
        try:
            self._session = onnxruntime.InferenceSession(model, one_thread(), providers=["CPUExecutionProvider"])
        except RUNTIME_ERRORS as problem:
            raise ArtifactRefused(MODEL_FILE, "the runtime cannot load it") from problem
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        names = ([one.name for one in inputs], [one.name for one in outputs])
        if names != ([INPUT_NAME], list(OUTPUT_NAMES)):
            raise ArtifactRefused(MODEL_FILE, "is not a ranker's graph")
        self._actions = actions
        self.run(np.zeros((1, width), dtype=np.float32))

    def run(self, features: Singles) -> tuple[Singles, Singles, Singles]:
        """Return propensity, uplift and variance, float32 (n, actions) each, for features (n, width).

        Raises:
            ArtifactRefused: If it fails, or says something that is no number, or of other actions.
        """
        try:
            propensity, uplift, variance = self._session.run(list(OUTPUT_NAMES), {INPUT_NAME: features})
        except RUNTIME_ERRORS as problem:
            raise ArtifactRefused(MODEL_FILE, "the runtime cannot run it") from problem
        for output in (propensity, uplift, variance):
            if output.shape != (len(features), self._actions) or not np.isfinite(output).all():
                raise ArtifactRefused(MODEL_FILE, "does not say a finite number of each action")
        return propensity, uplift, variance
