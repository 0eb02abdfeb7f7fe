from __future__ import annotations

from datetime import UTC, datetime

import grpc
import leadline
import pytest
from leadline import Lead, LeadOutcome, LeadWrite


def writes(count):
    return [LeadWrite(lead=Lead(lead_id=f"lead-{number:04}")) for number in range(count)]


def test_a_written_lead_comes_back_as_it_was(client):
    lead = Lead(
        lead_id="a-1",
        title="Two rooms",
        price=0.0,
        posted_time=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        attributes={"source": "Google", "visits": 3.0, "seen": False, "nothing": None},
    )
    outcome = LeadOutcome(converted=True, outcome_time=datetime(2026, 2, 1, tzinfo=UTC))
    result = client.upsert_leads([LeadWrite(lead=lead, outcome=outcome)])
    stored = client.get_lead("a-1")
    assert (result.created_count, result.updated_count) == (1, 0)
    assert stored.lead.attributes == {"source": "Google", "visits": 3.0, "seen": False}
    assert (stored.lead.title, stored.lead.price, stored.lead.posted_time) == ("Two rooms", 0.0, lead.posted_time)
    assert stored.outcome == outcome
    assert stored.create_time is None


def test_the_wire_tells_a_lead_without_price_from_one_for_nothing(client):
    client.upsert_leads([Lead(lead_id="none"), Lead(lead_id="zero", price=0)])
    assert client.get_lead("none").lead.price is None
    assert client.get_lead("zero").lead.price == 0.0
    assert client.get_lead("none").outcome is None


def test_many_leads_go_in_calls_of_500_with_ids_derived_from_one(client, server):
    result = client.upsert_leads(writes(1001), request_id="nightly")
    assert result.created_count == 1001
    assert result.request_id == "nightly"
    assert [len(request.leads) for request in server.requests("UpsertLeads")] == [500, 500, 1]
    assert [request.request_id for request in server.requests("UpsertLeads")] == ["nightly.1", "nightly.2", "nightly.3"]


def test_the_same_write_repeated_has_the_same_ids(client, server):
    client.upsert_leads(writes(501), request_id="nightly")
    client.upsert_leads(writes(501), request_id="nightly")
    first, second, *again = server.requests("UpsertLeads")
    assert again == [first, second]


def test_an_id_without_room_for_the_number_is_refused_before_anything_is_sent(client, server):
    with pytest.raises(leadline.InvalidRequest, match="request_id"):
        client.upsert_leads(writes(501), request_id="x" * 127)
    assert server.requests("UpsertLeads") == []


def test_a_failure_half_way_says_how_to_go_on(client, server):
    server.refuse_lead = lambda lead: lead.lead_id == "lead-0600"
    with pytest.raises(leadline.InvalidRequest) as failed:
        client.upsert_leads(writes(1001), request_id="nightly")
    assert failed.value.violations[0].field == "leads[600].price"
    assert failed.value.request_id == "nightly"
    assert len(server.stored) == 500


def test_nothing_is_sent_when_one_lead_cannot_be(client, server):
    bad = [*writes(600), LeadWrite(lead=Lead(lead_id="z", attributes={"x": [1]}))]
    with pytest.raises(leadline.InvalidRequest) as refused:
        client.upsert_leads(bad)
    assert refused.value.violations[0].field == "leads[600].attributes['x']"
    assert server.requests("UpsertLeads") == []


def test_no_leads_need_no_call(client, server):
    assert client.upsert_leads([]).created_count == 0
    assert server.requests("UpsertLeads") == []


def test_listing_walks_the_pages_as_needed(client, server):
    client.upsert_leads(writes(8))
    listing = client.list_leads()
    assert next(listing).lead.lead_id == "lead-0000"
    assert len(server.requests("ListLeads")) == 1
    assert [stored.lead.lead_id for stored in listing] == [f"lead-{number:04}" for number in range(1, 8)]
    assert [request.page_token for request in server.requests("ListLeads")] == ["", "3", "6"]


def test_an_error_between_pages_is_one_of_the_tree(client, server):
    client.upsert_leads(writes(8))
    listing = client.list_leads()
    next(listing)
    server.fail("ListLeads", grpc.StatusCode.UNAUTHENTICATED)
    with pytest.raises(leadline.Unauthenticated):
        list(listing)
