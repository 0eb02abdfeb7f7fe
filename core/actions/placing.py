"""Puts ranked actions in their places: none beside one that it excludes, and the first now and then by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from core.actions.dropped import Dropped, DropReason
from core.actions.ranking import RankedAction

POOL = 20
"""Chance gives the first place to one of so many of the best, each equally likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An answer's places."""

    actions: Sequence[RankedAction]
    """The first place first."""
    propensities: Mapping[str, float]
    """Probability of each candidate to be put first, by id; they sum to 1. Those not in it: 0."""
    is_explored: bool
    """Whether chance put the first there, and not its rank."""
    dropped: Sequence[Dropped]
    """Candidates without a place."""


def place(
    ranked: Sequence[RankedAction], limit: int, exploration: float, chance: Random, *, explain: bool = True
) -> Placed:
    """Fill up to ``limit`` places.

    Args:
        ranked: Candidates, the best first.
        limit: Places, 1 or more.
        exploration: Probability with which the first place is given by chance.
        chance: Not asked while ``exploration`` is 0.
        explain: Whether to say which candidates have no place, and why.
    """
    if not ranked:
        return Placed(actions=(), propensities={}, is_explored=False, dropped=())
    propensities = first_propensities([one.ready.action.action_id for one in ranked[:POOL]], exploration)
    first = 0
    if exploration and chance.random() < exploration:
        first = chance.randrange(min(POOL, len(ranked)))
    order = [ranked[first], *ranked[:first], *ranked[first + 1 :]]
    taken, dropped = _filled(order, limit, explain=explain)
    return Placed(actions=taken, propensities=propensities, is_explored=first > 0, dropped=dropped)


def first_propensities(action_ids: Sequence[str], exploration: float) -> Mapping[str, float]:
    """Return the probability of each of the best to be put first: the best one may come up by chance too.

    Args:
        action_ids: At most 20, the best first, at least one.
        exploration: In [0, 1].
    """
    if not exploration:
        return {action_ids[0]: 1.0}
    share = exploration / len(action_ids)
    return {action_id: share if at else 1.0 - exploration + share for at, action_id in enumerate(action_ids)}


def _filled(order: Sequence[RankedAction], limit: int, *, explain: bool) -> tuple[list[RankedAction], list[Dropped]]:
    taken: list[RankedAction] = []
    dropped: list[Dropped] = []
    blocked: dict[str, str] = {}
    for one in order:
        if len(taken) == limit and not explain:
            break
        action_id = one.ready.action.action_id
        if action_id in blocked:
            text = f"{blocked[action_id]} ranks higher in this answer, and excludes it"
            dropped.append(Dropped(action_id=action_id, reason=DropReason.EXCLUDED_IN_ANSWER, text=text))
        elif len(taken) == limit:
            text = f"{limit} others rank higher"
            dropped.append(Dropped(action_id=action_id, reason=DropReason.BELOW_LIMIT, text=text))
        else:
            taken.append(one)
            for other in one.ready.excluded:
                blocked.setdefault(other, action_id)
    return taken, dropped
