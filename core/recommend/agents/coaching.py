"""What an agent could work on: only where it is behind its peers beyond doubt, with leads that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.recommend.agents.facts import LeadFacts
from core.recommend.agents.figure import Comparison, Figure

MOST_EXAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing to work on."""

    text: str
    figure_name: str
    segment: str
    potential: float
    """How far the agent is behind, in the figure's unit, above 0."""
    example_lead_ids: Sequence[str]


def suggestions_of(agent_id: str, figures: Sequence[Figure], leads: Sequence[LeadFacts]) -> list[Suggestion]:
    """Return what promises most first; shares before minutes, the widest gap first."""
    mine = [lead for lead in leads if lead.agent_id == agent_id]
    found = [_suggestion(figure, mine) for figure in figures if figure.comparison is Comparison.WORSE]
    return sorted(found, key=lambda one: (one.figure_name == "response_minutes", -one.potential, one.segment))


def _suggestion(figure: Figure, mine: Sequence[LeadFacts]) -> Suggestion:
    value, peers = figure.value or 0.0, figure.peer_value or 0.0
    return Suggestion(
        text=_text(figure, value, peers),
        figure_name=figure.name,
        segment=figure.segment,
        potential=abs(peers - value),
        example_lead_ids=[lead.lead_id for lead in _examples(figure, mine)][:MOST_EXAMPLES],
    )


def _text(figure: Figure, value: float, peers: float) -> str:
    rests = f"({figure.sample_count:,} leads beside {figure.peer_sample_count:,} of {figure.peer_count:,} peers)"
    if figure.name == "response_minutes":
        return f"Answer sooner: a first answer typically takes {value:,.1f} minutes, a peer's {peers:,.1f} {rests}."
    if figure.name == "contact_success":
        return f"Reach more leads: {value:.1%} are reached, of peers' leads {peers:.1%} {rests}."
    where = f" in the segment {figure.segment}" if figure.segment else ""
    return f"Look at how leads{where} end: {value:.1%} convert, of peers' leads like them {peers:.1%} {rests}."


def _examples(figure: Figure, mine: Sequence[LeadFacts]) -> list[LeadFacts]:
    if figure.name == "response_minutes":
        answered = [lead for lead in mine if lead.response_minutes is not None]
        return sorted(answered, key=lambda lead: (-(lead.response_minutes or 0.0), lead.lead_id))
    if figure.name == "contact_success":
        return [lead for lead in mine if not lead.was_reached]
    return [lead for lead in mine if lead.converted is False and figure.segment in {"", lead.segment}]
