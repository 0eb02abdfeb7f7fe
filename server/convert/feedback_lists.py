"""Lists and summaries of feedback."""

from __future__ import annotations

from leadline.v1 import feedback_service_pb2 as pb
from leadline.v1.explanation_pb2 import INTERVAL_METHOD_WILSON, Interval

from core.feedback.analytics import FeedbackAnalytics, SourceSummary
from core.feedback.feedback_store import FeedbackQuery, PrunedFeedback
from core.feedback.problems import Problems
from core.feedback.rate import LEVEL, Rate
from core.feedback.recording import check_text
from core.identifiers import LeadId, check_identifier
from server.convert.feedback import ACTION_NUMBERS, SOURCE_NUMBERS
from server.convert.times import time_from_wire, time_to_wire


def query_from_wire(request: pb.ListFeedbackRequest) -> FeedbackQuery:
    """Return what a list is narrowed to.

    Raises:
        InvalidInput: Names every broken field.
    """
    problems = Problems()
    lead_id = problems.of(lambda: check_identifier(request.lead_id, "lead_id") if request.lead_id else "", "")
    agent_id = problems.of(lambda: check_text(request.agent_id, "agent_id"), "")
    has_start, has_end = request.HasField("start_time"), request.HasField("end_time")
    start = problems.of(lambda: time_from_wire(request.start_time, "start_time") if has_start else None, None)
    end = problems.of(lambda: time_from_wire(request.end_time, "end_time") if has_end else None, None)
    problems.raise_found()
    return FeedbackQuery(
        lead_id=LeadId(lead_id) if lead_id else None,
        agent_id=agent_id,
        start_time=start,
        end_time=end,
        with_history=request.with_history,
    )


def filters_of(query: FeedbackQuery) -> dict[str, str]:
    """Return the filters a page token is bound to."""
    return {
        "lead_id": query.lead_id or "",
        "agent_id": query.agent_id,
        "start_time": "" if query.start_time is None else query.start_time.isoformat(),
        "end_time": "" if query.end_time is None else query.end_time.isoformat(),
        "with_history": str(query.with_history),
    }


def analytics_to_wire(found: FeedbackAnalytics) -> pb.GetFeedbackAnalyticsResponse:
    """Return a summary as a message."""
    return pb.GetFeedbackAnalyticsResponse(
        start_time=time_to_wire(found.start_time),
        end_time=time_to_wire(found.end_time),
        total_count=found.total_count,
        actions=[
            pb.ActionShare(action=ACTION_NUMBERS[row.action], count=row.count, share=row.share) for row in found.actions
        ],
        sources=map(_source, found.sources),
        average_confidence=found.average_confidence,
        average_rating=found.average_rating,
        contact_success=_rate(found.contact_success),
        conversion=_rate(found.conversion),
        total_value=found.total_value,
        average_value=found.average_value,
        hours=[pb.TimeSlot(slot=slot, contact_success=_rate(rate)) for slot, rate in found.hours],
        weekdays=[pb.TimeSlot(slot=slot, contact_success=_rate(rate)) for slot, rate in found.weekdays],
        trend=[
            pb.FeedbackDay(
                day=time_to_wire(row.day), count=row.count, conversion_count=row.conversion_count, value=row.value
            )
            for row in found.trend
        ],
    )


def pruned_to_wire(pruned: PrunedFeedback) -> pb.PruneFeedbackResponse:
    """Return what pruning did as a message."""
    return pb.PruneFeedbackResponse(
        pruned_count=pruned.pruned_count,
        kept_count=pruned.kept_count,
        before_time=time_to_wire(pruned.before_time),
    )


def _source(row: SourceSummary) -> pb.SourceShare:
    return pb.SourceShare(
        source=SOURCE_NUMBERS[row.source],
        count=row.count,
        share=row.share,
        average_confidence=row.average_confidence,
        contact_success=_rate(row.contact_success),
    )


def _rate(rate: Rate | None) -> pb.RateSummary | None:
    if rate is None:
        return None
    interval = Interval(lower=rate.lower, upper=rate.upper, level=LEVEL, method=INTERVAL_METHOD_WILSON)
    return pb.RateSummary(success_count=rate.successes, total_count=rate.total, rate=rate.rate, interval=interval)
