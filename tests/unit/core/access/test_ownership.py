from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.access.ownership import check_inline, listed_owner, visible
from core.caller import LOCAL_CALLER, Role
from core.errors import InvalidInput, NotFound
from core.identifiers import LeadId
from core.lead import Lead, StoredLead

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SELLER = replace(LOCAL_CALLER, roles=frozenset({Role.SELLER}), owner_id="ann")


def lead(owner_id: str) -> Lead:
    return Lead(lead_id=LeadId("a"), title="x", owner_id=owner_id)


def stored(owner_id: str) -> StoredLead:
    return StoredLead(lead=lead(owner_id), outcome=None, create_time=NOW, update_time=NOW, revision=1)


def test_a_seller_sees_its_own_leads():
    assert visible(SELLER, stored("ann")).lead.owner_id == "ann"


@pytest.mark.parametrize("owner_id", ["bob", "", "Ann", "ann "[:3] + "a"])
def test_a_foreign_lead_does_not_exist(owner_id):
    with pytest.raises(NotFound) as caught:
        visible(SELLER, stored(owner_id))
    unknown = NotFound("lead", "a")
    assert (caught.value.message, caught.value.reason) == (unknown.message, unknown.reason)
    assert caught.value.metadata == unknown.metadata


def test_everybody_else_sees_every_lead():
    assert visible(LOCAL_CALLER, stored("bob")).lead.owner_id == "bob"


def test_a_sellers_list_holds_its_own_leads_whatever_it_asks_for():
    assert [listed_owner(SELLER, asked) for asked in ("", "ann", "bob")] == ["ann"] * 3
    assert [listed_owner(LOCAL_CALLER, asked) for asked in ("", "bob")] == [None, "bob"]


def test_a_lead_that_comes_with_the_call_may_not_name_another_owner():
    for owner_id in ("", "ann"):
        check_inline(SELLER, lead(owner_id), "lead")
    check_inline(LOCAL_CALLER, lead("bob"), "lead")
    with pytest.raises(InvalidInput) as caught:
        check_inline(SELLER, lead("bob"), "leads[3]")
    assert caught.value.violations[0].field == "leads[3].owner_id"
