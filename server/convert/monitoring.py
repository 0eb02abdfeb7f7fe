"""Drift reports and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadline.v1 import explanation_pb2
from leadline.v1 import monitoring_service_pb2 as pb

from core.errors import InvalidInput
from core.monitoring.alert import Alert, AlertSeverity
from core.monitoring.findings import Baseline, CalibrationFinding, DriftFinding, DriftReport
from server.convert.metrics import expected_to_wire
from server.convert.times import time_to_wire

MOST_HISTORY = 365
_BASELINES = {
    Baseline.TRAINING: pb.DRIFT_BASELINE_TRAINING,
    Baseline.LAST_WEEK: pb.DRIFT_BASELINE_LAST_WEEK,
}
_SEVERITIES = {
    AlertSeverity.INFO: pb.ALERT_SEVERITY_INFO,
    AlertSeverity.WARNING: pb.ALERT_SEVERITY_WARNING,
    AlertSeverity.CRITICAL: pb.ALERT_SEVERITY_CRITICAL,
}


def history_limit(request: pb.GetDriftReportRequest) -> int:
    """Return how many reports before the newest are asked for.

    Raises:
        InvalidInput: If it is out of range.
    """
    if not 0 <= request.history_count <= MOST_HISTORY:
        raise InvalidInput.of("history_count", f"must be 0 to {MOST_HISTORY}")
    return request.history_count


def reports_to_wire(reports: Sequence[DriftReport]) -> pb.GetDriftReportResponse:
    """Return reports, newest first, as the newest one whole and those before it in short, oldest first."""
    if not reports:
        return pb.GetDriftReportResponse()
    before = [report_to_wire(replace(report, features=())) for report in reversed(reports[1:])]
    return pb.GetDriftReportResponse(report=report_to_wire(reports[0]), history=before)


def report_to_wire(report: DriftReport) -> pb.DriftReport:
    """Return a drift report as a message."""
    score, calibration = report.score, report.calibration
    return pb.DriftReport(
        version=report.version,
        report_time=time_to_wire(report.report_time),
        start_time=time_to_wire(report.start_time),
        end_time=time_to_wire(report.end_time),
        row_count=report.row_count,
        features=map(finding_to_wire, report.features),
        score=None if score is None else finding_to_wire(score),
        expected_metrics=map(expected_to_wire, report.expected_metrics),
        calibration=None if calibration is None else calibration_to_wire(calibration),
        score_bins=[
            pb.ScoreBin(lower=one.lower, upper=one.upper, share=one.share, baseline_share=one.baseline_share)
            for one in report.score_bins
        ],
    )


def finding_to_wire(finding: DriftFinding) -> pb.DriftFinding:
    """Return a finding as a message."""
    return pb.DriftFinding(
        name=finding.name,
        group=finding.group,
        baseline=_BASELINES[finding.baseline],
        psi=finding.psi,
        ks=finding.ks,
        js=finding.js,
        p_value=finding.p_value,
        missing_rate=finding.missing_rate,
        baseline_missing_rate=finding.baseline_missing_rate,
        drifted=finding.drifted,
        direction=finding.direction,
    )


def calibration_to_wire(finding: CalibrationFinding) -> pb.CalibrationFinding:
    """Return how well probabilities hold as a message."""
    return pb.CalibrationFinding(
        observed_over_expected=finding.observed_over_expected,
        interval=explanation_pb2.Interval(
            lower=finding.lower,
            upper=finding.upper,
            level=finding.level,
            method=explanation_pb2.INTERVAL_METHOD_WILSON,
        ),
        sample_count=finding.sample_count,
        drifted=finding.drifted,
    )


def alert_to_wire(alert: Alert) -> pb.Alert:
    """Return an alert as a message."""
    trouble, recover = alert.trouble, alert.recover_time
    return pb.Alert(
        alert_id=alert.alert_id,
        kind=alert.kind,
        version=alert.version,
        cause=trouble.cause,
        severity=_SEVERITIES[trouble.severity],
        message=trouble.message,
        features=trouble.features,
        direction=trouble.direction,
        evidence=dict(trouble.evidence),
        suggestion=trouble.suggestion,
        open_time=time_to_wire(alert.open_time),
        update_time=time_to_wire(alert.update_time),
        recover_time=None if recover is None else time_to_wire(recover),
    )
