"""FeedbackService."""

from __future__ import annotations

import grpc
from leadline.v1 import feedback_service_pb2 as pb
from leadline.v1 import feedback_service_pb2_grpc

from core.feedback.analytics import analytics_window, summarise
from core.feedback.feedback_store import FeedbackStore, retention_of
from core.feedback.recording import FeedbackIntake
from core.identifiers import check_identifier
from core.paging import decode_page_token, encode_page_token, page_limit
from core.ports import Clock
from server.convert.feedback import RECORD, RECORD_IMPLICIT, explicit_from_wire, feedback_to_wire, implicit_from_wire
from server.convert.feedback_lists import analytics_to_wire, filters_of, pruned_to_wire, query_from_wire
from server.identity import Identify

_LIST = "feedback"


class FeedbackServicer(feedback_service_pb2_grpc.FeedbackServiceServicer):
    """Wire face of :class:`core.feedback.feedback_store.FeedbackStore`."""

    def __init__(self, feedback: FeedbackStore, intake: FeedbackIntake, identify: Identify, clock: Clock) -> None:
        self._feedback = feedback
        self._intake = intake
        self._identify = identify
        self._clock = clock

    def RecordFeedback(
        self, request: pb.RecordFeedbackRequest, context: grpc.ServicerContext
    ) -> pb.RecordFeedbackResponse:
        """Record one piece of feedback."""
        caller = self._identify(context)
        write = explicit_from_wire(request, caller, self._intake)
        (stored,) = self._feedback.record(caller, request.request_id, RECORD, [write])
        return pb.RecordFeedbackResponse(feedback=feedback_to_wire(stored))

    def RecordImplicitFeedback(
        self, request: pb.RecordImplicitFeedbackRequest, context: grpc.ServicerContext
    ) -> pb.RecordImplicitFeedbackResponse:
        """Record the interactions of a session."""
        caller = self._identify(context)
        writes = implicit_from_wire(request, caller, self._intake)
        stored = self._feedback.record(caller, request.request_id, RECORD_IMPLICIT, writes)
        return pb.RecordImplicitFeedbackResponse(feedback=map(feedback_to_wire, stored))

    def ListFeedback(self, request: pb.ListFeedbackRequest, context: grpc.ServicerContext) -> pb.ListFeedbackResponse:
        """List feedback."""
        caller, query = self._identify(context), query_from_wire(request)
        filters = filters_of(query)
        after = decode_page_token(request.page_token, caller.tenant, _LIST, filters)
        page = self._feedback.list(caller, query, limit=page_limit(request.page_size), after=after)
        token = encode_page_token(caller.tenant, _LIST, filters, page.next_key)
        return pb.ListFeedbackResponse(feedback=map(feedback_to_wire, page.items), next_page_token=token)

    def GetFeedbackAnalytics(
        self, request: pb.GetFeedbackAnalyticsRequest, context: grpc.ServicerContext
    ) -> pb.GetFeedbackAnalyticsResponse:
        """Sum feedback up."""
        caller, (start, end) = self._identify(context), analytics_window(request.days, self._clock())
        return analytics_to_wire(summarise(self._feedback.counts(caller, start, end), start, end))

    def PruneFeedback(
        self, request: pb.PruneFeedbackRequest, context: grpc.ServicerContext
    ) -> pb.PruneFeedbackResponse:
        """Remove old feedback."""
        caller, keep = self._identify(context), retention_of(request.retention_days)
        if request.dry_run:
            return pruned_to_wire(self._feedback.prunable(caller, keep))
        request_id = check_identifier(request.request_id, "request_id")
        return pruned_to_wire(self._feedback.prune(caller, request_id, keep))
