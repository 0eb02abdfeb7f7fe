"""What a kernel does with infinities in a row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LARGEST = np.finfo(np.float32).max
"""The largest finite value of a feature."""


def clip_infinities(
    rows: npt.NDArray[np.float32], out: npt.NDArray[np.float32] | None = None
) -> npt.NDArray[np.float32]:
    """Return the rows with infinities replaced by the largest finite numbers; NaN stays."""
    clipped = np.minimum(rows, LARGEST, out=out)
    return np.maximum(clipped, -LARGEST, out=clipped)
