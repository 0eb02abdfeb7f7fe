"""What turns sentences into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

WIDTH = 384
"""Components of a sentence vector."""


class Encoder(Protocol):
    """A sentence encoder. Safe to share between threads."""

    @property
    def name(self) -> str:
        """Says which one it is: vectors of encoders of one name may be mixed, others not."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a vector of length 1 for each text, shape (len(texts), 384).

        The vector of a text is the same whatever others it is encoded with, within 1e-5. Only its first 128 tokens
        count.

        Raises:
            DependencyDown: If the encoder does not work.
        """
