"""Golden answers: inputs of a version and the outputs it must reproduce before it may serve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused
from core.ports import Predictor
from core.version import GOLDEN_FILE

TOLERANCE = 1e-5
_MOST_ROWS = 1000


def golden_json(
    rows: npt.NDArray[np.float32],
    probabilities: npt.NDArray[np.float64],
    margins: npt.NDArray[np.float64],
    behavior: Mapping[str, Any] | None = None,
) -> bytes:
    """Return golden answers as JSON; NaN is written as null.

    Args:
        rows: (n, n_features): vectors.
        probabilities: (n,): of them.
        margins: (n,): of them.
        behavior: Of a version that looks at behaviour: see :func:`core.scoring.golden_behavior.golden_behavior`.
    """
    content: dict[str, Any] = {
        "rows": [[None if np.isnan(value) else float(value) for value in row] for row in rows],
        "probability": probabilities.tolist(),
        "margin": margins.tolist(),
    }
    if behavior is not None:
        content["behavior"] = behavior
    return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def check_golden(golden: bytes, predictor: Predictor, width: int) -> None:
    """Run the golden inputs and compare.

    Raises:
        ArtifactRefused: If the file is not golden answers for ``width`` features, or an output is off by more than
            1e-5.
    """
    try:
        content: dict[str, Any] = json.loads(golden)
        with np.errstate(over="ignore"):
            rows = np.array(content["rows"], dtype=np.float32)
        expected = [np.array(content[name], dtype=np.float64) for name in ("probability", "margin")]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as problem:
        raise ArtifactRefused(GOLDEN_FILE, "not golden answers") from problem
    fits = rows.ndim == 2 and 0 < len(rows) <= _MOST_ROWS and rows.shape[1] == width  # noqa: PLR2004  a matrix
    if not fits or any(values.shape != (len(rows),) for values in expected):
        raise ArtifactRefused(GOLDEN_FILE, f"must hold rows of {width} features with their answers")
    for got, want in zip(predictor.predict(rows), expected, strict=True):
        # Written so that NaN on either side fails.
        if got.shape != want.shape or not (np.abs(got - want) <= TOLERANCE).all():
            raise ArtifactRefused(GOLDEN_FILE, "the graph does not reproduce the golden answers")
    probability = predictor.predict(rows)[0]
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ArtifactRefused(GOLDEN_FILE, "probabilities must lie within [0, 1]")
