"""Orders the items of a catalogue for one lead and takes the candidates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.recommend.answer import Source, Wanted
from core.recommend.choosing import Candidates
from core.recommend.filtering import Allowed, allowed_items
from core.recommend.history import KnownHistory
from core.recommend.lifts import PROFILE_UNTIL, Lifts, Profile, work_out_lifts
from core.recommend.model import Answers
from core.recommend.ranker import Ranker
from core.recommend.reasons import Speaking
from core.recommend.rules import AppliedRule, apply_rules, boosted
from core.recommend.shelves import Shelf

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]

FEWEST_CANDIDATES = 100
CANDIDATES_PER_PLACE = 4
_TRIED = 2_048
"""Items whose scores tell what is usual: a median of all would take as long as all else."""
_SPARE = 4
"""So many times the values that are needed are looked at."""
_SMALLEST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What is known once the items are ordered."""

    candidates: Candidates
    relevance: Floats
    """(k,), of the candidates, in [0, 1]: 1 is the best before rules."""
    rules: Sequence[AppliedRule]
    allowed: Allowed
    answers: Answers
    """What the scores follow from."""
    scores: Singles
    """(n,), of the model, -inf for items it does not know."""
    usual: float
    """What an item is usually scored."""
    lifts: Lifts
    source: Source

    def speaking(self, position: int) -> Speaking:
        """Return what speaks for an item of the catalogue."""
        profile, popularity, new = self.lifts.of(position)
        model = max(0.0, float(self.scores[position]) - self.usual)
        return Speaking(model=model, profile=profile, popularity=popularity, new=new)


def moment_us(now: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC."""
    return round(now.timestamp() * 1_000_000)


def rank(  # noqa: PLR0917  all that an order rests on
    shelf: Shelf, ranker: Ranker, known: KnownHistory, profile: Profile | None, wanted: Wanted, now: datetime
) -> Ranked:
    """Return the best items for a lead that may be recommended to it.

    Args:
        shelf: The catalogue and what is popular.
        ranker: What scores.
        known: What the lead did.
        profile: What it said; counts while it has done little.
        wanted: What is asked for.
        now: The present moment.
    """
    view = shelf.view
    answers = ranker.ask(known.interactions, moment_us(now))
    scores = ranker.scores(answers, view.count)
    allowed = allowed_items(view, wanted.filter, [one.item_id for one in known.interactions])
    rules = apply_rules(wanted.rules, view)
    open_ones = np.flatnonzero(allowed.flags & np.isfinite(scores))
    usual, spread = _usual(scores, open_ones)
    counts = None if ranker.is_trained else shelf.counts
    said = profile if len(known.interactions) < PROFILE_UNTIL else None
    lifts = work_out_lifts(view, counts, said, now, spread=spread)
    total = lifts.add_to(scores).take(open_ones)
    best, order, relevance = _best(total, open_ones, rules, wanted.limit)
    positions = open_ones[best]
    alike = ranker.alike(positions) if wanted.diversity > 0.0 and positions.size else None
    return Ranked(
        candidates=Candidates(positions=positions, order=order, alike=alike),
        relevance=relevance,
        rules=rules,
        allowed=allowed,
        answers=answers,
        scores=scores,
        usual=usual,
        lifts=lifts,
        source=_source(ranker, known),
    )


def _usual(scores: Singles, open_ones: Positions) -> tuple[float, float]:
    """Return the median and the standard deviation of the scores, of some items spread over the catalogue."""
    if not open_ones.size:
        return 0.0, 1.0
    tried = scores[open_ones[:: max(1, open_ones.size // _TRIED)]].astype(np.float64)
    middle = ((tried.size - 1) // 2, tried.size // 2)
    ordered = np.partition(tried, middle)
    tried -= tried.mean()
    spread = math.sqrt(float(tried @ tried) / tried.size)
    return float(ordered[list(middle)].mean()), spread if spread > _SMALLEST_SPREAD else 1.0


def _best(
    total: Singles, open_ones: Positions, rules: Sequence[AppliedRule], limit: int
) -> tuple[Positions, Floats, Floats]:
    """Return the indices of the best, the best first, what they are ordered by, and their relevance.

    Those that a rule asks for are among them.
    """
    scale = _Scale.of(total)
    count = max(FEWEST_CANDIDATES, CANDIDATES_PER_PLACE * limit)
    if not rules:
        chosen = _top(total, count)
        relevance = scale.relevance(total[chosen])
        order = relevance
    else:
        everything = scale.relevance(total)
        moved = boosted(everything, [AppliedRule(rule=one.rule, flags=one.flags[open_ones]) for one in rules])
        chosen = _top(moved, count)
        for one in rules:
            if one.rule.least is not None:
                among = np.flatnonzero(one.flags[open_ones])
                chosen = np.union1d(chosen, among[_top(moved[among], one.rule.least)])
        relevance, order = everything[chosen], moved[chosen]
    sorting = np.lexsort((open_ones[chosen], -order))
    return chosen[sorting], order[sorting], relevance[sorting]


@dataclass(frozen=True, slots=True)
class _Scale:
    """The lowest and the highest score: relevance 0 and 1."""

    low: float
    high: float

    @classmethod
    def of(cls, total: Singles) -> _Scale:
        return cls(float(total.min()), float(total.max())) if total.size else cls(0.0, 0.0)

    def relevance(self, values: Singles) -> Floats:
        """Return values moved to [0, 1], the highest at 1; all at 1 where they are equal."""
        width = self.high - self.low
        if width <= _SMALLEST_SPREAD:
            return np.ones(values.size)
        return np.asarray((values.astype(np.float64) - self.low) / width, dtype=np.float64)


def _top(order: Singles | Floats, count: int) -> Positions:
    """Return the indices of the highest, in no order."""
    if order.size <= count:
        return np.arange(order.size, dtype=np.intp)
    kept = _promising(order, count)
    if kept is None:
        return np.argpartition(order, order.size - count)[order.size - count :]
    return kept[np.argpartition(order[kept], kept.size - count)[kept.size - count :]]


def _promising(order: Singles | Floats, count: int) -> Positions | None:
    """Return few indices that the highest are among; None if that is not known without a look at all.

    What lies above a high quantile of some of the values: if that is enough, the highest are all in it.
    """
    tried = np.sort(order[:: max(1, order.size // _TRIED)])
    wanted = _SPARE * count * tried.size // order.size + 1
    if wanted >= tried.size // 2:
        return None
    kept = np.flatnonzero(order >= tried[tried.size - wanted])
    return kept if kept.size >= count else None


def _source(ranker: Ranker, known: KnownHistory) -> Source:
    if not any(one.weight for one in known.interactions):
        return Source.POPULARITY
    return Source.MODEL if ranker.is_trained else Source.CONTENT
