"""The figures of an agent beside its peers: intervals that hold together, a verdict only beyond doubt. Loads scipy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from core.experiments.results import Range
from core.experiments.statistics.mean_test import UNKNOWN
from core.experiments.statistics.means import mean, welch
from core.experiments.statistics.proportions import newcombe, wilson
from core.experiments.statistics.student import critical
from core.experiments.tally import Moments
from core.recommend.agents.facts import LeadFacts
from core.recommend.agents.figure import Comparison, Figure

CHANCE = 0.05
"""Of any false alarm in one answer about an agent who is like its peers (Bonferroni over its figures)."""
FEWEST_LEADS = 20
"""Of the agent, for a figure."""
FEWEST_PEER_LEADS = 50
FEWEST_PEERS = 3
"""So that a figure of the peers is nobody's own."""


def figures_of(agent_id: str, leads: Sequence[LeadFacts]) -> list[Figure]:
    """Return the figures of an agent, each with enough data compared with the peers.

    Args:
        agent_id: Whom it is about.
        leads: Of all agents.
    """
    asked = [_Asked(name, segment, chosen, measure, agent_id) for name, segment, chosen, measure in _all(leads)]
    compared = sum(one.is_enough for one in asked)
    level = 1.0 - CHANCE / max(1, compared)
    return [one.compare(level) for one in asked if one.mine or one.segment == ""]


_Measure = Callable[["_Asked", float], Figure]


def _all(leads: Sequence[LeadFacts]) -> Iterable[tuple[str, str, list[LeadFacts], _Measure]]:
    answered = [lead for lead in leads if lead.response_minutes is not None]
    ended = [lead for lead in leads if lead.converted is not None]
    yield "response_minutes", "", answered, _Asked.minutes
    yield "contact_success", "", list(leads), _Asked.shares
    yield "conversion", "", ended, _Asked.shares
    for segment in sorted({lead.segment for lead in ended if lead.segment}):
        yield "conversion", segment, [lead for lead in ended if lead.segment == segment], _Asked.shares


class _Asked:
    """One figure that is asked for: the leads it rests on, the agent's and the peers'."""

    def __init__(self, name: str, segment: str, leads: Sequence[LeadFacts], measure: _Measure, agent_id: str) -> None:
        self.name, self.segment, self._measure = name, segment, measure
        self.mine = [lead for lead in leads if lead.agent_id == agent_id]
        mix = {lead.segment for lead in self.mine}
        self.theirs = [lead for lead in leads if lead.agent_id != agent_id and lead.segment in mix]
        known = {lead.segment for lead in self.theirs}
        # What no peer ever had cannot be compared.
        self.comparable = [lead for lead in self.mine if lead.segment in known]
        self.peer_count = len({lead.agent_id for lead in self.theirs})

    @property
    def is_enough(self) -> bool:
        return (
            len(self.comparable) >= FEWEST_LEADS
            and len(self.theirs) >= FEWEST_PEER_LEADS
            and self.peer_count >= FEWEST_PEERS
        )

    def compare(self, level: float) -> Figure:
        if self.is_enough:
            return self._measure(self, level)
        return self._figure(Comparison.NOT_ENOUGH_DATA)

    def minutes(self, level: float) -> Figure:
        """Compare geometric means: delays are spread over orders of magnitude, and one lost weekend is not the rule."""
        mine, theirs = _log_moments(self.comparable), _log_moments(self.theirs)
        apart = welch(mine, theirs, level).range
        return self._figure(
            _verdict(apart, more_is_better=False),
            value=math.expm1(mean(mine).value),
            interval=_minutes_range(mine, level),
            peer_value=math.expm1(mean(theirs).value),
            peer_interval=_minutes_range(theirs, level),
        )

    def shares(self, level: float) -> Figure:
        hits = sum(map(self._is_hit, self.comparable))
        peer_share, peer_leads = self._standardised()
        peer_hits = round(peer_share * peer_leads)
        apart = newcombe(hits, len(self.comparable), peer_hits, peer_leads, level)
        return self._figure(
            _verdict(apart, more_is_better=True),
            value=hits / len(self.comparable),
            interval=wilson(hits, len(self.comparable), level),
            peer_value=peer_share,
            peer_interval=wilson(peer_hits, peer_leads, level),
        )

    def _standardised(self) -> tuple[float, int]:
        """Return the peers' share as if their leads were mixed by segment as the agent's are, and its worth in leads.

        Direct standardisation (Rothman, Greenland and Lash 2008, "Modern Epidemiology", chapter 4): the share is the
        mean of the segments' shares weighted by the agent's leads; the number of leads is the one that gives a plain
        share the same variance, so that segments where peers have few leads count as the little they tell.
        """
        mine, theirs = _by_segment(self.comparable), _by_segment(self.theirs)
        share = variance = 0.0
        for segment, leads in mine.items():
            weight, peers = len(leads) / len(self.comparable), theirs[segment]
            hits = sum(map(self._is_hit, peers))
            share += weight * hits / len(peers)
            # One of each added: a segment in which all ended alike is not known for sure.
            smoothed = (hits + 1) / (len(peers) + 2)
            variance += weight**2 * smoothed * (1.0 - smoothed) / len(peers)
        smooth = (share * len(self.theirs) + 1) / (len(self.theirs) + 2)
        leads_worth = max(1, min(len(self.theirs), round(smooth * (1.0 - smooth) / variance)))
        return share, leads_worth

    def _is_hit(self, lead: LeadFacts) -> bool:
        return bool(lead.converted) if self.name == "conversion" else lead.was_reached

    def _figure(
        self,
        comparison: Comparison,
        *,
        value: float | None = None,
        interval: Range | None = None,
        peer_value: float | None = None,
        peer_interval: Range | None = None,
    ) -> Figure:
        return Figure(
            name=self.name,
            segment=self.segment,
            unit="minutes" if self.name == "response_minutes" else "share",
            comparison=comparison,
            sample_count=len(self.comparable),
            peer_sample_count=len(self.theirs),
            peer_count=self.peer_count,
            value=value,
            interval=interval,
            peer_value=peer_value,
            peer_interval=peer_interval,
        )


def _verdict(apart: Range, *, more_is_better: bool) -> Comparison:
    if apart.lower <= 0.0 <= apart.upper:
        return Comparison.NO_DIFFERENCE_PROVEN
    return Comparison.BETTER if (apart.lower > 0.0) == more_is_better else Comparison.WORSE


def _by_segment(leads: Iterable[LeadFacts]) -> dict[str, list[LeadFacts]]:
    found: dict[str, list[LeadFacts]] = defaultdict(list)
    for lead in leads:
        found[lead.segment].append(lead)
    return found


def _log_moments(leads: Iterable[LeadFacts]) -> Moments:
    logs = [math.log1p(lead.response_minutes or 0.0) for lead in leads]
    return Moments(count=len(logs), total=math.fsum(logs), squares=math.fsum(value * value for value in logs))


def _minutes_range(moments: Moments, level: float) -> Range | None:
    estimate = mean(moments)
    reach = critical(level, estimate.degrees) * math.sqrt(estimate.variance)
    if reach >= UNKNOWN:
        return None
    return Range(
        lower=max(0.0, math.expm1(estimate.value - reach)), upper=math.expm1(estimate.value + reach), level=level
    )
