"""What tests of two shares must say, to 60 digits and by the formulas of the papers, not by those of the product."""

from __future__ import annotations

from functools import cache

from mpmath import mp, mpf

from tests.unit.core.experiments.statistics.hard_cases import Counts

DIGITS = 60
_HALVINGS = 110

Ends = tuple[float, float]
Arm = tuple[int, int]


def z_test(counts: Counts) -> tuple[float, float]:
    with mp.workdps(DIGITS):
        x1, n1, x0, n0 = map(mpf, counts)
        pooled = (x1 + x0) / (n1 + n0)
        z = (x1 / n1 - x0 / n0) / mp.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        return float(z), float(mp.erfc(abs(z) / mp.sqrt(2)))


def wald(counts: Counts) -> Ends:
    with mp.workdps(DIGITS):
        x1, n1, x0, n0 = map(mpf, counts)
        p1, p0 = x1 / n1, x0 / n0
        reach = _z() * mp.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        return float(p1 - p0 - reach), float(p1 - p0 + reach)


def wilson(x: int, n: int) -> Ends:
    with mp.workdps(DIGITS):
        lower, upper = _wilson(mpf(x), mpf(n))
        return float(lower), float(upper)


def newcombe(counts: Counts) -> Ends:
    with mp.workdps(DIGITS):
        x1, n1, x0, n0 = map(mpf, counts)
        p1, p0 = x1 / n1, x0 / n0
        (l1, u1), (l0, u0) = _wilson(x1, n1), _wilson(x0, n0)
        lower = p1 - p0 - mp.sqrt((p1 - l1) ** 2 + (u0 - p0) ** 2)
        upper = p1 - p0 + mp.sqrt((u1 - p1) ** 2 + (p0 - l0) ** 2)
        return float(lower), float(upper)


def miettinen_nurminen(counts: Counts) -> Ends:
    """The differences whose score statistic is z, found by halving; the constrained shares are roots of the cubic."""
    with mp.workdps(DIGITS):
        seen = mpf(counts.x1) / counts.n1 - mpf(counts.x0) / counts.n0
        return float(_end(counts, seen, mpf(-1))), float(_end(counts, seen, mpf(1)))


def _end(counts: Counts, seen: mpf, limit: mpf) -> mpf:
    inside, outside = seen, limit
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        # Both by |difference|: at the limit itself the variance may be 0.
        rejected = abs(seen - middle) > _z() * mp.sqrt(_constrained_variance(counts, middle))
        inside, outside = (inside, middle) if rejected else (middle, outside)
    return inside


def _constrained_variance(counts: Counts, difference: mpf) -> mpf:
    x1, n1, x0, n0 = map(mpf, counts)
    n, x = n1 + n0, x1 + x0
    # Miettinen and Nurminen 1985, appendix I: of the restricted maximum likelihood estimate of the control's share.
    l3 = n
    l2 = (n1 + 2 * n0) * difference - n - x
    l1 = (n0 * difference - n - 2 * x0) * difference + x
    l0 = x0 * difference * (1 - difference)
    q = l2**3 / (3 * l3) ** 3 - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    root = mp.sqrt(max(mpf(0), l2**2 / (3 * l3) ** 2 - l1 / (3 * l3)))
    p = root if q >= 0 else -root
    angle = (mp.pi + mp.acos(max(mpf(-1), min(mpf(1), q / p**3)) if p else mpf(1))) / 3
    p0 = 2 * p * mp.cos(angle) - l2 / (3 * l3)
    p0 = min(max(p0, mpf(0), -difference), mpf(1), 1 - difference)
    p1 = p0 + difference
    return (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)


def _wilson(x: mpf, n: mpf) -> tuple[mpf, mpf]:
    z, p = _z(), x / n
    centre, reach = p + z**2 / (2 * n), z * mp.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (centre - reach) / (1 + z**2 / n), (centre + reach) / (1 + z**2 / n)


@cache
def _z() -> mpf:
    return mp.sqrt(2) * mp.erfinv(mpf("0.95"))


def probability_better(counts: Counts) -> float:
    """Beta posteriors with whole parameters: a finite sum over the treatment's conversions (Cook 2005; Miller 2015)."""
    with mp.workdps(DIGITS):
        return float(_better(1 + counts.x1, 1 + counts.n1 - counts.x1, 1 + counts.x0, 1 + counts.n0 - counts.x0))


def expected_loss(counts: Counts) -> float:
    """E max(p0 - p1, 0) = E p0 P(p0' > p1) - E p1 P(p0 > p1'), where ' adds 1 to the first parameter."""
    with mp.workdps(DIGITS):
        a1, b1, a0, b0 = 1 + counts.x1, 1 + counts.n1 - counts.x1, 1 + counts.x0, 1 + counts.n0 - counts.x0
        of_control = mpf(a0) / (a0 + b0) * _better(a0 + 1, b0, a1, b1)
        return float(of_control - mpf(a1) / (a1 + b1) * _better(a0, b0, a1 + 1, b1))


def _better(a1: int, b1: int, a0: int, b0: int) -> mpf:
    """P(Beta(a1, b1) > Beta(a0, b0)): the sum over i < a1 of B(a0 + i, b0 + b1) / ((b1 + i) B(1 + i, b1) B(a0, b0))."""
    term = mp.beta(a0, b0 + b1) / mp.beta(a0, b0)
    total = mpf(0)
    for i in range(a1):
        total += term
        # The ratio of neighbouring terms.
        term *= mpf((a0 + i) * (b1 + i)) / ((a0 + b0 + b1 + i) * (i + 1))
    return total


def student_p(t: float, degrees: float) -> float:
    with mp.workdps(DIGITS):
        square, nu = mpf(t) ** 2, mpf(degrees)
        return float(mp.betainc(nu / 2, mpf(1) / 2, 0, nu / (nu + square), regularized=True))
