"""Puts candidates in their places: the relevant first, unlike each other, as the rules say, and some by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from core.recommend.rules import AppliedRule

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]

MOST_EXPLORATION = 0.2
POOL = 20
"""A place that is given by chance goes to one of so many of the best that are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The k best items, the best first."""

    positions: Positions
    """(k,), in the catalogue."""
    order: Floats
    """(k,), what they are ordered by, >= 0: relevance times boosts."""
    alike: Singles | None
    """(k, k), how alike two are, -1 to 1; None: not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A candidate in its place."""

    index: int
    """Of the candidate."""
    propensity: float
    """Probability with which it was put there, given the places before it, in (0, 1]."""
    is_explored: bool
    """Whether chance put it there, and not its order."""
    rule_names: tuple[str, ...]
    """Rules that moved it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An answer's places."""

    choices: Sequence[Choice]
    held_back: int
    """Candidates that a rule kept out."""


class Choosing:
    """Fills places one after the other, greedily.

    Diversity is maximal marginal relevance (Carbonell and Goldstein 1998): the next place goes to the candidate whose
    order, less what it repeats of those before it, is the highest.

    Args:
        diversity: In [0, 1]: 0 leaves the order as it is; 1 looks at nothing but difference.
        exploration: In [0, 0.2]: each place after the first is given by chance with this probability, to one of the
            20 best that are left, each equally likely.
        chance: Where chance comes from; not asked while ``exploration`` is 0.
    """

    def __init__(self, *, diversity: float, exploration: float, chance: Random) -> None:
        self._diversity = diversity
        self._exploration = exploration
        self._chance = chance

    def choose(self, candidates: Candidates, rules: Sequence[AppliedRule], limit: int) -> Chosen:
        """Return up to ``limit`` candidates in their places.

        Args:
            candidates: The best, by order.
            rules: With flags over the catalogue.
            limit: Places.
        """
        counts = _RuleCounts(candidates.positions, rules)
        free = np.ones(candidates.positions.size, dtype=np.bool_)
        repeated = np.zeros(candidates.positions.size)
        order = candidates.order * (1.0 - self._diversity)
        choices: list[Choice] = []
        while len(choices) < limit:
            open_ones = counts.allowed(free)
            if not open_ones.any():
                break
            wanted, pushing = counts.wanted(open_ones, limit - len(choices))
            choice = self._next(order, repeated, wanted, is_first=not choices)
            names = (*counts.boosts_of(choice.index), *pushing)
            choices.append(
                Choice(
                    index=choice.index,
                    propensity=choice.propensity,
                    is_explored=choice.is_explored,
                    rule_names=names,
                )
            )
            free[choice.index] = False
            counts.take(choice.index)
            if candidates.alike is not None:
                np.maximum(repeated, candidates.alike[choice.index], out=repeated)
        return Chosen(choices=choices, held_back=int((free & ~counts.allowed(free)).sum()))

    def _next(self, order: Floats, repeated: Floats, open_ones: Flags, *, is_first: bool) -> Choice:
        worth = order - self._diversity * repeated if self._diversity else order
        best = int(np.argmax(np.where(open_ones, worth, -np.inf)))
        share = 0.0 if is_first else self._exploration
        if share == 0.0:
            return Choice(index=best, propensity=1.0, is_explored=False, rule_names=())
        pool = np.flatnonzero(open_ones)
        pool = pool[np.argsort(-worth[pool], kind="stable")[:POOL]]
        drawn = best
        if self._chance.random() < share:
            drawn = int(pool[self._chance.randrange(pool.size)])
        # The best one may come up by chance too.
        propensity = share / pool.size + (1.0 - share if drawn == best else 0.0)
        return Choice(index=drawn, propensity=propensity, is_explored=drawn != best, rule_names=())


class _RuleCounts:
    """How many of each rule's items have a place."""

    def __init__(self, positions: Positions, rules: Sequence[AppliedRule]) -> None:
        self._rules = [(one.rule, one.flags[positions]) for one in rules]
        self._taken = [0] * len(self._rules)

    def allowed(self, free: Flags) -> Flags:
        """Return which free candidates no rule keeps out."""
        if not self._rules:
            return free
        open_ones = free.copy()
        for (rule, flags), taken in zip(self._rules, self._taken, strict=True):
            if rule.most is not None and taken >= rule.most:
                open_ones &= ~flags
        return open_ones

    def wanted(self, open_ones: Flags, places: int) -> tuple[Flags, tuple[str, ...]]:
        """Return which of the open candidates the next place may go to, and the rules that narrowed it.

        They are narrowed once the places left are as many as rules still ask for.
        """
        asked: list[tuple[str, Flags]] = []
        missing = 0
        for (rule, flags), taken in zip(self._rules, self._taken, strict=True):
            if rule.least is None:
                continue
            lacking = min(rule.least - taken, int((open_ones & flags).sum()))
            if lacking > 0:
                missing += lacking
                asked.append((rule.name, flags))
        if not asked or missing < places:
            return open_ones, ()
        narrowed = open_ones & np.logical_or.reduce([flags for _, flags in asked])
        return narrowed, tuple(name for name, _ in asked)

    def boosts_of(self, index: int) -> tuple[str, ...]:
        """Return the rules that lifted or lowered a candidate."""
        return tuple(rule.name for rule, flags in self._rules if rule.boost not in {None, 1.0} and flags[index])

    def take(self, index: int) -> None:
        """Count a candidate that got a place."""
        for at, (_, flags) in enumerate(self._rules):
            self._taken[at] += bool(flags[index])
