"""Venn-Abers intervals, from steps worked out in training."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused
from core.scoring.result import IntervalMethod, ProbabilityInterval
from core.version import INTERVAL_FILE


@dataclass(frozen=True, slots=True)
class VennAbersSteps:
    """The inductive Venn-Abers predictor of one version, as two step functions of the margin.

    Vovk, Petej, Fedorova 2015, "Large-scale probabilistic predictors with and without guarantees of validity", §3. For
    a new lead with margin m, p0 and p1 are what isotonic regression over the calibration leads would say of it if it
    were known not to convert, and to convert; [p0, p1] is a pair of calibrated probabilities of which one is right.
    """

    margins: list[float]
    """The k distinct margins of the calibration leads, rising."""
    p0: list[float]
    """k values: p0 for a new margin whose nearest calibration margin from below is ``margins[i]``."""
    p1: list[float]
    """k values: p1 for a new margin whose nearest calibration margin from above is ``margins[i]``."""

    def interval(self, margin: float, probability: float) -> ProbabilityInterval:
        """Return the interval for a margin, widened where needed to hold the served ``probability``."""
        below = bisect_right(self.margins, margin) - 1
        above = bisect_left(self.margins, margin)
        lower = self.p0[below] if below >= 0 else 0.0
        upper = self.p1[above] if above < len(self.p1) else 1.0
        return ProbabilityInterval(
            lower=min(lower, probability), upper=max(upper, probability), method=IntervalMethod.VENN_ABERS
        )

    def arrays(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return the steps as arrays, for the artefact."""
        return {name: np.array(getattr(self, name), dtype=np.float64) for name in ("margins", "p0", "p1")}


def steps_from_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> VennAbersSteps:
    """Rebuild the steps.

    Raises:
        ArtifactRefused: If they are not rising steps within [0, 1].
    """
    try:
        margins, p0, p1 = (arrays[name] for name in ("margins", "p0", "p1"))
    except KeyError as problem:
        raise ArtifactRefused(INTERVAL_FILE, "lacks its steps") from problem
    if any(array.dtype != np.float64 for array in (margins, p0, p1)):
        raise ArtifactRefused(INTERVAL_FILE, "its steps must be float64")
    shapes_fit = margins.ndim == 1 and margins.shape == p0.shape == p1.shape and len(margins) > 0
    if not shapes_fit or not np.isfinite(margins).all() or (np.diff(margins) <= 0).any():
        raise ArtifactRefused(INTERVAL_FILE, "its margins must be finite and rising")
    for steps in (p0, p1):
        if not ((steps >= 0) & (steps <= 1)).all() or (np.diff(steps) < 0).any():
            raise ArtifactRefused(INTERVAL_FILE, "its probabilities must rise within [0, 1]")
    return VennAbersSteps(margins.tolist(), p0.tolist(), p1.tolist())
