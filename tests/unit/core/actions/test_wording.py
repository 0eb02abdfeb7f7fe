from __future__ import annotations

import pytest

from core.actions.wording import Wording, check_wording
from core.errors import InvalidInput
from core.health.fields import ALL_FIELDS

FACTS = {
    "lead.title": " Loft ",
    "lead.price": 1_250_000.0,
    "lead.attributes.First name": "Ann",
    "lead.has_phone": True,
    "analysis.budget_upper": 450_000.0,
    "analysis.budget_currency": "USD",
    "analysis.places": ("Soho", "Brooklyn", "Queens"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("No places.", "No places."),
        ("Hi {lead.attributes.First name}, {lead.title}!", "Hi Ann, Loft!"),
        ("It costs {lead.price}. You have {needs.budget}.", "It costs 1,250,000. You have 450,000 USD."),
        ("In {needs.places}?", "In Soho, Brooklyn and Queens?"),
        # A sentence with a gap is left out.
        ("Hello. You want {needs.bedrooms} bedrooms! Bye.", "Hello. Bye."),
        ("{needs.bedrooms}", ""),
        ("Braces {} and {this one} stay.", "Braces {} and {this one} stay."),
        ("{lead.title} {lead.title}", "Loft Loft"),
    ],
)
def test_places_are_filled_or_their_sentence_is_left_out(text, expected):
    assert Wording.of(text).filled(FACTS) == expected


def test_what_a_lead_wrote_is_not_filled_again():
    facts = {"lead.title": "{lead.owner_id}", "lead.owner_id": "secret"}
    assert Wording.of("About {lead.title}.").filled(facts) == "About {lead.owner_id}."


def test_places_must_be_fields():
    check_wording("{lead.title} {needs.budget} {lead.attributes.x} {health.level}", ALL_FIELDS, "it")
    with pytest.raises(InvalidInput):
        check_wording("{lead.titel}", ALL_FIELDS, "it")
