"""A seller's leads are its own; no others exist for it, in any place of any request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import code_pb2
from leadline.v1 import lead_pb2, lead_service_pb2, scoring_service_pb2

from core.caller import Role
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import Stubs, served_here

NOT_FOUND, INVALID = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT


@pytest.fixture(scope="module")
def home(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(active_home, tmp_path_factory.mktemp("sellers") / "home"))


@pytest.fixture(scope="module")
def ann(home: Path):
    return bearer(make_key(home, "acme", Role.SELLER, owner_id="ann").secret)


@pytest.fixture(scope="module")
def admin(home: Path):
    return bearer(make_key(home, "acme", Role.ADMIN).secret)


@pytest.fixture(scope="module")
def server(home: Path, admin) -> Iterator[Stubs]:
    with served_here(home, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        leads = [("anns", "ann"), ("bobs", "bob"), ("nobodys", "")]
        stubs.leads.UpsertLeads(
            upsert("seed", *(lead(i, owner, title=f"of {owner}") for i, owner in leads)), metadata=admin
        )
        yield stubs


def lead(lead_id: str, owner_id: str = "", **fields) -> lead_pb2.Lead:
    return lead_pb2.Lead(lead_id=lead_id, owner_id=owner_id, **fields)


def upsert(request_id: str, *leads: lead_pb2.Lead) -> lead_service_pb2.UpsertLeadsRequest:
    return lead_service_pb2.UpsertLeadsRequest(
        request_id=request_id, leads=[lead_service_pb2.LeadWrite(lead=one) for one in leads]
    )


def refusal(call, request, metadata) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request, metadata=metadata)
    return caught.value.code(), caught.value.details()


def get(lead_id: str) -> lead_service_pb2.GetLeadRequest:
    return lead_service_pb2.GetLeadRequest(lead_id=lead_id)


def test_a_foreign_lead_cannot_be_told_from_none(server, ann):
    assert server.leads.GetLead(get("anns"), metadata=ann).lead.lead.title == "of ann"
    unknown = refusal(server.leads.GetLead, get("nowhere"), ann)
    for lead_id in ("bobs", "nobodys"):
        code, text = refusal(server.leads.GetLead, get(lead_id), ann)
        assert (code, text.replace(lead_id, "nowhere")) == unknown == (NOT_FOUND, "no lead 'nowhere'")


@pytest.mark.parametrize("asked", ["", "ann", "bob"])
def test_a_list_holds_the_sellers_own_leads_whatever_it_asks_for(server, ann, asked):
    request = lead_service_pb2.ListLeadsRequest(owner_id=asked)
    owners = {stored.lead.owner_id for stored in server.leads.ListLeads(request, metadata=ann).leads}
    assert owners == {"ann"}


def test_a_foreign_lead_is_not_scored_by_its_id(server, ann):
    def ask(lead_id):
        return scoring_service_pb2.ScoreRequest(lead=lead(lead_id))

    assert 0 <= server.scoring.Score(ask("anns"), metadata=ann).result.score <= 100
    for lead_id in ("bobs", "nobodys", "nowhere"):
        assert refusal(server.scoring.Score, ask(lead_id), ann) == (NOT_FOUND, f"no lead {lead_id!r}")


def test_every_id_of_a_batch_is_checked(server, ann):
    wanted = ["anns", "bobs", "nowhere", "nobodys", "anns"]
    leads = [*(lead(lead_id) for lead_id in wanted), lead("inline", "bob", title="x"), lead("inline", title="x")]
    request = scoring_service_pb2.BatchScoreRequest(leads=leads)
    results = server.scoring.BatchScore(request, metadata=ann).results
    codes = [result.error.code for result in results]
    no, ok = code_pb2.NOT_FOUND, code_pb2.OK
    assert codes == [ok, no, no, no, ok, code_pb2.INVALID_ARGUMENT, ok]
    assert [results[position].error.message for position in (1, 2)] == ["no lead 'bobs'", "no lead 'nowhere'"]
    assert "leads[5].owner_id" in results[5].error.message


def test_every_id_of_a_stream_is_checked(server, ann):
    requests = [
        scoring_service_pb2.StreamScoreRequest(request=scoring_service_pb2.ScoreRequest(lead=lead(lead_id)))
        for lead_id in ("bobs", "anns")
    ]
    foreign, own = server.scoring.StreamScore(iter(requests), metadata=ann)
    assert foreign.error.code == code_pb2.NOT_FOUND
    assert own.result.lead_id == "anns"


def test_a_lead_that_is_written_without_an_owner_is_the_sellers(server, ann, admin):
    server.leads.UpsertLeads(upsert("new", lead("new", title="mine")), metadata=ann)
    assert server.leads.GetLead(get("new"), metadata=admin).lead.lead.owner_id == "ann"


def test_a_batch_with_one_foreign_lead_writes_nothing(server, ann, admin):
    for request_id, foreign, code in (
        ("steal-1", lead("bobs", title="stolen"), NOT_FOUND),
        ("steal-2", lead("nobodys", title="stolen"), NOT_FOUND),
        ("steal-3", lead("fresh-2", "bob", title="planted"), INVALID),
    ):
        request = upsert(request_id, lead("fresh", title="x"), foreign)
        assert refusal(server.leads.UpsertLeads, request, ann)[0] == code
    assert server.leads.GetLead(get("bobs"), metadata=admin).lead.lead.title == "of bob"
    for lead_id in ("fresh", "fresh-2"):
        assert refusal(server.leads.GetLead, get(lead_id), admin)[0] == NOT_FOUND


def test_a_page_token_of_somebody_else_leads_to_no_foreign_lead(server, ann, admin):
    token = server.leads.ListLeads(lead_service_pb2.ListLeadsRequest(page_size=1), metadata=admin).next_page_token
    request = lead_service_pb2.ListLeadsRequest(page_size=1, page_token=token)
    assert refusal(server.leads.ListLeads, request, ann)[0] == INVALID
