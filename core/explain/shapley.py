"""Shapley values of one leaf, by exact quadrature."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_SMALLEST_SHARE = 1e-30
"""Stands for a share of 0, so that a factor may be divided out again; changes a value by less than 1e-29 of it."""

Floats = npt.NDArray[np.float64]


def quadrature(degree: int) -> tuple[Floats, Floats]:
    """Return points in (0, 1) and weights that integrate polynomials below ``degree`` exactly over [0, 1]."""
    if degree < 1:
        return np.empty(0), np.empty(0)
    points, weights = np.polynomial.legendre.leggauss((degree + 1) // 2)
    return 0.5 * (points + 1.0), 0.5 * weights


def leaf_contributions(
    inside: npt.NDArray[np.bool_], share: Floats, value: Floats, rule: tuple[Floats, Floats]
) -> Floats:
    """Split what leaves give to a row among the features on their paths.

    With features S known, path-dependent TreeSHAP (Lundberg et al. 2020, https://doi.org/10.1038/s42256-019-0138-9)
    values a leaf at value x prod_{i in S} inside_i x prod_{i not in S} share_i. The Shapley weight of a set of size k
    among d features is k! (d-1-k)! / d! = integral over [0, 1] of t^k (1-t)^(d-1-k) dt, which turns the sum over all
    sets into one integral:

        phi_i = value x (inside_i - share_i) x integral of prod_{j != i} (inside_j t + share_j (1-t)) dt

    The integrand is a polynomial of degree d - 1, so Gauss-Legendre with ceil(d / 2) points is exact; every term is
    positive, so nothing cancels.

    Args:
        inside: (d, ...): whether the row meets all conditions of the path on feature i. Filler is True.
        share: Broadcastable to ``inside``: the product of cover ratios at those conditions, in [0, 1]. Filler is 1.
        value: Broadcastable to ``inside[0]``: the leaf's margin.
        rule: ``quadrature(d)``.

    Returns:
        Shape of ``inside``; the sum over axis 0 is value x (all inside - product of shares). Filler gets 0.
    """
    share = np.maximum(share, _SMALLEST_SHARE)
    integral = np.zeros(inside.shape)
    for known, weight in zip(*rule, strict=True):
        factor = inside * known + share * (1.0 - known)
        integral += weight * factor.prod(axis=0) / factor
    integral *= inside - share
    integral *= value
    return integral
