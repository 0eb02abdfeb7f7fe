from __future__ import annotations

import pytest

from core.recommend.agents.coaching import suggestions_of
from core.recommend.agents.facts import AgentEvent, LeadFacts, lead_facts
from core.recommend.agents.figures import FEWEST_LEADS, Comparison, Figure, figures_of
from tests.parts.agent_worlds import agents

MINUTE = 60_000_000


def event(lead_id, kind, minute, agent_id="", *, positive=None, item_type=""):
    return AgentEvent(lead_id, kind, minute * MINUTE, f"{lead_id}-{minute}", agent_id, positive, item_type)


def test_a_lead_counts_for_the_first_agent_who_got_in_touch():
    events = [
        event("l", "inquiry_sent", 0, item_type="loft"),
        event("l", "agent_contacted", 30, "a", positive=False),
        event("l", "agent_contacted", 90, "b", positive=True),
        event("l", "outcome_recorded", 500, positive=True),
    ]
    (facts,) = lead_facts(reversed(events), {})
    assert facts.agent_id == "a"
    assert facts.response_minutes == pytest.approx(30.0)
    assert not facts.was_reached  # the other agent reached it
    assert facts.converted is True
    assert facts.segment == "loft"
    (stored,) = lead_facts(events, {"l": "offices"})
    assert stored.segment == "offices"


def test_a_contact_by_nobody_known_counts_for_nobody():
    events = [
        event("l", "agent_contacted", 10, positive=True),
        event("l", "agent_contacted", 90, "a", positive=False),
    ]
    (facts,) = lead_facts(events, {})
    assert facts.agent_id == "a"
    assert not facts.was_reached


def test_segments_do_not_differ_by_case_and_spaces():
    asked = [
        event("l", "inquiry_sent", minute, item_type=name) for minute, name in enumerate(("Loft", "flat", "loft "))
    ]
    contacts = [event(name, "agent_contacted", 9, "a") for name in ("l", "m")]
    facts = lead_facts([*asked, *contacts], {"m": "New  LOFT"})
    assert [one.segment for one in facts] == ["loft", "new loft"]


def test_what_the_lead_asks_after_the_contact_makes_no_delay():
    (facts,) = lead_facts([event("l", "agent_contacted", 5, "a"), event("l", "message_sent", 9)], {})
    assert facts.response_minutes is None
    assert lead_facts([event("l", "inquiry_sent", 0)], {}) == []


def test_an_agent_who_converts_less_is_told_so_with_leads_that_show_it():
    leads = agents(1, deficit=0.2, leads_each=300)
    figures = figures_of("a0", leads)
    overall = next(one for one in figures if one.name == "conversion" and not one.segment)
    assert overall.comparison is Comparison.WORSE
    assert overall.value < overall.peer_value
    (first, *_) = suggestions_of("a0", figures, leads)
    assert first.figure_name == "conversion"
    mine = {lead.lead_id: lead for lead in leads}
    assert first.example_lead_ids
    assert all(mine[lead_id].converted is False for lead_id in first.example_lead_ids)
    assert all(mine[lead_id].agent_id == "a0" for lead_id in first.example_lead_ids)


def test_an_agent_who_answers_late_is_told_so():
    leads = agents(2, slower=3.0)
    figures = figures_of("a0", leads)
    minutes = next(one for one in figures if one.name == "response_minutes")
    assert minutes.comparison is Comparison.WORSE
    assert minutes.value > minutes.peer_value
    (suggestion,) = suggestions_of("a0", figures, leads)
    slowest = max((lead for lead in leads if lead.agent_id == "a0"), key=lambda lead: lead.response_minutes)
    assert suggestion.example_lead_ids[0] == slowest.lead_id


def test_an_agent_with_harder_leads_alone_is_not_called_worse_more_often_than_promised():
    raised = sum(
        any(one.comparison in {Comparison.BETTER, Comparison.WORSE} for one in figures_of("a0", agents(seed)))
        for seed in range(80)
    )
    # 4 expected at 5 %; 11 or more have a chance of 0.2 %.
    assert raised < 11


def test_too_little_says_nothing():
    few = [lead for lead in agents(3) if lead.agent_id != "a0"]
    few += [lead for lead in agents(3) if lead.agent_id == "a0"][: FEWEST_LEADS - 1]
    figures = figures_of("a0", few)
    assert {one.comparison for one in figures} == {Comparison.NOT_ENOUGH_DATA}
    assert all(one.value is None and one.interval is None for one in figures)
    two = [lead for lead in agents(3) if lead.agent_id in {"a0", "a1"}]
    assert {one.comparison for one in figures_of("a0", two)} == {Comparison.NOT_ENOUGH_DATA}
    assert figures_of("nobody", []) != []


def test_intervals_hold_the_chance_of_a_false_alarm_over_all_figures():
    figures = [one for one in figures_of("a0", agents(4)) if one.interval]
    assert {one.interval.level for one in figures} == {1.0 - 0.05 / len(figures)}
    assert all(one.interval.lower <= one.value <= one.interval.upper for one in figures)


def test_peers_have_the_share_they_have_however_little_it_is_worth():
    """A segment of which peers had few leads makes their share uncertain, not another one."""
    leads = [
        LeadFacts(
            lead_id=f"{agent}-{segment}-{number}",
            agent_id=agent,
            segment=segment,
            was_reached=number < hits,
            converted=None,
            response_minutes=None,
        )
        for agent, segment, size, hits in (
            *(("a0", "rare", 30, 10), ("a0", "usual", 3, 1)),
            *(("b", "usual", 60, 20), ("c", "usual", 60, 20), ("d", "usual", 60, 20), ("d", "rare", 3, 1)),
        )
        for number in range(size)
    ]
    reached = next(one for one in figures_of("a0", leads) if one.name == "contact_success")
    assert reached.peer_value == pytest.approx(1 / 3)
    assert reached.peer_interval.lower < 0.1
    assert reached.comparison is Comparison.NO_DIFFERENCE_PROVEN


def test_a_small_difference_is_told_as_one():
    figure = Figure(
        name="conversion",
        segment="",
        unit="share",
        comparison=Comparison.WORSE,
        sample_count=40_000,
        peer_sample_count=90_000,
        peer_count=5,
        value=0.011,
        peer_value=0.014,
    )
    (suggestion,) = suggestions_of("a0", [figure], [])
    assert "1.1% convert" in suggestion.text
    assert "1.4%" in suggestion.text
