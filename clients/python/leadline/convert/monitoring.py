"""Drift, alerts, the shadow and the online learner on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.durations import duration_from_wire
from leadline.convert.enums import enum_table
from leadline.convert.model import metric_from_wire
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire
from leadline.monitoring import (
    Alert,
    AlertSeverity,
    CalibrationFinding,
    DriftBaseline,
    DriftFinding,
    DriftReport,
    OnlineLearner,
    ScoreBin,
    ShadowReport,
)
from leadline.v1 import monitoring_service_pb2 as pb

_BASELINES: Final = enum_table(pb.DriftBaseline.items(), "DRIFT_BASELINE_", DriftBaseline)
_SEVERITIES: Final = enum_table(pb.AlertSeverity.items(), "ALERT_SEVERITY_", AlertSeverity)


def report_from_wire(wire: pb.DriftReport) -> DriftReport:
    """Return a message as a drift report."""
    return DriftReport(
        version=wire.version,
        report_time=time_from_wire(wire.report_time) if wire.HasField("report_time") else None,
        start_time=time_from_wire(wire.start_time) if wire.HasField("start_time") else None,
        end_time=time_from_wire(wire.end_time) if wire.HasField("end_time") else None,
        row_count=wire.row_count,
        features=tuple(map(_finding, wire.features)),
        score=_finding(wire.score) if wire.HasField("score") else None,
        expected_metrics=tuple(map(metric_from_wire, wire.expected_metrics)),
        calibration=_calibration(wire.calibration) if wire.HasField("calibration") else None,
        score_bins=tuple(
            ScoreBin(lower=one.lower, upper=one.upper, share=one.share, baseline_share=one.baseline_share)
            for one in wire.score_bins
        ),
    )


def alert_from_wire(wire: pb.Alert) -> Alert:
    """Return a message as an alert."""
    return Alert(
        alert_id=wire.alert_id,
        kind=wire.kind,
        version=wire.version,
        cause=wire.cause,
        severity=_SEVERITIES.get(wire.severity, AlertSeverity.UNKNOWN),
        message=wire.message,
        features=tuple(wire.features),
        direction=wire.direction,
        evidence=dict(wire.evidence),
        suggestion=wire.suggestion,
        open_time=time_from_wire(wire.open_time) if wire.HasField("open_time") else None,
        update_time=time_from_wire(wire.update_time) if wire.HasField("update_time") else None,
        recover_time=time_from_wire(wire.recover_time) if wire.HasField("recover_time") else None,
    )


def shadow_from_wire(wire: pb.GetShadowReportResponse) -> ShadowReport:
    """Return a message as a shadow report."""
    flips = wire.decision_flip_interval
    return ShadowReport(
        shadow_version=wire.shadow_version,
        active_version=wire.active_version,
        reason=wire.reason,
        start_time=time_from_wire(wire.start_time) if wire.HasField("start_time") else None,
        sample_count=wire.sample_count,
        rank_correlation=wire.rank_correlation if wire.HasField("rank_correlation") else None,
        decision_flip_rate=wire.decision_flip_rate,
        decision_flip_interval=interval_from_wire(flips) if wire.HasField("decision_flip_interval") else None,
        mean_difference=wire.mean_difference,
        score_psi=wire.score_psi,
        shadow_metrics=tuple(map(metric_from_wire, wire.shadow_metrics)),
        active_metrics=tuple(map(metric_from_wire, wire.active_metrics)),
        median_latency=duration_from_wire(wire.median_latency),
        p99_latency=duration_from_wire(wire.p99_latency),
        dropped_count=wire.dropped_count,
    )


def online_from_wire(wire: pb.GetOnlineLearnerResponse) -> OnlineLearner:
    """Return a message as the state of the online learner."""
    return OnlineLearner(
        update_count=wire.update_count,
        version=wire.version,
        snapshot=wire.snapshot,
        bound_points=wire.bound_points,
        proven=wire.proven,
        e_value=wire.e_value,
        log_loss=wire.log_loss if wire.HasField("log_loss") else None,
        version_log_loss=wire.version_log_loss if wire.HasField("version_log_loss") else None,
        update_time=time_from_wire(wire.update_time) if wire.HasField("update_time") else None,
    )


def _finding(wire: pb.DriftFinding) -> DriftFinding:
    return DriftFinding(
        name=wire.name,
        group=wire.group,
        baseline=_BASELINES.get(wire.baseline, DriftBaseline.UNKNOWN),
        psi=wire.psi,
        ks=wire.ks,
        js=wire.js,
        p_value=wire.p_value,
        missing_rate=wire.missing_rate,
        baseline_missing_rate=wire.baseline_missing_rate,
        drifted=wire.drifted,
        direction=wire.direction,
    )


def _calibration(wire: pb.CalibrationFinding) -> CalibrationFinding:
    return CalibrationFinding(
        observed_over_expected=wire.observed_over_expected,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
        sample_count=wire.sample_count,
        drifted=wire.drifted,
    )
