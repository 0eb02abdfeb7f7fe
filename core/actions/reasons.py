"""Why an action is recommended, in words."""

from __future__ import annotations

from collections.abc import Iterator

from core.actions.ranking import RankedAction, RankingBasis
from core.criteria.facts import Facts
from core.health.health import LeadHealth

MOST_REASONS = 5
_OF_FACTS = (
    ("analysis.is_urgent", "The lead is in a hurry"),
    ("analysis.is_unanswered", "The lead waits for an answer"),
    ("analysis.is_buying", "The lead is ready to buy"),
)


def reasons_of(
    ranked: RankedAction, basis: RankingBasis, facts: Facts, health: LeadHealth, *, is_explored: bool
) -> tuple[str, ...]:
    """Return up to five reasons, the weightiest first, none twice."""
    found = dict.fromkeys(_reasons(ranked, basis, facts, health, is_explored=is_explored))
    return tuple(found)[:MOST_REASONS]


def _reasons(
    ranked: RankedAction, basis: RankingBasis, facts: Facts, health: LeadHealth, *, is_explored: bool
) -> Iterator[str]:
    if is_explored:
        yield "Chosen by chance, to learn what it brings"
    for weight in sorted(ranked.held, key=lambda one: -one.percent):
        if weight.percent > 0.0:
            yield weight.reason
    yield from _outcomes(ranked, basis)
    for name, text in _OF_FACTS:
        if facts.get(name) is True:
            yield text
    yield from (reason.text for reason in health.reasons[:2] if reason.points > 0.0)
    if basis is RankingBasis.PRIORITY:
        yield f"Priority {ranked.ready.action.priority:g} of 100 in the catalogue"


def _outcomes(ranked: RankedAction, basis: RankingBasis) -> Iterator[str]:
    effect = ranked.effect
    if effect is None or not effect.evidence_count:
        return
    after = f"after {effect.evidence_count:,} outcomes"
    if basis is RankingBasis.INCREMENTAL_VALUE and effect.uplift is not None:
        if effect.uplift > 0.0:
            yield f"Makes a conversion {100.0 * effect.uplift:.1f} points more probable, {after}"
    else:
        yield f"{100.0 * effect.propensity:.1f} % convert after it, {after}"
