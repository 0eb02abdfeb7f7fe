from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta

import grpc
import leadline
import pytest
from leadline import DeviceType, Event, EventKind, EventStatus, PageType, ReferrerType
from leadline.convert import event as convert
from leadline.v1 import event_pb2

WHEN = datetime(2026, 3, 1, 9, 30, 0, 5, tzinfo=UTC)
WHOLE = Event(
    lead_id="a",
    kind=EventKind.ITEM_SWIPED,
    event_id="mine",
    occurred_time=WHEN,
    item_id="i-1",
    session_id="s",
    agent_id="kim",
    duration=timedelta(seconds=1.5),
    page_type=PageType.DETAIL,
    device=DeviceType.MOBILE,
    referrer=ReferrerType.SOCIAL,
    price=0.0,
    value=-2.5,
    quantity=3,
    positive=False,
    query="two rooms",
)


def numbers_of(wire, prefix):
    return {name.removeprefix(prefix) for name in wire.keys()} - {"UNSPECIFIED"}  # noqa: SIM118 - no mapping


@pytest.mark.parametrize(
    ("wire", "prefix", "kind"),
    [
        (event_pb2.EventKind, "EVENT_KIND_", EventKind),
        (event_pb2.PageType, "PAGE_TYPE_", PageType),
        (event_pb2.DeviceType, "DEVICE_TYPE_", DeviceType),
        (event_pb2.ReferrerType, "REFERRER_TYPE_", ReferrerType),
    ],
    ids=lambda value: value.__name__ if inspect.isclass(value) else None,
)
def test_every_word_of_the_contract_has_a_member(wire, prefix, kind):
    assert numbers_of(wire, prefix) == {member.name for member in kind} - {"UNKNOWN"}


def test_an_event_survives_the_wire():
    assert convert._event_from_wire(convert.event_to_wire(WHOLE, WHOLE.event_id)) == WHOLE
    bare = Event(lead_id="a", kind=EventKind.SESSION_STARTED, event_id="e")
    assert convert._event_from_wire(convert.event_to_wire(bare, "e")) == bare


def test_what_is_newer_than_the_client_is_unknown():
    wire = event_pb2.Event(lead_id="a", kind=99, page_type=99, device=99, referrer=99)
    read = convert._event_from_wire(wire)
    assert (read.kind, read.page_type, read.device, read.referrer) == (
        *(EventKind.UNKNOWN, PageType.UNKNOWN, DeviceType.UNKNOWN, ReferrerType.UNKNOWN),
    )


def test_events_are_recorded_at_once_with_a_result_each(client, server):
    refused = Event(lead_id="a", kind=EventKind.SEARCH_PERFORMED, query="refuse me", event_id="no")
    unnamed = Event(lead_id="b", kind=EventKind.ITEM_VIEWED, item_id="i")
    done = client.record_events([WHOLE, refused, unnamed, WHOLE], request_id="r-1")
    (request,) = server.requests("RecordEvents")
    assert request.request_id == "r-1"
    assert request.events[0].occurred_time.ToDatetime(UTC) == WHEN
    assert [(one.event_id, one.status) for one in done.results] == [
        ("mine", EventStatus.RECORDED),
        ("no", EventStatus.REFUSED),
        ("r-1-2", EventStatus.RECORDED),
        ("mine", EventStatus.DUPLICATE),
    ]
    assert (done.recorded_count, done.duplicate_count, done.refused_count) == (2, 1, 1)
    assert isinstance(done.results[1].error, leadline.InvalidRequest)
    assert done.results[1].error.violations[0].field == "events[1].query"
    assert done.recorded_time == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_failed_call_can_be_repeated_without_counting_twice(client, server):
    events = [Event(lead_id="a", kind=EventKind.ITEM_VIEWED) for _ in range(3)]
    server.fail("RecordEvents", grpc.StatusCode.DEADLINE_EXCEEDED)
    with pytest.raises(leadline.DeadlineExceeded) as caught:
        client.record_events(events)
    first = server.requests("RecordEvents")[0]
    client.record_events(events, request_id=caught.value.request_id)
    again = server.requests("RecordEvents")[1]
    assert [one.event_id for one in again.events] == [one.event_id for one in first.events]
    assert len({one.event_id for one in again.events}) == 3


@pytest.mark.parametrize("length", [124, 125, 128])
def test_ids_made_of_a_long_request_id_are_ids_and_stay(client, server, length):
    events = [Event(lead_id="a", kind=EventKind.ITEM_VIEWED) for _ in range(500)]
    for _ in range(2):
        client.record_events(events, request_id="r" * length)
    first, again = server.requests("RecordEvents")
    assert first == again
    made = {one.event_id for one in first.events}
    assert len(made) == 500
    assert max(map(len, made)) <= 128


