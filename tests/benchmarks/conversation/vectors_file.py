"""Keeps sentence vectors in a file, so that a second run need not encode the same texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.conversation.heads.inputs import VectorsOf
from training.conversation.linear import Singles


class KeptVectors:
    """Encodes each text once.

    Args:
        encode: Encodes texts.
        encoder: Its name: vectors of another one are not taken.
        path: Of the file; None keeps them in memory alone.
    """

    def __init__(self, encode: VectorsOf, encoder: str, path: Path | None) -> None:
        self._encode = encode
        self._encoder = encoder
        self._path = path
        self._known: dict[str, Singles] = {}
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> Singles:
        """Return the vector of each text, float32 (n, 384)."""
        keys = [self._key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            self._known.update(zip(new, self._encode(list(new.values())), strict=True))
        return np.stack([self._known[key] for key in keys])

    def save(self) -> None:
        """Write the file."""
        if self._path is not None and self._known:
            np.savez(self._path, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))

    def _key(self, text: str) -> str:
        content = f"{self._encoder}\n{text}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(content).hexdigest()
