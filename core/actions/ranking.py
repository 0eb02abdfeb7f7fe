"""What actions are worth, as products of few terms.

Propensity x context x value x levers is how decisioning systems weigh actions; where outcomes compare an action with a
baseline, what it adds takes the place of what it reaches (Gutierrez and Gerardy, "Causal inference and uplift
modelling", 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import NamedTuple

from core.actions.effects import Effect
from core.actions.fatigue import fatigue
from core.actions.past import Past
from core.actions.ready import ReadyAction, ReadyCatalog, ReadyWeight
from core.criteria.facts import Facts

LEAST_CONTEXT, MOST_CONTEXT = 0.1, 10.0
"""The factor that context weights make is kept within these."""
LEAST_OUTCOMES = 20
"""Outcomes of all candidates together from which on propensities order them."""
COMPARED_SHARE = 0.5
"""Share of the candidates whose uplift must be known for uplifts to order them."""


class RankingBasis(StrEnum):
    """What an order rests on; actions of one answer are ordered by one."""

    INCREMENTAL_VALUE = "incremental_value"
    PROPENSITY = "propensity"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTerm:
    """One factor."""

    name: str
    factor: float
    text: str
    """What it rests on."""


class RankedAction(NamedTuple):
    """A candidate with its worth. A tuple, since an answer makes one of each candidate."""

    ready: ReadyAction
    rank_score: float
    """The product of all factors, in their order, bit for bit."""
    factors: tuple[float, ...]
    """In the order of :data:`TERMS` of the basis."""
    held: tuple[ReadyWeight, ...]
    """Context weights that hold."""
    effect: Effect | None
    """What outcomes say of it; None where they say nothing, or nothing is asked of them."""
    expected_net: float | None
    """What it brings less its cost, before weights; None where nothing says."""


TERMS: Mapping[RankingBasis, tuple[str, ...]] = {
    RankingBasis.INCREMENTAL_VALUE: ("uplift_value", "context", "lever", "fatigue"),
    RankingBasis.PROPENSITY: ("propensity", "context", "value", "lever", "fatigue"),
    RankingBasis.PRIORITY: ("priority", "context", "lever", "fatigue"),
}
"""The factors of each basis, in the order in which they are multiplied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All candidates, the best first."""

    basis: RankingBasis
    actions: Sequence[RankedAction]


def rank(
    ready: ReadyCatalog, allowed: Sequence[ReadyAction], effects: Mapping[str, Effect], facts: Facts, past: Past
) -> Ranking:
    """Order the actions that may be taken.

    Args:
        ready: The catalogue.
        allowed: Its actions that may be taken.
        effects: What outcomes say of them; those of which nothing is known are not in it.
        facts: What is known of the lead.
        past: What was done with it.

    Returns:
        The order: by ``rank_score``, then the catalogue's priority, then the id.
    """
    known = {one.action.action_id: effects[one.action.action_id] for one in allowed if one.action.action_id in effects}
    basis = _basis(known, len(allowed))
    told = _Told(basis, known)
    tired = {
        action_id: fatigue(contacts, past.now, ready.catalog.not_now_half_life)
        for action_id, contacts in past.by_action.items()
    }
    ranked = [_ranked(one, basis, told.of(one), ready, facts, tired.get(one.action.action_id, 1.0)) for one in allowed]
    ranked.sort(key=_order)
    return Ranking(basis=basis, actions=ranked)


def product(factors: Sequence[float]) -> float:
    """Return the product, from left to right."""
    total = 1.0
    for factor in factors:
        total *= factor
    return total


def terms_of(ranked: RankedAction, basis: RankingBasis, ready: ReadyCatalog) -> tuple[RankTerm, ...]:
    """Return the factors with their names, and what they rest on in words."""
    texts = _texts(ranked, ready)
    named = zip(TERMS[basis], ranked.factors, strict=True)
    return tuple(RankTerm(name=name, factor=factor, text=texts[name]) for name, factor in named)


class _Told:
    """What outcomes say of every candidate; of those that nobody took, what they say of its like."""

    def __init__(self, basis: RankingBasis, known: Mapping[str, Effect]) -> None:
        compared = [one.uplift for one in known.values() if one.uplift is not None]
        self._known = known
        self._usual_uplift = fmean(compared) if compared else None
        self._usual = None if basis is RankingBasis.PRIORITY else self._of_its_like(known)

    def of(self, one: ReadyAction) -> Effect | None:
        """Return what is said of an action, None if outcomes are not asked."""
        if self._usual is None:
            return None
        found = self._known.get(one.action.action_id)
        if found is None:
            return self._usual
        if found.uplift is None and self._usual_uplift is not None:
            return Effect(propensity=found.propensity, uplift=self._usual_uplift, interval=None, evidence_count=0)
        return found

    def _of_its_like(self, known: Mapping[str, Effect]) -> Effect:
        propensity = fmean(one.propensity for one in known.values())
        return Effect(propensity=propensity, uplift=self._usual_uplift, interval=None, evidence_count=0)


def _basis(known: Mapping[str, Effect], count: int) -> RankingBasis:
    compared = sum(one.uplift is not None for one in known.values())
    if count and compared >= COMPARED_SHARE * count:
        return RankingBasis.INCREMENTAL_VALUE
    if sum(one.evidence_count for one in known.values()) >= LEAST_OUTCOMES:
        return RankingBasis.PROPENSITY
    return RankingBasis.PRIORITY


def _ranked(  # noqa: PLR0917  one candidate, all of its parts
    one: ReadyAction, basis: RankingBasis, effect: Effect | None, ready: ReadyCatalog, facts: Facts, tired: float
) -> RankedAction:
    held = tuple([weight for weight in one.weights if weight.test(facts)]) if one.weights else ()
    action, context = one.action, _context(held) if held else 1.0
    if effect is None:
        factors = (action.priority, context, action.lever, tired)
        return RankedAction(one, product(factors), factors, held, None, None)
    # Where the catalogue says nothing of values, all are worth 1.
    value = action.value if ready.has_values else 1.0
    if basis is RankingBasis.INCREMENTAL_VALUE:
        net = (effect.uplift or 0.0) * value - action.cost
        factors = (net, context, action.lever, tired)
        return RankedAction(one, product(factors), factors, held, effect, net)
    of_reach = (effect.propensity, context, value, action.lever, tired)
    return RankedAction(one, product(of_reach), of_reach, held, effect, effect.propensity * value - action.cost)


def _context(held: Sequence[ReadyWeight]) -> float:
    percent = 0.0
    for weight in held:
        percent += weight.percent
    return min(MOST_CONTEXT, max(LEAST_CONTEXT, 1.0 + percent / 100.0))


def _order(ranked: RankedAction) -> tuple[float, float, str]:
    action = ranked.ready.action
    return (-ranked.rank_score, -action.priority, action.action_id)


def _texts(ranked: RankedAction, ready: ReadyCatalog) -> Mapping[str, str]:
    action, effect = ranked.ready.action, ranked.effect
    count = 0 if effect is None else effect.evidence_count
    evidence = f"{count:,} outcomes" if count else "no outcomes of its own: what the others bring on average"
    worth = f"{action.value:,.15g}" if ready.has_values else "1: the catalogue names no values"
    uplift = 0.0 if effect is None or effect.uplift is None else effect.uplift
    return {
        "propensity": f"Probability to convert after it, from {evidence}",
        "uplift_value": f"{uplift:+.4f} more probable to convert x {worth} - {action.cost:,.15g}, from {evidence}",
        "value": f"Value of a conversion: {worth}",
        "priority": "The catalogue's priority",
        "context": "; ".join(f"{one.reason} ({one.percent:+g} %)" for one in ranked.held) or "No weight holds",
        "lever": "The business's own weight",
        "fatigue": "What was done before" if ranked.factors[-1] < 1.0 else "Nothing that tires",
    }
