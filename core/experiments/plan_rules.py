"""What must hold of a plan."""

from __future__ import annotations

from core.errors import Violation
from core.experiments.plan import EffectScale, Plan

MAX_LOOKS = 100
MAX_UNITS = 10**12
"""More than anybody has, and far from what makes sums of squares overflow."""
MIN_RATE = 1e-12
"""Of the control, and of those who do not convert there: with 1e12 units none is expected below."""
MAX_RELATIVE_EFFECT = 100.0
"""As of an experiment, whose smallest effect that matters is the plan's unless it is set."""
MIN_ALPHA, MAX_ALPHA = 1e-9, 0.5
"""Boundaries end at |z| = 8: of much less nothing could be spent."""
MIN_POWER, MAX_POWER = 0.5, 0.999999
MIN_UNITS_PER_DAY = 1e-6
"""One unit in some three thousand years."""


def plan_violations(plan: Plan, field: str) -> list[Violation]:
    """Return every broken rule, with fields as in ``plan.alpha``; empty if the plan is fine.

    Args:
        plan: Complete, or still without its horizon.
        field: Where the plan stands on the wire.
    """
    has_rate = MIN_RATE <= plan.baseline_rate <= 1.0 - MIN_RATE
    has_traffic = plan.units_per_day == 0.0 or MIN_UNITS_PER_DAY <= plan.units_per_day <= MAX_UNITS
    checks = (
        ("baseline_rate", has_rate, "must be 1e-12 to 1 - 1e-12"),
        ("min_effect", plan.min_effect > 0.0, "must be above 0"),
        (
            "min_effect",
            plan.effect_scale is EffectScale.ABSOLUTE or not plan.min_effect > MAX_RELATIVE_EFFECT,
            f"must be at most {MAX_RELATIVE_EFFECT:g} on the relative scale",
        ),
        (
            "min_effect",
            not has_rate or not plan.min_effect > 0.0 or _expected_rate(plan) < 1.0,
            "must leave the expected rate, the baseline with the effect, below 1",
        ),
        ("alpha", MIN_ALPHA <= plan.alpha < MAX_ALPHA, "must be 1e-9 or above, and below 0.5"),
        ("power", MIN_POWER <= plan.power <= MAX_POWER, "must be 0.5 to 0.999999"),
        ("look_count", 1 <= plan.look_count <= MAX_LOOKS, f"must be 1 to {MAX_LOOKS}"),
        ("horizon_units", 0 <= plan.horizon_units <= MAX_UNITS, "must be 0 to 1e12"),
        ("units_per_day", has_traffic, "must be 0, or 1e-6 to 1e12"),
    )
    return [Violation(field=f"{field}.{name}", rule=rule) for name, holds, rule in checks if not holds]


def _expected_rate(plan: Plan) -> float:
    if plan.effect_scale is EffectScale.ABSOLUTE:
        return plan.baseline_rate + plan.min_effect
    return plan.baseline_rate * (1.0 + plan.min_effect)
