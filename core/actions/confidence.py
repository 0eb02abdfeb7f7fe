"""How sure it is that an action is a good one."""

from __future__ import annotations

import math

from core.actions.effects import Effect
from core.actions.ranking import RankingBasis
from core.actions.tallies import NORMAL_975

LEAST = 0.2
"""Of an action that passed the rules, of a lead of which nothing is known."""
OF_LEAD = 0.3
"""Weight of what is known of the lead."""
OF_OUTCOMES = 0.5
"""Weight of what outcomes say."""
HALF_SURE = 30.0
"""Outcomes with which a propensity is half as sure as it can be."""
WITHOUT_MODEL = 0.8
"""Factor where a model should have answered and could not."""


def confidence_of(basis: RankingBasis, effect: Effect | None, lead_confidence: float, *, is_fallback: bool) -> float:
    """Return how sure it is that an action is good, in [0, 1]: ``0.2 + 0.3 * lead + 0.5 * outcomes``.

    ``outcomes`` is ``n / (n + 30)`` for propensities from n outcomes; for an uplift ``2 * P(uplift > 0) - 1``, never
    below 0, from its interval; 0 where priorities order.

    Args:
        basis: What orders.
        effect: What outcomes say of it.
        lead_confidence: How much is known of the lead, in [0, 1].
        is_fallback: Whether a model should have answered.
    """
    said = LEAST + OF_LEAD * lead_confidence + OF_OUTCOMES * _outcomes(basis, effect)
    return min(1.0, max(0.0, said * (WITHOUT_MODEL if is_fallback else 1.0)))


def _outcomes(basis: RankingBasis, effect: Effect | None) -> float:
    if effect is None or basis is RankingBasis.PRIORITY:
        return 0.0
    if basis is RankingBasis.INCREMENTAL_VALUE:
        return _surely_positive(effect)
    return effect.evidence_count / (effect.evidence_count + HALF_SURE)


def _surely_positive(effect: Effect) -> float:
    if effect.uplift is None or effect.interval is None:
        return 0.0
    deviation = (effect.interval[1] - effect.interval[0]) / (2.0 * NORMAL_975)
    if deviation <= 0.0:
        return 1.0 if effect.uplift > 0.0 else 0.0
    return max(0.0, math.erf(effect.uplift / deviation / math.sqrt(2.0)))
