"""The real sentence encoder, its weights prepared once for all tests of a machine."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from core.adapters.encoder_loading import load_encoder
from core.adapters.onnx_encoder import OnnxEncoder

ENCODER_DIR = Path(tempfile.gettempdir()) / "leadline-test-encoder"
"""What is kept there is checked by its digest before it is used."""


@cache
def real_encoder() -> OnnxEncoder | None:
    """Return the encoder; None where its packages are not installed."""
    return load_encoder(ENCODER_DIR)
