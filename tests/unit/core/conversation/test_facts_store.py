from __future__ import annotations

import pytest

from core.conversation.facts_store import StoredFacts, facts_at
from core.conversation.fading import BUYING_HALF_LIFE, URGENCY_HALF_LIFE
from tests.parts.spoken import at


def stored(conversation_id="c1", *, moment=0.0, facts=None, **fields):
    usual = {"analysis.message_count": 4.0, "analysis.lead_message_count": 2.0, "analysis.momentum": "steady"}
    return StoredFacts(
        lead_id="l1",
        conversation_id=conversation_id,
        message_count=4,
        last_message_time=at(moment),
        facts={**usual, **(facts or {})},
        update_time=at(moment),
        **fields,
    )


def test_nothing_is_known_of_a_silent_lead():
    assert facts_at([], at()) == {}


def test_urgency_fades_with_the_leads_last_message():
    said = {
        "analysis.urgency": 0.8,
        "analysis.is_urgent": True,
        "analysis.buying_intent": 0.6,
        "analysis.is_buying": True,
    }
    one = stored(facts=said, lead_message_time=at(0))
    then = facts_at([one], at(0))
    assert {name: then[name] for name in said} == said
    later = facts_at([one], at() + URGENCY_HALF_LIFE)
    assert later["analysis.urgency"] == pytest.approx(0.4)
    assert later["analysis.is_urgent"] is True
    much_later = facts_at([one], at() + BUYING_HALF_LIFE)
    assert (much_later["analysis.is_urgent"], much_later["analysis.is_buying"]) == (False, True)
    assert much_later["analysis.buying_intent"] == pytest.approx(0.3)


def test_without_times_nothing_fades():
    one = stored(facts={"analysis.urgency": 0.8, "analysis.is_urgent": True})
    facts = facts_at([one], at(days=99))
    assert (facts["analysis.urgency"], facts["analysis.is_urgent"]) == (0.8, True)
    assert "analysis.hours_since_lead_message" not in facts


def test_times_are_until_the_moment():
    one = stored(lead_message_time=at(-3), deadline=at(days=10))
    facts = facts_at([one], at(5))
    assert facts["analysis.hours_since_last_message"] == pytest.approx(5.0)
    assert facts["analysis.hours_since_lead_message"] == pytest.approx(8.0)
    assert facts["analysis.deadline_days"] == pytest.approx(10 - 5 / 24)
    assert "analysis.deadline_days" not in facts_at([one], at(days=11))


def test_a_lead_that_does_not_answer_in_time_has_gone_quiet():
    one = stored(facts={"analysis.signals": ("pre_approved",)}, quiet_from=at(48))
    assert facts_at([one], at(47))["analysis.signals"] == ("pre_approved",)
    late = facts_at([one], at(49))
    assert late["analysis.signals"] == ("pre_approved", "going_quiet")
    assert late["analysis.momentum"] == "declining"


def test_needs_come_from_the_newest_conversation_that_knows_them():
    old = stored("c1", moment=0, facts={"analysis.budget_upper": 300.0, "analysis.places": ("soho",)})
    new = stored("c2", moment=9, facts={"analysis.budget_upper": 400.0, "analysis.momentum": "slowing"})
    for order in ([old, new], [new, old]):
        facts = facts_at(order, at(10))
        assert (facts["analysis.budget_upper"], facts["analysis.places"]) == (400.0, ("soho",))
        assert facts["analysis.momentum"] == "slowing"
        assert facts["analysis.message_count"] == 8.0


def test_the_newest_word_on_an_objection_counts():
    old = stored("c1", moment=0, facts={"analysis.objections": ("price", "trust"), "analysis.overcome_objections": ()})
    new = stored("c2", moment=9, facts={"analysis.objections": (), "analysis.overcome_objections": ("price",)})
    facts = facts_at([old, new], at(10))
    assert facts["analysis.objections"] == ("trust",)
    assert facts["analysis.overcome_objections"] == ("price",)
