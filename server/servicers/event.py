"""EventService."""

from __future__ import annotations

import grpc
from leadline.v1 import event_service_pb2 as pb
from leadline.v1 import event_service_pb2_grpc

from core.identifiers import LeadId, check_identifier
from core.paging import decode_page_token, encode_page_token, page_limit
from core.ports import Clock
from server.behavior import Behavior
from server.convert.event import events_from_wire, recorded_to_wire, stored_events_to_wire
from server.identity import Identify

_LIST = "events"


class EventServicer(event_service_pb2_grpc.EventServiceServicer):
    """Wire face of :class:`core.behavior.event_log.EventLog`."""

    def __init__(self, behavior: Behavior, identify: Identify, clock: Clock) -> None:
        self._behavior = behavior
        self._identify = identify
        self._clock = clock

    def RecordEvents(self, request: pb.RecordEventsRequest, context: grpc.ServicerContext) -> pb.RecordEventsResponse:
        """Record events."""
        caller = self._identify(context)
        events = events_from_wire(request, caller, self._behavior.intake)
        return recorded_to_wire(self._behavior.record(caller, request.request_id, events))

    def ListEvents(self, request: pb.ListEventsRequest, context: grpc.ServicerContext) -> pb.ListEventsResponse:
        """List the events of a lead."""
        caller, lead_id = self._identify(context), LeadId(check_identifier(request.lead_id, "lead_id"))
        filters = {"lead_id": lead_id}
        after = decode_page_token(request.page_token, caller.tenant, _LIST, filters)
        page = self._behavior.events.page(caller, lead_id, limit=page_limit(request.page_size), after=after)
        token = encode_page_token(caller.tenant, _LIST, filters, page.next_key)
        return pb.ListEventsResponse(events=stored_events_to_wire(page.items), next_page_token=token)
