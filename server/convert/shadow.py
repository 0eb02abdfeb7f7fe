"""What learns and is compared beside the serving version."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from leadline.v1 import explanation_pb2
from leadline.v1 import monitoring_service_pb2 as pb

from core.monitoring.shadow_report import ShadowReport
from core.scoring.online.report import OnlineReport
from server.convert.metrics import realised_to_wire
from server.convert.times import time_to_wire


def shadow_report_to_wire(report: ShadowReport) -> pb.GetShadowReportResponse:
    """Return a report on the challenger as a message."""
    wire = pb.GetShadowReportResponse(
        shadow_version=report.shadow_version,
        active_version=report.active_version,
        reason=report.reason,
        start_time=None if report.start_time is None else time_to_wire(report.start_time),
        sample_count=report.sample_count,
        rank_correlation=report.rank_correlation,
        mean_difference=report.mean_difference,
        score_psi=report.score_psi,
        shadow_metrics=map(realised_to_wire, report.shadow_metrics),
        active_metrics=map(realised_to_wire, report.active_metrics),
        median_latency=_duration(report.median_latency),
        p99_latency=_duration(report.p99_latency),
        dropped_count=report.dropped_count,
    )
    flips = report.flips
    if flips is not None:
        wire.decision_flip_rate = flips.value
        wire.decision_flip_interval.lower = flips.lower
        wire.decision_flip_interval.upper = flips.upper
        wire.decision_flip_interval.level = flips.level
        wire.decision_flip_interval.method = explanation_pb2.INTERVAL_METHOD_WILSON
    return wire


def online_report_to_wire(report: OnlineReport) -> pb.GetOnlineLearnerResponse:
    """Return a report on the online learner as a message."""
    return pb.GetOnlineLearnerResponse(
        update_count=report.update_count,
        version=report.version,
        snapshot=report.snapshot,
        bound_points=report.bound_points,
        proven=report.proven,
        e_value=report.e_value,
        log_loss=report.log_loss,
        version_log_loss=report.version_log_loss,
        update_time=None if report.update_time is None else time_to_wire(report.update_time),
    )


def _duration(time: timedelta | None) -> Duration | None:
    if time is None:
        return None
    wire = Duration()
    wire.FromTimedelta(time)
    return wire
