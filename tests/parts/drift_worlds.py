"""A made-up world of 64 features of every sort, with or without drift, for what the drift test must hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.monitoring.drift import Comparison, find_drift, sample_of, sample_of_training
from core.monitoring.findings import Baseline, DriftFinding
from core.monitoring.profile import VersionProfile
from core.monitoring.reference import Reference, reference_arrays, reference_from_arrays
from core.monitoring.sketch import Sketch, sketch_of

WIDTH = 64
THRESHOLD = 0.5
SHIFTED = 0
"""The feature that shifts."""
KIND, VERSION = "lead_score", "v1"
_FLAGS, _CONSTANT, _COUNTS, _MISSING, _RARE = (
    slice(a, b) for a, b in [(20, 30), (30, 34), (34, 44), (44, 54), (54, 64)]
)

Rows = npt.NDArray[np.float32]


def leads(
    generator: np.random.Generator, count: int, *, correlation: float = 0.0, shift: float = 0.0
) -> tuple[Rows, npt.NDArray[np.float64]]:
    """Return vectors (count, 64) and their probabilities (count,).

    20 normal features, 10 flags from common to rare, 4 constants, 10 counts, 10 that are missing in a sixth of the
    rows, 10 that are nought in most rows.

    Args:
        generator: Of the chance.
        count: Rows.
        correlation: Of every two features before they are made what they are, in [0, 1).
        shift: Of the first feature, in standard deviations.
    """
    own, shared = generator.normal(size=(count, WIDTH)), generator.normal(size=(count, 1))
    base = np.sqrt(correlation) * shared + np.sqrt(1.0 - correlation) * own
    base[:, SHIFTED] += shift
    rows = base.copy()
    rows[:, _FLAGS] = base[:, _FLAGS] > np.linspace(-1.0, 2.5, 10)
    rows[:, _CONSTANT] = 1.0
    rows[:, _COUNTS] = np.round(np.exp(base[:, _COUNTS]))
    rows[:, _MISSING] = np.where(base[:, _MISSING] > 1.0, np.nan, np.abs(base[:, _MISSING]))
    rows[:, _RARE] = np.where(base[:, _RARE] > 1.5, base[:, _RARE], 0.0)
    probabilities = 1.0 / (1.0 + np.exp(1.0 - 0.5 * base[:, 1:6].sum(axis=1)))
    return rows.astype(np.float32), probabilities


def training(generator: np.random.Generator, count: int, *, correlation: float = 0.0) -> Reference:
    """Return what training saw."""
    return reference_from_arrays(reference_arrays(*leads(generator, count, correlation=correlation)))


def profile_of(reference: Reference) -> VersionProfile:
    """Return the profile of a version that was trained on it."""
    return VersionProfile(
        kind=KIND,
        version=VERSION,
        names=[f"feature_{number}" for number in range(reference.width)],
        groups=["Made up"] * reference.width,
        calendar=[False] * reference.width,
        reference=reference,
        threshold=THRESHOLD,
    )


def served(
    generator: np.random.Generator, reference: Reference, count: int, *, correlation: float = 0.0, shift: float = 0.0
) -> Sketch:
    """Return the sums over answers."""
    return sketch_of(*leads(generator, count, correlation=correlation, shift=shift), reference, THRESHOLD)


def daily_check(reference: Reference, today: Sketch, week: Sketch | None) -> list[DriftFinding]:
    """Return everything a full check finds, of features and score, against training and the week before."""
    now, every = sample_of(today), np.ones(reference.width, dtype=np.bool_)
    found = [Comparison(baseline=Baseline.TRAINING, base=sample_of_training(reference), now=now, columns=every)]
    if week is not None:
        found.append(Comparison(baseline=Baseline.LAST_WEEK, base=sample_of(week), now=now, columns=every))
    features, score = find_drift(profile_of(reference), found)
    return [*features, *score]
