"""EventService against a running server."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import event_pb2
from leadline.v1 import event_service_pb2 as pb

from core.scoring.token import Attribution, TokenSigner
from server.secret import token_secret
from server.settings import read_settings
from tests.parts.errors import failure_in, failure_of
from tests.parts.serving import environment, served_here

INVALID = grpc.StatusCode.INVALID_ARGUMENT
VIEWED, SWIPED = event_pb2.EVENT_KIND_ITEM_VIEWED, event_pb2.EVENT_KIND_ITEM_SWIPED
RECORDED, ADJUSTED, DUPLICATE, REFUSED = (
    pb.EVENT_STATUS_RECORDED,
    pb.EVENT_STATUS_CLOCK_ADJUSTED,
    pb.EVENT_STATUS_DUPLICATE,
    pb.EVENT_STATUS_REFUSED,
)
NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture
def fresh(home):
    with served_here(home) as (_, stubs):
        yield stubs


@pytest.fixture
def signer(home):
    return TokenSigner(token_secret(read_settings(environment(home))))


def event(event_id="e1", lead_id="a", kind=VIEWED, **fields) -> event_pb2.Event:
    return event_pb2.Event(event_id=event_id, lead_id=lead_id, kind=kind, **fields)


def record(stubs, *events, request_id="") -> pb.RecordEventsResponse:
    return stubs.events.RecordEvents(pb.RecordEventsRequest(request_id=request_id, events=events))


def listed(stubs, lead_id="a", **query):
    return stubs.events.ListEvents(pb.ListEventsRequest(lead_id=lead_id, **query))


def refused(call, request):
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return failure_of(caught.value)


def seconds_from_now(seconds) -> Timestamp:
    return Timestamp(seconds=int(time.time()) + seconds)


def token_of(signer, **fields):
    shown = {"token_id": "ab" * 12, "tenant": "default", "lead_id": "a", "model_version": "r1", "source": "MODEL"}
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return signer.sign(Attribution(**{**shown, **fields}, score=0.0, score_time=moment))


def test_an_event_is_listed_whole_and_its_token_stays_inside(fresh, signer):
    sent = event(
        "whole",
        kind=SWIPED,
        occurred_time=Timestamp(seconds=int(time.time()) - 3_600, nanos=1_000),
        item_id="i:1",
        session_id="session/1 é",
        agent_id="kim",
        duration=Duration(seconds=65, nanos=7_000_000),
        page_type=event_pb2.PAGE_TYPE_SEARCH,
        device=event_pb2.DEVICE_TYPE_TABLET,
        referrer=event_pb2.REFERRER_TYPE_EMAIL,
        price=1_999.99,
        value=-0.0001,
        quantity=3,
        positive=False,
        query='two rooms, "quiet"\n',
        attribution_token=token_of(signer),
    )
    done = record(fresh, sent)
    assert [result.status for result in done.results] == [RECORDED]
    assert (done.recorded_count, done.duplicate_count, done.refused_count) == (1, 0, 0)
    (stored,) = listed(fresh).events
    sent.attribution_token = ""
    assert stored.event == sent
    assert (stored.sequence, stored.recorded_time) == (1, done.recorded_time)
    assert not stored.HasField("item_price")


def test_what_was_not_said_is_absent(fresh):
    done = record(fresh, event())
    (stored,) = listed(fresh).events
    assert stored.event == event(occurred_time=done.recorded_time)


def test_broken_events_have_errors_of_their_own_and_the_others_are_recorded(fresh):
    record(fresh, event("known"))
    done = record(
        fresh,
        event("good"),
        event("known"),
        event("known", "b"),
        event("no lead", ""),
        event("soon", occurred_time=seconds_from_now(300)),
        event("later", occurred_time=seconds_from_now(900)),
        event("old", occurred_time=Timestamp(seconds=0)),
        event("swipe", kind=SWIPED),
    )
    assert [result.status for result in done.results] == [
        *(RECORDED, DUPLICATE, REFUSED, REFUSED, ADJUSTED, REFUSED, REFUSED, REFUSED)
    ]
    assert (done.recorded_count, done.duplicate_count, done.refused_count) == (2, 1, 5)
    failures = [failure_in(done.results[place].error) for place in (2, 3, 5, 6, 7)]
    assert (failures[0].code, failures[0].info.reason) == (grpc.StatusCode.ALREADY_EXISTS, "EVENT_ALREADY_EXISTS")
    assert "events[2].event_id" in failures[0].message
    assert [failure.fields for failure in failures[1:]] == [
        ["events[3].event_id", "events[3].lead_id"],
        ["events[5].occurred_time"],
        ["events[6].occurred_time"],
        ["events[7].positive"],
    ]
    assert [stored.event.event_id for stored in listed(fresh).events] == ["soon", "good", "known"]


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"event_id": ""}, "event_id"),
        ({"event_id": "x" * 129}, "event_id"),
        ({"lead_id": "with space"}, "lead_id"),
        ({"kind": 0}, "kind"),
        ({"kind": 28}, "kind"),
        ({"kind": -1}, "kind"),
        ({"kind": event_pb2.EVENT_KIND_AGENT_CONTACTED}, "positive"),
        ({"kind": event_pb2.EVENT_KIND_OUTCOME_RECORDED}, "positive"),
        ({"occurred_time": Timestamp(seconds=-1)}, "occurred_time"),
        ({"occurred_time": Timestamp(seconds=2**62)}, "occurred_time"),
        ({"occurred_time": Timestamp(seconds=4_102_444_800)}, "occurred_time"),
        ({"occurred_time": Timestamp(seconds=1_700_000_000, nanos=-1)}, "occurred_time"),
        ({"occurred_time": Timestamp(seconds=1_700_000_000, nanos=1_000_000_000)}, "occurred_time"),
        ({"item_id": "é"}, "item_id"),
        ({"session_id": "x" * 129}, "session_id"),
        ({"agent_id": "a\x00"}, "agent_id"),
        ({"duration": Duration(seconds=86_400, nanos=1_000_000)}, "duration"),
        ({"duration": Duration(seconds=-1)}, "duration"),
        ({"duration": Duration(seconds=2**62)}, "duration"),
        ({"duration": Duration(nanos=-1)}, "duration"),
        ({"page_type": 99}, "page_type"),
        ({"device": -5}, "device"),
        ({"referrer": 8}, "referrer"),
        ({"price": -0.001}, "price"),
        ({"price": NAN}, "price"),
        ({"price": INFINITY}, "price"),
        ({"price": 1.1e12}, "price"),
        ({"value": -INFINITY}, "value"),
        ({"value": 1e300}, "value"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1_000_001}, "quantity"),
        ({"query": "x" * 1_001}, "query"),
        ({"query": "\x00"}, "query"),
        ({"attribution_token": "x"}, "attribution_token"),
        ({"attribution_token": "é"}, "attribution_token"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_every_broken_field_is_named(stubs, fields, broken):
    (result,) = record(
        stubs, event_pb2.Event(**{"event_id": "broken", "lead_id": "b", "kind": VIEWED, **fields})
    ).results
    assert result.status == REFUSED
    failure = failure_in(result.error)
    assert (failure.code, failure.fields) == (INVALID, [f"events[0].{broken}"])


@pytest.mark.parametrize("changed", [{"tenant": "other"}, {"lead_id": "b"}], ids=["tenant", "lead"])
def test_a_token_of_somebody_else_is_refused(fresh, signer, changed):
    done = record(fresh, event(attribution_token=token_of(signer, **changed)), event("e2"))
    assert [result.status for result in done.results] == [REFUSED, RECORDED]
    assert failure_in(done.results[0].error).fields == ["events[0].attribution_token"]


def test_whole_requests_fail_for_their_own_faults_only(stubs):
    for request, field in (
        (pb.RecordEventsRequest(), "events"),
        (pb.RecordEventsRequest(events=[event(f"e{number}") for number in range(501)]), "events"),
        (pb.RecordEventsRequest(events=[event()], request_id="a b"), "request_id"),
    ):
        failure = refused(stubs.events.RecordEvents, request)
        assert (failure.code, failure.fields) == (INVALID, [field])


def test_the_same_request_again_is_the_same_answer(fresh):
    sent = [event("a"), event("b"), event("c", kind=0)]
    first = record(fresh, *sent, request_id="r1")
    assert record(fresh, *sent, request_id="r1") == first
    assert record(fresh, *sent).duplicate_count == 2
    other = pb.RecordEventsRequest(request_id="r1", events=sent[:1])
    assert refused(fresh.events.RecordEvents, other).code is grpc.StatusCode.ALREADY_EXISTS


def test_events_are_listed_over_pages_of_one_lead(fresh):
    record(fresh, *(event(f"e{number}") for number in range(5)), event("other", "b"))
    first = listed(fresh, page_size=3)
    rest = listed(fresh, page_size=3, page_token=first.next_page_token)
    assert [stored.event.event_id for stored in (*first.events, *rest.events)] == ["e4", "e3", "e2", "e1", "e0"]
    assert rest.next_page_token == ""
    assert list(listed(fresh, "nowhere").events) == []
    for query, field in (
        ({"page_size": -1}, "page_size"),
        ({"lead_id": "b", "page_token": first.next_page_token}, "page_token"),
        ({"lead_id": ""}, "lead_id"),
    ):
        failure = refused(fresh.events.ListEvents, pb.ListEventsRequest(**{"lead_id": "a", **query}))
        assert (failure.code, failure.fields) == (INVALID, [field])
