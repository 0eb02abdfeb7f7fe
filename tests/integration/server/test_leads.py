"""LeadService against a running server."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import lead_pb2
from leadline.v1 import lead_service_pb2 as pb

from tests.parts.errors import failure_of
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_here


@pytest.fixture
def fresh(home):
    with served_here(home) as (_, stubs):
        yield stubs


def upsert(stubs: Stubs, request_id: str, *leads: lead_pb2.Lead, outcome: lead_pb2.LeadOutcome | None = None):
    writes = [pb.LeadWrite(lead=lead, outcome=outcome) for lead in leads]
    answer = stubs.leads.UpsertLeads(pb.UpsertLeadsRequest(request_id=request_id, leads=writes))
    return answer.created_count, answer.updated_count


def get(stubs: Stubs, lead_id: str) -> lead_pb2.StoredLead:
    return stubs.leads.GetLead(pb.GetLeadRequest(lead_id=lead_id)).lead


def test_what_was_written_is_read_back_whole(fresh):
    lead = lead_message(1, "whole")
    lead.owner_id = "anna"
    lead.attributes["flag"].flag = False
    outcome = lead_pb2.LeadOutcome(converted=True, outcome_time=Timestamp(seconds=1_780_000_000, nanos=5_000))
    assert upsert(fresh, "r1", lead, outcome=outcome) == (1, 0)
    stored = get(fresh, "whole")
    assert stored.lead == lead
    assert stored.outcome == outcome
    assert stored.revision == 1
    assert stored.create_time == stored.update_time


def test_a_write_without_an_outcome_leaves_the_stored_one(fresh):
    upsert(fresh, "r1", lead_message(1, "a"), outcome=lead_pb2.LeadOutcome(converted=True))
    assert upsert(fresh, "r2", lead_message(2, "a")) == (0, 1)
    stored = get(fresh, "a")
    assert stored.outcome.converted
    assert stored.outcome.HasField("outcome_time")
    assert stored.revision == 2
    assert stored.lead.title == lead_message(2).title


def test_a_repeated_request_has_one_effect_and_the_first_answer(fresh):
    lead = lead_message(1, "once")
    assert upsert(fresh, "same", lead) == (1, 0)
    assert upsert(fresh, "same", lead) == (1, 0)
    assert get(fresh, "once").revision == 1


def test_a_request_id_used_for_something_else_is_refused(fresh):
    upsert(fresh, "same", lead_message(1, "a"))
    with pytest.raises(grpc.RpcError) as caught:
        upsert(fresh, "same", lead_message(2, "a"))
    failure = failure_of(caught.value)
    assert failure.code is grpc.StatusCode.ALREADY_EXISTS
    assert (failure.detail.resource_type, failure.detail.resource_name) == ("request", "same")
    assert get(fresh, "a").revision == 1


def test_an_unknown_lead_is_not_found(fresh):
    with pytest.raises(grpc.RpcError) as caught:
        get(fresh, "absent")
    failure = failure_of(caught.value)
    assert (failure.code, failure.info.reason) == (grpc.StatusCode.NOT_FOUND, "LEAD_NOT_FOUND")
    assert dict(failure.info.metadata) == {"kind": "lead", "id": "absent"}


def test_pages_hold_every_lead_once_in_order(fresh):
    leads = [lead_message(n, f"lead-{n:03d}") for n in range(25)]
    for position, lead in enumerate(leads):
        lead.owner_id = "odd" if position % 2 else "even"
    upsert(fresh, "r", *leads)
    assert pages(fresh, page_size=10) == [10, 10, 5]
    assert pages(fresh, page_size=25) == [25]
    assert pages(fresh, page_size=0) == [25]
    assert pages(fresh, page_size=5, owner_id="odd") == [5, 5, 2]


def pages(stubs: Stubs, **options) -> list[int]:
    """Return the sizes of all pages; the ids must rise over all of them."""
    sizes, ids, token = [], [], ""
    while True:
        page = stubs.leads.ListLeads(pb.ListLeadsRequest(page_token=token, **options))
        sizes.append(len(page.leads))
        ids.extend(stored.lead.lead_id for stored in page.leads)
        token = page.next_page_token
        if not token:
            assert ids == sorted(set(ids))
            return sizes


def test_a_page_token_is_good_for_its_own_list_only(fresh):
    upsert(fresh, "r", *(lead_message(n, f"lead-{n}") for n in range(3)))
    token = fresh.leads.ListLeads(pb.ListLeadsRequest(page_size=1)).next_page_token
    with pytest.raises(grpc.RpcError) as caught:
        fresh.leads.ListLeads(pb.ListLeadsRequest(page_size=1, page_token=token, owner_id="anna"))
    assert failure_of(caught.value).fields == ["page_token"]


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\U0001f600", "\u202e", "\ufffe", "\r\n\x1f"], ids=ascii)
def test_any_text_is_kept_as_it_was(fresh, text):
    lead = lead_pb2.Lead(lead_id="odd", title=text, description=text, category=text, location_name=text, phone=text)
    lead.attributes[text].text = text
    upsert(fresh, "r", lead)
    assert get(fresh, "odd").lead == lead


@pytest.mark.parametrize("number", [0.0, -0.0, 5e-324, 1.7976931348623157e308, -1.5], ids=str)
def test_any_finite_number_is_kept_as_it_was(fresh, number):
    lead = lead_pb2.Lead(lead_id="odd", title="t")
    lead.attributes["n"].number = number
    upsert(fresh, "r", lead)
    assert get(fresh, "odd").lead.attributes["n"].number == number