def test_a_lost_answer_is_asked_for_again_with_the_same_id(client, server):
    server.fail("RecordEvents", grpc.StatusCode.UNAVAILABLE)
    client.item_liked("a", "i")
    first, again = server.requests("RecordEvents")
    assert first == again


def test_what_cannot_be_sent_names_its_place(client, server):
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - that is what is refused
    for broken, field in (
        (Event(lead_id="a", kind=EventKind.UNKNOWN), "events[1].kind"),
        (Event(lead_id="a", kind=EventKind.ITEM_VIEWED, occurred_time=naive), "events[1].occurred_time"),
        (Event(lead_id="a", kind=EventKind.ITEM_VIEWED, device=DeviceType.UNKNOWN), "events[1].device"),
        (Event(lead_id="a", kind=EventKind.ITEM_VIEWED, quantity=2**40), "events[1]"),
        (Event(lead_id=5, kind=EventKind.ITEM_VIEWED), "events[1]"),
    ):
        with pytest.raises(leadline.InvalidRequest) as caught:
            client.record_events([WHOLE, broken])
        assert caught.value.violations[0].field == field
    assert server.requests("RecordEvents") == []


OWN_ARGUMENTS = {
    "item_swiped": {"liked": False},
    "item_purchased": {"value": 99.5, "quantity": 2},
    "item_added_to_cart": {"quantity": 4},
    "booking_completed": {"value": 10.0},
    "search_performed": {"query": "lofts"},
    "filter_applied": {"query": "price<9"},
    "search_refined": {"query": "lofts SoHo"},
    "session_ended": {"duration": timedelta(minutes=5)},
    "agent_contacted": {"agent_id": "kim", "reached": True, "duration": timedelta(minutes=2)},
    "outcome_recorded": {"converted": True, "value": 7.0},
}
RENAMED = {"liked": "positive", "reached": "positive", "converted": "positive"}


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind is not EventKind.UNKNOWN], ids=lambda k: k.value)
def test_every_kind_has_a_method_that_says_everything(client, server, kind):
    method = getattr(client, kind.value)
    assert method.__doc__
    own = OWN_ARGUMENTS.get(kind.value, {})
    if "item_id" in inspect.signature(method).parameters:
        own = {**own, "item_id": "i-1"}
    context = {
        "session_id": "s",
        "occurred_time": WHEN,
        "page_type": PageType.HOME,
        "device": DeviceType.TABLET,
        "referrer": ReferrerType.EMAIL,
        "price": 12.25,
        "attribution_token": "t",
    }
    result = method("a", **own, **context, timeout=timedelta(seconds=9))
    assert result.status is EventStatus.RECORDED
    (call,) = server.calls["RecordEvents"]
    assert call.seconds_left < 9.5
    (sent,) = call.request.events
    assert sent.event_id == result.event_id != ""
    wanted = {RENAMED.get(name, name): value for name, value in {**own, **context}.items()}
    event = Event(lead_id="a", kind=kind, event_id=result.event_id, **wanted)
    assert sent == convert.event_to_wire(event, event.event_id)


def test_a_refused_event_raises_with_its_id(client):
    with pytest.raises(leadline.InvalidRequest) as caught:
        client.search_performed("a", "refuse me", event_id="mine")
    assert (caught.value.reason, caught.value.request_id) == ("INVALID_REQUEST", "mine")


def test_a_failed_event_raises_with_its_id(client, server):
    server.fail("RecordEvents", grpc.StatusCode.PERMISSION_DENIED)
    with pytest.raises(leadline.PermissionDenied) as caught:
        client.item_viewed("a", "i")
    assert caught.value.request_id == server.requests("RecordEvents")[0].events[0].event_id
    assert client.item_viewed("a", "i", event_id=caught.value.request_id).status is EventStatus.RECORDED


def test_events_of_a_lead_are_listed_over_pages(client, server):
    for number in range(5):
        client.item_viewed("a", f"i-{number}", occurred_time=WHEN)
    client.item_viewed("b", "other")
    found = list(client.list_events("a"))
    assert [stored.event.item_id for stored in found] == ["i-4", "i-3", "i-2", "i-1", "i-0"]
    assert (found[0].sequence, found[0].item_type, found[0].item_price) == (5, "loft", 12.5)
    assert [request.page_token for request in server.requests("ListEvents")] == ["", "3"]
