"""What a server that keeps to the contract answers about events."""

# ruff: noqa: N802 - the names of the methods are those of the contract

from __future__ import annotations

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from leadline.v1 import event_pb2, event_service_pb2, event_service_pb2_grpc

from tests.parts.learning_answers import page_of


class EventAnswers(event_service_pb2_grpc.EventServiceServicer):
    """Refuses events with the query ``refuse me``; keeps the others, each id once."""

    def __init__(self):
        super().__init__()
        self.events: dict[str, event_pb2.Event] = {}

    def RecordEvents(self, request, context):
        self._enter("RecordEvents", request, context)
        response = event_service_pb2.RecordEventsResponse()
        response.recorded_time.FromJsonString("2026-03-01T12:00:00Z")
        for position, event in enumerate(request.events):
            if event.query == "refuse me":
                response.refused_count += 1
                response.results.add(status=event_service_pb2.EVENT_STATUS_REFUSED, error=_refusal(position))
            elif event.event_id in self.events:
                response.duplicate_count += 1
                response.results.add(status=event_service_pb2.EVENT_STATUS_DUPLICATE)
            else:
                response.recorded_count += 1
                response.results.add(status=event_service_pb2.EVENT_STATUS_RECORDED)
                self.events[event.event_id] = event
        return response

    def ListEvents(self, request, context):
        self._enter("ListEvents", request, context)
        own = [event for event in self.events.values() if event.lead_id == request.lead_id]
        stored = [
            event_service_pb2.StoredEvent(event=event, sequence=number, item_type="loft", item_price=12.5)
            for number, event in enumerate(own, start=1)
        ]
        found, token = page_of(stored[::-1], request)
        return event_service_pb2.ListEventsResponse(events=found, next_page_token=token)


def _refusal(position):
    violation = error_details_pb2.BadRequest.FieldViolation(
        field=f"events[{position}].query", description="must be something else"
    )
    status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT, message="not that")
    for detail in (
        error_details_pb2.ErrorInfo(reason="INVALID_REQUEST", domain="leadline"),
        error_details_pb2.BadRequest(field_violations=[violation]),
    ):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status
