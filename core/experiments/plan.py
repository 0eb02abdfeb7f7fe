"""What an experiment is planned to find, and when it ends if it never stops before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EffectScale(StrEnum):
    """Scale of an effect."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Design of the planned-horizon test."""

    baseline_rate: float
    """Of the control, in (0, 1)."""
    min_effect: float
    """> 0."""
    effect_scale: EffectScale = EffectScale.RELATIVE
    alpha: float = 0.05
    """Two-sided, in [1e-9, 0.5)."""
    power: float = 0.8
    """In [0.5, 0.999999]."""
    look_count: int = 20
    """1 to 100."""
    horizon_units: int = 0
    """Units of all variants together at which it ends; 0 until it is worked out."""
    units_per_day: float = 0.0
    """0: not known."""

    @property
    def days(self) -> float | None:
        """Until the horizon; None where the traffic is not known."""
        return self.horizon_units / self.units_per_day if self.units_per_day > 0 and self.horizon_units else None
