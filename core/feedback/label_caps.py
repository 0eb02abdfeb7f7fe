"""How much of a model one source may decide.

Whose word a piece is, its sender says, and may invent; who recorded it was authenticated. Each of the two is capped.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from core.feedback.label_combining import RECORDS, Share
from core.feedback.label_rules import LabelRules

Shares = Sequence[tuple[str, float]]
"""(source, part of the weight), the parts sum to 1; empty: it rests on nobody."""


def capped(weighted: Sequence[tuple[float, Sequence[Share]]], rules: LabelRules) -> list[float]:
    """Return the weights after the caps of agents and then, of what is left, of those who recorded it.

    Who records for everybody is alone, so that nothing of it is scaled for its own sake.

    Args:
        weighted: (weight, what it rests on) of every label.
        rules: Has the caps.
    """
    by_agent = [(weight, [(share.source, share.part) for share in shares]) for weight, shares in weighted]
    agents = scale_of_sources(by_agent, rules)
    left = [
        (scaled(weight, parts, agents), _by_actor(shares, agents))
        for (weight, parts), (_, shares) in zip(by_agent, weighted, strict=True)
    ]
    actors = scale_of_sources(left, rules)
    return [scaled(weight, parts, actors) for weight, parts in left]


def _by_actor(shares: Sequence[Share], agents: Mapping[str, float]) -> Shares:
    left = [(share.actor, share.part * agents.get(share.source, 1.0)) for share in shares]
    total = math.fsum(part for _, part in left)
    return [(actor, part / total) for actor, part in left]


def scale_of_sources(weighted: Iterable[tuple[float, Shares]], rules: LabelRules) -> Mapping[str, float]:
    """Return the factor, in (0, 1], for what each source has of the weight of labels.

    A source over its cap is scaled down until it is at it; the caps hold together, of the weight that is left in all.

    Args:
        weighted: (weight, shares) of every label.
        rules: Has the caps.
    """
    of_source, owned_by_nobody = _totals(weighted)
    trusted = of_source.pop(RECORDS, 0.0)
    caps = _caps(of_source, trusted, rules)
    total = _total_under(caps, of_source, trusted + owned_by_nobody)
    return {source: min(1.0, caps[source] * total / weight) for source, weight in of_source.items()}


def scaled(weight: float, shares: Shares, scales: Mapping[str, float]) -> float:
    """Return what is left of a weight whose parts are scaled with their sources."""
    if not shares:
        return weight
    return math.fsum(weight * share * scales.get(source, 1.0) for source, share in shares)


def _totals(weighted: Iterable[tuple[float, Shares]]) -> tuple[dict[str, float], float]:
    parts: dict[str, list[float]] = defaultdict(list)
    owned_by_nobody: list[float] = []
    for weight, shares in weighted:
        if not shares:
            owned_by_nobody.append(weight)
        for source, share in shares:
            parts[source].append(weight * share)
    # fsum is exact: the order of the labels cannot matter.
    return {source: math.fsum(parts[source]) for source in sorted(parts)}, math.fsum(owned_by_nobody)


def _caps(of_source: Mapping[str, float], trusted: float, rules: LabelRules) -> dict[str, float]:
    """Return the largest share of each source.

    One that is nearly alone may have nearly all; of a few, none can be held below what all of them can keep.
    """
    everybody = math.fsum([*of_source.values(), trusted])
    source_count = len(of_source) + (trusted > 0.0)
    least = rules.source_cap if trusted >= rules.trusted_weight else max(rules.source_cap, 1.0 / max(1, source_count))
    return {
        source: max(least, 1.0 - (1.0 - rules.source_cap) * max(0.0, everybody - weight) / rules.cap_weight)
        for source, weight in of_source.items()
    }


def _total_under(caps: Mapping[str, float], of_source: Mapping[str, float], rest: float) -> float:
    """Return the largest total T = rest + Σ min(weight, cap · T).

    From above: with each step sources are added to those at their cap, never removed.
    """
    total = math.fsum([rest, *of_source.values()])
    capped: set[str] = set()
    while True:
        over = {source for source, weight in of_source.items() if weight > caps[source] * total * (1.0 + 1e-12)}
        if over <= capped:
            return total
        capped |= over
        free = math.fsum([rest, *(weight for source, weight in of_source.items() if source not in capped)])
        total = free / (1.0 - math.fsum(caps[source] for source in capped))
