"""Loads the sentence encoder, and tries it out before it serves."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from core.adapters.encoder_weights import (
    ENCODER_NAME,
    TOKENIZER_FILE,
    TOKENIZER_PACKAGE,
    packaged,
    prepared_weights,
    shipped_weights,
)
from core.errors import ArtifactRefused

if TYPE_CHECKING:
    from core.adapters.onnx_encoder import OnnxEncoder

_ALIKE = ("we would like to buy this house", "I want to purchase the home")
_OTHER = "the printer on the second floor is out of paper"
_LEAST_ALIKE, _MOST_OTHER = 0.6, 0.3


def load_encoder(folder: Path) -> OnnxEncoder | None:
    """Return the encoder; None if its packages are not installed.

    Args:
        folder: Where prepared weights are kept, see :func:`core.adapters.encoder_weights.prepared_weights`.

    Raises:
        ArtifactRefused: If its weights cannot be prepared, or it does not tell sentences apart as it should.
    """
    tokenizer = packaged(TOKENIZER_PACKAGE, TOKENIZER_FILE)
    if tokenizer is None or shipped_weights() is None or importlib.util.find_spec("tokenizers") is None:
        return None
    from core.adapters.onnx_encoder import OnnxEncoder  # noqa: PLC0415  it needs the library that may not be there

    weights = prepared_weights(folder)
    if weights is None:
        raise ArtifactRefused("model.onnx", "the weights of the sentence encoder cannot be prepared")
    encoder = OnnxEncoder(ENCODER_NAME, weights, tokenizer)
    try_out(encoder)
    return encoder


def try_out(encoder: OnnxEncoder) -> None:
    """Let an encoder show that it finds two sentences of one meaning alike, and a third one not.

    Raises:
        ArtifactRefused: If it does not.
    """
    first, second, third = encoder.encode([*_ALIKE, _OTHER])
    # Written so that NaN fails.
    if not (float(first @ second) >= _LEAST_ALIKE and float(first @ third) <= _MOST_OTHER):
        raise ArtifactRefused("model.onnx", "the sentence encoder does not tell sentences apart")
