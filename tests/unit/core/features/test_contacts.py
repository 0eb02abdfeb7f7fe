from __future__ import annotations

import pytest

from core.features.contacts import Contacts, is_business_email
from core.lead import Lead

NONE = dict.fromkeys(
    ["text.has_email", "text.has_phone", "text.has_url", "email.given", "email.business", "phone.given"], 0.0
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        ({"title": "mail Me.You+x@Firm.example now"}, {"text.has_email"}),
        ({"description": "me @ home, @twitter"}, set()),
        ({"description": "call +49 (0)30 123-4567"}, {"text.has_phone"}),
        ({"description": "call 12345"}, set()),
        ({"title": "in 3 rooms of 20 m, 1 bath"}, set()),
        ({"title": "see HTTPS://x.example"}, {"text.has_url"}),
        ({"title": "see www.x.example"}, {"text.has_url"}),
        ({"email": "anna@gmail.com"}, {"email.given"}),
        ({"email": "anna@GMAIL.com"}, {"email.given"}),
        ({"email": "anna@firm.example"}, {"email.given", "email.business"}),
        ({"phone": "x"}, {"phone.given"}),
    ],
)
def test_ways_to_reach_a_lead(fields, expected, values):
    found = values(Contacts(), Lead(lead_id="l", **fields))
    assert found == {**NONE, **dict.fromkeys(expected, 1.0)}


@pytest.mark.parametrize("email", ["", "anna", "anna@", "@firm.example", "anna@firm"])
def test_a_malformed_address_is_no_business_address(email):
    assert not is_business_email(email)
