"""Sums over the units of one variant: all that the statistics need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Of one number y over units, beside a covariate x where it is known."""

    count: int = 0
    total: float = 0.0
    """Sum of y."""
    squares: float = 0.0
    """Sum of y squared."""
    paired_count: int = 0
    """Units whose x is known."""
    paired_total: float = 0.0
    """Sum of their y."""
    paired_squares: float = 0.0
    covariate_total: float = 0.0
    """Sum of x."""
    covariate_squares: float = 0.0
    products: float = 0.0
    """Sum of x times y."""

    def plus(self, value: float, covariate: float | None) -> Self:
        """Return these with one more unit."""
        known = covariate is not None
        x = covariate or 0.0
        return type(self)(
            count=self.count + 1,
            total=self.total + value,
            squares=self.squares + value * value,
            paired_count=self.paired_count + known,
            paired_total=self.paired_total + (value if known else 0.0),
            paired_squares=self.paired_squares + (value * value if known else 0.0),
            covariate_total=self.covariate_total + x,
            covariate_squares=self.covariate_squares + x * x,
            products=self.products + x * value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioMoments:
    """Of two numbers over units: converted leads (top) and leads (bottom)."""

    count: int = 0
    top: float = 0.0
    bottom: float = 0.0
    top_squares: float = 0.0
    bottom_squares: float = 0.0
    products: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedMoments:
    """Of conversion, each unit weighted by 1 / propensity: what a bandit's analysis rests on."""

    weight: float = 0.0
    """Sum of 1 / p."""
    weight_squares: float = 0.0
    """Sum of 1 / p squared."""
    converted: float = 0.0
    """Sum of y / p."""
    converted_squares: float = 0.0
    """Sum of y / p squared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantTally:
    """One variant; testers are left out."""

    variant: str
    units: int = 0
    converted: Moments = Moments()
    contact_success: Moments = Moments()
    conversion_value: Moments = Moments()
    mean_score: Moments = Moments()
    """Over units with a score: of each its mean."""
    per_lead: RatioMoments = RatioMoments()
    weighted: WeightedMoments = WeightedMoments()
    leads: int = 0
    early: int = 0
    """Units with a lead that had converted before the exposure."""
    fallback_answers: int = 0
    expected_units: float = 0.0
    """How many of all units should be here by their propensities."""
