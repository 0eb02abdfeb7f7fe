from __future__ import annotations

from leadline.v1 import event_pb2

from core.event import Device, EventKind, PageType, Referrer
from server.convert import event as convert


def test_every_word_of_the_contract_is_known_and_none_besides():
    for wire, prefix, kind in (
        (event_pb2.EventKind, "EVENT_KIND_", EventKind),
        (event_pb2.PageType, "PAGE_TYPE_", PageType),
        (event_pb2.DeviceType, "DEVICE_TYPE_", Device),
        (event_pb2.ReferrerType, "REFERRER_TYPE_", Referrer),
    ):
        names = {name.removeprefix(prefix) for name in wire.keys()} - {"UNSPECIFIED"}  # noqa: SIM118 - no mapping
        assert names == set(kind.__members__)


def test_an_event_goes_to_the_wire_and_back():
    wire = event_pb2.Event(event_id="e", lead_id="a", kind=event_pb2.EVENT_KIND_SESSION_ENDED, price=0.1, value=-2.5)
    wire.duration.seconds, wire.duration.nanos = 3, 7_000_000
    wire.occurred_time.seconds, wire.occurred_time.nanos = 1_700_000_000, 1_000
    read = convert._event(wire)
    assert (read.duration_ms, read.occurred_us, read.price_e4) == (3_007, 1_700_000_000_000_001, 1_000)
    (stored,) = convert.stored_events_to_wire([read])
    assert stored.event == wire
