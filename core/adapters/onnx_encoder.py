"""A sentence encoder that runs with ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# The runtime reports its use to its maker and keeps a device id, from the moment it is loaded, unless told not to.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251  not a setting of ours
import onnxruntime
from tokenizers import Tokenizer

from core import deadline
from core.adapters.onnx_predictor import RUNTIME_ERRORS, one_thread
from core.conversation.encoder import WIDTH
from core.errors import ArtifactRefused, DependencyDown

MOST_TOKENS = 128
LONGEST_TEXT = 2_000
"""Code points that are tokenised: the 128 tokens that count are among them but for freaks."""
ENCODER = "encoder"
_OUTPUTS = ["last_hidden_state"]
_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
_SMALLEST = 1e-9


class OnnxEncoder:
    """MiniLM on one thread, one text at a time. Implements :class:`core.conversation.encoder.Encoder`.

    One at a time, because whole numbers are scaled by the largest of all that is multiplied at once: in a batch the
    vector of a text would depend on its neighbours. A batch would save a quarter of the time.

    Args:
        name: Which weights these are.
        model: The graph, already checked.
        tokenizer: Content of its ``tokenizer.json``.

    Raises:
        ArtifactRefused: If they cannot be loaded.
    """

    def __init__(self, name: str, model: bytes, tokenizer: bytes) -> None:
        self.name = name
        try:
            self._tokenizer = Tokenizer.from_buffer(tokenizer)
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(MOST_TOKENS)
        except Exception as problem:  # the library raises Exception itself
            raise ArtifactRefused("tokenizer.json", "cannot be loaded") from problem
        try:
            self._session = onnxruntime.InferenceSession(model, one_thread(), providers=["CPUExecutionProvider"])
        except RUNTIME_ERRORS as problem:
            raise ArtifactRefused("model.onnx", "the runtime cannot load it") from problem
        if {tensor.name for tensor in self._session.get_inputs()} != _INPUTS:
            raise ArtifactRefused("model.onnx", "is not the graph of a sentence encoder")

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """See :class:`core.conversation.encoder.Encoder`.

        Raises:
            DependencyDown: If the runtime fails.
            DeadlineSpent: If the deadline of the call passes in between.
        """
        rows = np.empty((len(texts), WIDTH), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            deadline.check()
            row[:] = self._encode(text)
        return rows

    def _encode(self, text: str) -> npt.NDArray[np.float32]:
        # Lone surrogates are no Unicode, and the tokenizer takes nothing else.
        plain = text[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")
        ids = np.array([self._tokenizer.encode(plain).ids], dtype=np.int64)
        try:
            (states,) = self._session.run(
                _OUTPUTS, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            )
        except RUNTIME_ERRORS as problem:
            raise DependencyDown(ENCODER) from problem
        vector: npt.NDArray[np.float32] = states[0].mean(axis=0)
        if not np.isfinite(vector).all():
            raise DependencyDown(ENCODER)
        return vector / max(float(np.linalg.norm(vector)), _SMALLEST)
