"""Whether a difference between two samples is more than chance, however small they are."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, gammaln

Counts: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

LEAST_EXPECTED = 5.0
"""Bins that expect fewer values of either sample are merged with their neighbours (Cochran 1954)."""
_SAME = 1e-7
"""Tables this much more likely than the one seen still count as being as unlikely."""


def two_sample_p(base: Counts, now: Counts) -> float:
    """Return the p-value of "both samples come from one distribution", with the size of both.

    Sparse bins are merged; the merging looks at both samples together, so that it does not know which is which. Two
    bins are judged exactly; more by the chi-square of a 2 x k table.

    Args:
        base: Values of the baseline in each bin, (k,).
        now: Values now, (k,).

    Returns:
        In [0, 1]; 1 where nothing can be told.
    """
    n_base, n_now = int(base.sum()), int(now.sum())
    if not (n_base and n_now):
        return 1.0
    groups = _groups(base + now, LEAST_EXPECTED * (n_base + n_now) / min(n_base, n_now))
    a, b = np.add.reduceat(base, groups), np.add.reduceat(now, groups)
    if len(groups) == 1:
        mode = int(np.argmax(base + now))
        return share_p(int(base[mode]), n_base, int(now[mode]), n_now)
    if len(groups) == 2:  # noqa: PLR2004  a table of two by two
        return share_p(int(a[0]), n_base, int(b[0]), n_now)
    apart = np.sqrt(n_now / n_base) * a - np.sqrt(n_base / n_now) * b
    return float(chdtrc(len(groups) - 1, float((apart**2 / (a + b)).sum())))


def share_p(hits_base: int, n_base: int, hits_now: int, n_now: int) -> float:
    """Return the two-sided p-value of "both shares are equal": Fisher's exact test.

    Args:
        hits_base: How many of the baseline, 0 to ``n_base``.
        n_base: Size of the baseline.
        hits_now: How many now, 0 to ``n_now``.
        n_now: Size of the sample.

    Examples:
        >>> round(share_p(8, 10, 1, 6), 4)
        0.035
    """
    hits, total = hits_base + hits_now, n_base + n_now
    if not (n_base and n_now) or hits in {0, total}:
        return 1.0
    possible = np.arange(max(0, hits - n_base), min(hits, n_now) + 1)
    log_p = _log_choose(n_now, possible) + _log_choose(n_base, hits - possible) - _log_choose(total, hits)
    seen = log_p[hits_now - possible[0]]
    return float(min(1.0, np.exp(log_p[log_p <= seen + _SAME]).sum()))


def outside_p(n_base: int, below: int, above: int, n_now: int) -> float:
    """Return the p-value of so many values outside the range of a baseline if nothing has changed.

    All of the ``above`` largest of both samples together are then of the second one by chance alone: a ratio of
    binomial coefficients, exact, and doubled for the two sides.

    Args:
        n_base: Values that made the range.
        below: Values below its smallest.
        above: Values above its largest.
        n_now: Values in all, at least ``below + above``.
    """
    if not n_base or not n_now:
        return 1.0
    total = n_base + n_now
    sides = [float(np.exp(_log_choose(n_now, k) - _log_choose(total, k))) for k in (below, above)]
    return min(1.0, 2.0 * min(sides))


def rejection_threshold(p_values: npt.ArrayLike, level: float) -> float:
    """Return up to which p-value is rejected at a false discovery rate, -1 if none is.

    Where no hypothesis is false, the chance that any is rejected is at most ``level``; this holds for independent and
    for positively dependent tests (Benjamini and Hochberg 1995, Benjamini and Yekutieli 2001).

    Args:
        p_values: (n,), in [0, 1].
        level: In (0, 1).
    """
    ordered = np.sort(np.asarray(p_values, dtype=np.float64))
    passed = np.flatnonzero(ordered <= level * np.arange(1, ordered.size + 1) / max(1, ordered.size))
    return float(level * (passed[-1] + 1) / ordered.size) if passed.size else -1.0


def _groups(pooled: Counts, least: float) -> npt.NDArray[np.intp]:
    """Return where groups of neighbouring bins start, each with at least ``least`` values of both samples together."""
    starts, held = [0], 0
    for position, count in enumerate(pooled.tolist()):
        if held >= least:
            starts.append(position)
            held = 0
        held += count
    if held < least and len(starts) > 1:
        starts.pop()  # what is left joins the group before
    return np.array(starts, dtype=np.intp)


def _log_choose(n: int, k: npt.ArrayLike) -> Floats:
    chosen = np.asarray(k, dtype=np.float64)
    return np.asarray(gammaln(n + 1) - gammaln(chosen + 1) - gammaln(n - chosen + 1), dtype=np.float64)
