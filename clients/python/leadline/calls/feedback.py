"""FeedbackService."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from leadline.convert.feedback import (
    analytics_from_wire,
    feedback_to_wire,
    interaction_to_wire,
    stored_feedback_from_wire,
)
from leadline.convert.times import time_from_wire, time_to_wire
from leadline.errors import LeadlineError
from leadline.feedback import Feedback, FeedbackAnalytics, FeedbackPruneResult, Interaction, StoredFeedback
from leadline.transport import Transport
from leadline.v1 import feedback_service_pb2 as pb


class FeedbackCalls:
    """Records what people did or said about leads: what models learn from."""

    _transport: Transport

    def record_feedback(
        self, feedback: Feedback, *, request_id: str | None = None, timeout: timedelta | None = None
    ) -> StoredFeedback:
        """Record one piece of feedback. It is on disk when this returns.

        Args:
            feedback: What was done or said.
            request_id: Idempotency key; None makes one. After a failure repeat with the ``request_id`` of the error.
            timeout: None means the client's.

        Raises:
            InvalidRequest: Names every broken field.
            NotFound: If the lead is not stored.
        """
        key = request_id or uuid4().hex
        request = pb.RecordFeedbackRequest(request_id=key, feedback=feedback_to_wire(feedback))
        try:
            response = self._transport.call(self._transport.feedback.RecordFeedback, request, timeout=timeout)
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return stored_feedback_from_wire(response.feedback)

    def record_implicit_feedback(
        self,
        session_id: str,
        interactions: Sequence[Interaction],
        *,
        agent_id: str = "",
        user_agent: str = "",
        ip_address: str = "",
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> list[StoredFeedback]:
        """Record what somebody did in a session, all of it or nothing.

        Args:
            session_id: The session.
            interactions: 1 to 500.
            agent_id: Whose session it is; "" means the caller's.
            user_agent: Of the person's browser; kept as a pseudonym only.
            ip_address: Of the person; kept as a pseudonym only.
            request_id: As for :meth:`record_feedback`.
            timeout: None means the client's.
        """
        key = request_id or uuid4().hex
        request = pb.RecordImplicitFeedbackRequest(
            request_id=key,
            session_id=session_id,
            interactions=[interaction_to_wire(one, position) for position, one in enumerate(interactions)],
            agent_id=agent_id,
            user_agent=user_agent,
            ip_address=ip_address,
        )
        try:
            response = self._transport.call(self._transport.feedback.RecordImplicitFeedback, request, timeout=timeout)
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return list(map(stored_feedback_from_wire, response.feedback))

    def list_feedback(
        self,
        *,
        lead_id: str = "",
        agent_id: str = "",
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        with_history: bool = False,
        page_size: int = 100,
        timeout: timedelta | None = None,
    ) -> Iterator[StoredFeedback]:
        """Yield feedback, newest first by the time it happened; pages are fetched as they are needed.

        Args:
            lead_id: Only about this lead.
            agent_id: Only of this agent.
            start_time: Only what happened then or later; aware.
            end_time: Only what happened before; aware.
            with_history: Also revisions that were corrected; needs ``lead_id``.
            page_size: Pieces fetched at a time, 1 to 1,000.
            timeout: Of each call.
        """
        request = pb.ListFeedbackRequest(
            page_size=page_size, lead_id=lead_id, agent_id=agent_id, with_history=with_history
        )
        if start_time is not None:
            request.start_time.CopyFrom(time_to_wire(start_time))
        if end_time is not None:
            request.end_time.CopyFrom(time_to_wire(end_time))
        while True:
            response = self._transport.call(self._transport.feedback.ListFeedback, request, timeout=timeout)
            yield from map(stored_feedback_from_wire, response.feedback)
            request.page_token = response.next_page_token
            if not request.page_token:
                return

    def feedback_analytics(self, days: int = 0, *, timeout: timedelta | None = None) -> FeedbackAnalytics:
        """Sum up the feedback of the last ``days``, 1 to 365; 0 means 30."""
        request = pb.GetFeedbackAnalyticsRequest(days=days)
        return analytics_from_wire(
            self._transport.call(self._transport.feedback.GetFeedbackAnalytics, request, timeout=timeout)
        )

    def prune_feedback(
        self,
        retention_days: int = 0,
        *,
        dry_run: bool = False,
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> FeedbackPruneResult:
        """Remove feedback that is older than ``retention_days``, 1 to 3,650; 0 means 365. For admins."""
        key = request_id or uuid4().hex
        request = pb.PruneFeedbackRequest(request_id=key, retention_days=retention_days, dry_run=dry_run)
        try:
            response = self._transport.call(
                self._transport.feedback.PruneFeedback, request, timeout=timeout, at_least=timedelta(seconds=30)
            )
        except LeadlineError as problem:
            problem.request_id = key
            raise
        before = time_from_wire(response.before_time) if response.HasField("before_time") else None
        return FeedbackPruneResult(
            pruned_count=response.pruned_count, kept_count=response.kept_count, before_time=before
        )
