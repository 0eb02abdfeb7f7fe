"""A share of successes with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEVEL = 0.95
_Z = 1.959963984540054
"""Of the standard normal distribution, 97.5 % lie below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of successes with its 95 % score interval (Wilson 1927)."""

    successes: int
    total: int
    """At least 1."""
    rate: float
    """In [0, 1]."""
    lower: float
    upper: float
    """0 <= lower <= rate <= upper <= 1."""

    @classmethod
    def of(cls, successes: int, total: int) -> Rate | None:
        """Return the share of ``successes`` among ``total``, None if there is nothing to tell from."""
        if total == 0:
            return None
        rate, squared = successes / total, _Z * _Z
        centre = (rate + squared / (2 * total)) / (1 + squared / total)
        spread = rate * (1 - rate) / total + squared / (4 * total * total)
        half = _Z / (1 + squared / total) * math.sqrt(spread)
        # At 0 and at 1 one end is the rate itself, but for rounding.
        lower, upper = min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))
        return cls(successes=successes, total=total, rate=rate, lower=lower, upper=upper)
