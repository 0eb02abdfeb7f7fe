"""How far two binned distributions are from each other, for many features at once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Counts: TypeAlias = npt.NDArray[np.int64]
"""int64 (f, k): values of each of f features in each of k bins, in order."""
Floats: TypeAlias = npt.NDArray[np.float64]

_LEAST_COUNT = 0.5
"""Stands for an empty bin where a logarithm is taken."""


def shares(counts: Counts) -> Floats:
    """Return the share of each bin, (f, k); nought where a feature has no values."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), dtype=np.float64)


def population_stability(base: Counts, now: Counts) -> Floats:
    """Return the population stability index less its expectation without a change, never below 0: (f,).

    Without a change the index is about chi-square distributed: its mean is (bins - 1) (1/n_base + 1/n_now) over the
    bins that are not empty in both (Yurdakul 2018).
    """
    n_base, n_now = base.sum(axis=1), now.sum(axis=1)
    p, q = _smoothed(base), _smoothed(now)
    used = (base + now) > 0
    raw = np.where(used, (q - p) * np.log(q / p), 0.0).sum(axis=1)
    by_chance = (used.sum(axis=1) - 1) * (1.0 / np.maximum(n_base, 1) + 1.0 / np.maximum(n_now, 1))
    return np.where((n_base > 0) & (n_now > 0), np.maximum(0.0, raw - by_chance), 0.0)


def kolmogorov_smirnov(base: Counts, now: Counts) -> Floats:
    """Return the largest difference of the cumulative shares over the bins, in [0, 1]: (f,)."""
    apart = np.abs(np.cumsum(shares(base), axis=1) - np.cumsum(shares(now), axis=1)).max(axis=1)
    return np.where((base.sum(axis=1) > 0) & (now.sum(axis=1) > 0), np.minimum(apart, 1.0), 0.0)


def jensen_shannon(base: Counts, now: Counts) -> Floats:
    """Return the Jensen-Shannon distance, base 2: the root of the divergence, in [0, 1]: (f,)."""
    p, q = shares(base), shares(now)
    middle = (p + q) / 2.0
    divergence = (_entropy_terms(p, middle) + _entropy_terms(q, middle)).sum(axis=1) / 2.0
    known = (base.sum(axis=1) > 0) & (now.sum(axis=1) > 0)
    return np.where(known, np.sqrt(np.clip(divergence, 0.0, 1.0)), 0.0)


def superiority(base: Counts, now: Counts) -> Floats:
    """Return the probability that a value now lies above one of the baseline, ties counted half: (f,).

    0.5 means that the middle stayed (Mann and Whitney 1947).
    """
    p, q = shares(base), shares(now)
    below = np.cumsum(p, axis=1) - p / 2.0
    known = (base.sum(axis=1) > 0) & (now.sum(axis=1) > 0)
    return np.where(known, (q * below).sum(axis=1), 0.5)


def _smoothed(counts: Counts) -> Floats:
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.maximum(counts, _LEAST_COUNT) / total, dtype=np.float64)


def _entropy_terms(p: Floats, middle: Floats) -> Floats:
    ratio = np.divide(p, middle, out=np.ones_like(p), where=p > 0)
    return np.asarray(p * np.log2(ratio), dtype=np.float64)
