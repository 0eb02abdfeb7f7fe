from __future__ import annotations

from core.conversation.entities.entity import Entity, EntityKind
from core.conversation.needs import MOST_ENTITIES, MOST_PLACES, Needs
from core.conversation.reading import FoundEntity
from core.conversation.said import Said
from core.conversation.span import Span
from core.conversation.state import quoted
from tests.parts.spoken import at, span

TEXT = "yes, we are pre-approved"


def found(kind, normalized_text="x", **fields):
    return FoundEntity(entity=Entity(kind=kind, start=0, end=4, normalized_text=normalized_text, **fields), span=span())


def after(needs, *entities, said=None, referral=None, number=1):
    return needs.after(entities, said or Said(), referral, lambda spans: quoted(TEXT, 3, spans), number)


def test_newer_needs_take_the_place_of_older_ones():
    budget = EntityKind.BUDGET
    needs = after(Needs(), found(budget, lower=100.0, upper=200.0, unit="USD"))
    needs = after(needs, found(budget, upper=300.0))
    assert (needs.budget_lower, needs.budget_upper, needs.budget_currency) == (None, 300.0, "USD")
    needs = after(needs, found(EntityKind.BEDROOMS, lower=2.0, upper=3.0), found(EntityKind.DEADLINE, time=at(days=9)))
    assert (needs.bedrooms_lower, needs.bedrooms_upper, needs.deadline) == (2.0, 3.0, at(days=9))


def test_what_says_no_number_changes_nothing():
    needs = after(Needs(), found(EntityKind.BUDGET, upper=300.0), found(EntityKind.DEADLINE, time=at()))
    vague = after(needs, found(EntityKind.BUDGET), found(EntityKind.DEADLINE), found(EntityKind.BEDROOMS))
    assert (vague.budget_upper, vague.deadline, vague.bedrooms_lower) == (300.0, at(), None)


def test_places_are_told_once_the_newest_first():
    needs = Needs()
    for name in ["soho", "bronx", "soho", *map(str, range(MOST_PLACES - 2))]:
        needs = after(needs, found(EntityKind.PLACE, name))
    assert needs.places == (*map(str, reversed(range(MOST_PLACES - 2))), "soho", "bronx")
    assert len(after(needs, found(EntityKind.PLACE, "more")).places) == MOST_PLACES


def test_facts_are_bounded_and_phones_are_no_needs():
    needs = after(Needs(), *[found(EntityKind.DATE, str(n)) for n in range(80)], found(EntityKind.PHONE))
    assert len(needs.entities) == MOST_ENTITIES
    assert needs.entities[0].entity.normalized_text == "79"


def test_what_the_lead_says_of_itself_is_quoted():
    said = Said(pre_approved=True, pre_approved_spans=(Span(start=12, end=24),))
    needs = after(Needs(), said=said, number=5)
    assert (needs.pre_approved.value, needs.pre_approved.message_number) == (True, 5)
    (words,) = needs.pre_approved.evidence
    assert (words.message_index, words.text) == (3, "pre-approved")
    assert after(needs, said=Said(pre_approved=False)).pre_approved.value is False
    assert after(needs, said=Said(comparing=True)).pre_approved == needs.pre_approved


def test_nothing_said_is_no_opinion():
    needs = after(Needs(), said=Said())
    assert (needs.pre_approved, needs.comparing, needs.immediate_need, needs.referral) == (None,) * 4
    assert after(needs, referral=Span(start=0, end=3)).referral.evidence[0].text == "yes"
