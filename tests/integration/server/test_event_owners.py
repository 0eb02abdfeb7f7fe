"""Events of sellers, tenants and roles: what each may write and see."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from leadline.v1 import event_pb2, lead_pb2, lead_service_pb2
from leadline.v1 import event_service_pb2 as pb

from core.caller import Role
from tests.parts.errors import failure_in
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import Stubs, served_here

RECORDED, REFUSED = pb.EVENT_STATUS_RECORDED, pb.EVENT_STATUS_REFUSED


@pytest.fixture(scope="module")
def home(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(active_home, tmp_path_factory.mktemp("events") / "home"))


@pytest.fixture(scope="module")
def keys(home: Path):
    return {
        "ann": bearer(make_key(home, "acme", Role.SELLER, owner_id="ann").secret),
        "admin": bearer(make_key(home, "acme", Role.ADMIN).secret),
        "reader": bearer(make_key(home, "acme", Role.READER).secret),
        "recorder": bearer(make_key(home, "acme", Role.RECORDER).secret),
        "stranger": bearer(make_key(home, "other", Role.ADMIN).secret),
    }


@pytest.fixture(scope="module")
def server(home: Path, keys) -> Iterator[Stubs]:
    with served_here(home, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        leads = [
            lead_service_pb2.LeadWrite(lead=lead_pb2.Lead(lead_id=f"{owner}s", owner_id=owner, title="x"))
            for owner in ("ann", "bob")
        ]
        stubs.leads.UpsertLeads(
            lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=leads), metadata=keys["admin"]
        )
        yield stubs


def record(stubs, metadata, *events):
    return stubs.events.RecordEvents(pb.RecordEventsRequest(events=events), metadata=metadata).results


def listed(stubs, metadata, lead_id):
    found = stubs.events.ListEvents(pb.ListEventsRequest(lead_id=lead_id), metadata=metadata).events
    return [stored.event.event_id for stored in found]


def event(event_id, lead_id, **fields):
    return event_pb2.Event(event_id=event_id, lead_id=lead_id, kind=event_pb2.EVENT_KIND_ITEM_VIEWED, **fields)


def test_a_seller_records_and_sees_events_of_own_leads_only(server, keys):
    sent = [event("1", "anns"), event("2", "bobs"), event("3", "nobodys"), event("4", "anns", agent_id="bob")]
    results = record(server, keys["ann"], *sent)
    assert [result.status for result in results] == [RECORDED, REFUSED, REFUSED, REFUSED]
    failures = [failure_in(result.error) for result in results[1:]]
    assert [failure.code for failure in failures[:2]] == [grpc.StatusCode.NOT_FOUND] * 2
    assert failures[2].fields == ["events[3].agent_id"]
    assert listed(server, keys["ann"], "anns") == ["1"]
    record(server, keys["admin"], event("5", "bobs"), event("6", "nobodys"))
    for lead_id in ("bobs", "nobodys"):
        with pytest.raises(grpc.RpcError) as caught:
            listed(server, keys["ann"], lead_id)
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert listed(server, keys["admin"], "nobodys") == ["6"]


def test_tenants_and_roles_are_walled_off(server, keys):
    record(server, keys["recorder"], event("7", "shared"))
    assert listed(server, keys["reader"], "shared") == ["7"]
    assert listed(server, keys["stranger"], "shared") == []
    assert [result.status for result in record(server, keys["stranger"], event("7", "other"))] == [RECORDED]
    for call, key in (
        (lambda metadata: record(server, metadata, event("8", "shared")), "reader"),
        (lambda metadata: listed(server, metadata, "shared"), "recorder"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call(keys[key])
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
