"""How far stated probabilities are from observed rates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.evaluation.sample import Floats, Outcomes, in_every_weighting

BINS = 15


class Bins(NamedTuple):
    """Which bin each lead falls in."""

    bin_of_lead: npt.NDArray[np.intp]
    """(n,), each in [0, bin_count)."""
    bin_count: int


def equal_width_bins(probabilities: Floats, count: int = BINS) -> Bins:
    """Cut [0, 1] in ``count`` parts of one width; 1.0 belongs to the last."""
    index = np.minimum((probabilities * count).astype(np.intp), count - 1)
    return Bins(index, count)


def equal_mass_bins(probabilities: Floats, count: int = BINS) -> Bins:
    """Cut at quantiles, so that bins hold about as many leads each; equal probabilities stay together."""
    edges = np.unique(np.quantile(probabilities, np.arange(1, count) / count))
    return Bins(np.searchsorted(edges, probabilities, side="left").astype(np.intp), edges.size + 1)


def weighted_ece(outcomes: Outcomes, probabilities: Floats, bins: Bins, weights: Floats) -> Floats:
    """Return the expected calibration error: the mean over leads of |observed rate - mean probability| of their bin.

    Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017 for the 15 bins. Biased upwards in small samples.

    Args:
        outcomes: (n,).
        probabilities: (n,).
        bins: Of the probabilities.
        weights: float64 (r, n), how often each lead counts.

    Returns:
        float64 (r,), in [0, 1].
    """
    gap = np.zeros((probabilities.size, bins.bin_count))
    gap[np.arange(probabilities.size), bins.bin_of_lead] = outcomes - probabilities
    off = np.abs(in_every_weighting(gap, weights)).sum(axis=1)
    return np.asarray(off / weights.sum(axis=1), dtype=np.float64)


class ReliabilityBin(NamedTuple):
    """One point of a reliability diagram."""

    mean_probability: float
    observed_rate: float
    lead_count: int


def reliability(outcomes: Outcomes, probabilities: Floats, bins: Bins) -> tuple[ReliabilityBin, ...]:
    """Return the bins that hold leads, from low to high probabilities."""
    counts = np.bincount(bins.bin_of_lead, minlength=bins.bin_count)
    stated = np.bincount(bins.bin_of_lead, weights=probabilities, minlength=bins.bin_count)
    observed = np.bincount(bins.bin_of_lead, weights=outcomes.astype(np.float64), minlength=bins.bin_count)
    return tuple(
        ReliabilityBin(float(s / n), float(o / n), int(n))
        for s, o, n in zip(stated, observed, counts, strict=True)
        if n > 0
    )
