"""All checks of an experiment."""

from __future__ import annotations

from core.experiments.facts import Facts
from core.experiments.results import TrustCheck
from core.experiments.trust.allocation import crossover, sample_ratio, similar_units, zero_arm_leak
from core.experiments.trust.answers import early_conversions, fallback_answers
from core.experiments.trust.novelty import novelty

_CHECKS = (sample_ratio, zero_arm_leak, crossover, early_conversions, similar_units, novelty, fallback_answers)


def trust_checks(facts: Facts) -> tuple[TrustCheck, ...]:
    """Return what each check found, those of the allocation first."""
    return tuple(check(facts) for check in _CHECKS)
