"""Whether things fell into classes as they should have, tested at every moment as well as once."""

from __future__ import annotations

import math
from collections.abc import Sequence

CONCENTRATION = 100.0
"""Of the Dirichlet prior: it looks for shares that are off by some five points, and finds others later."""


def anytime_p(counts: Sequence[float], expected: Sequence[float]) -> float:
    """Return a p-value that may be looked at after every unit: below alpha ever with a chance of alpha at most.

    One over the Bayes factor of shares drawn from a Dirichlet distribution around the expected ones against just these
    (Lindon and Malek 2022, arXiv 2011.03567, section 3). A chi-square test that is looked at daily raises false alarms
    again and again.

    Args:
        counts: Of each class, >= 0.
        expected: Of each class, on any scale; classes that expect nothing are left out.
    """
    kept = [(count, share) for count, share in zip(counts, expected, strict=True) if share > 0.0]
    total, scale = math.fsum(count for count, _ in kept), math.fsum(share for _, share in kept)
    if total <= 0.0:
        return 1.0
    evidence = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + total)
    for count, share in kept:
        prior = CONCENTRATION * share / scale
        evidence += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share / scale)
    return math.exp(-max(0.0, min(evidence, 700.0)))


def chi_square_p(counts: Sequence[float], expected: Sequence[float]) -> float:
    """Return Pearson's p-value: right for one look. Arguments as above; 1 with fewer than two classes."""
    from scipy.special import chdtrc  # noqa: PLC0415 - the server starts without scipy

    kept = [(count, share) for count, share in zip(counts, expected, strict=True) if share > 0.0]
    total, scale = math.fsum(count for count, _ in kept), math.fsum(share for _, share in kept)
    if total <= 0.0 or len(kept) < 2:  # noqa: PLR2004 - one class has nothing to be compared with
        return 1.0
    fair = [(count, total * share / scale) for count, share in kept]
    return float(chdtrc(len(kept) - 1, math.fsum((count - mean) ** 2 / mean for count, mean in fair)))
