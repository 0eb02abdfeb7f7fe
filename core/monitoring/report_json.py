"""Drift reports and alerts as canonical JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from core.monitoring.alert import AlertCause, AlertSeverity, Trouble
from core.monitoring.findings import Baseline, CalibrationFinding, Direction, DriftFinding, DriftReport, ScoreBin
from core.version import Metric


def report_to_json(report: DriftReport) -> str:
    """Return a report as canonical JSON: ASCII, sorted keys, no spaces, times in UTC."""
    return _canonical(asdict(report))


def report_from_json(content: str) -> DriftReport:
    """Return the report that :func:`report_to_json` wrote."""
    values: dict[str, Any] = json.loads(content)
    score, calibration, full = values["score"], values["calibration"], values["full_check_time"]
    return DriftReport(
        kind=values["kind"],
        version=values["version"],
        report_time=_moment(values["report_time"]),
        start_time=_moment(values["start_time"]),
        end_time=_moment(values["end_time"]),
        row_count=values["row_count"],
        features=tuple(map(_finding, values["features"])),
        score=None if score is None else _finding(score),
        expected_metrics=tuple(Metric(**metric) for metric in values["expected_metrics"]),
        calibration=None if calibration is None else CalibrationFinding(**calibration),
        score_bins=tuple(ScoreBin(**one) for one in values["score_bins"]),
        full_check_time=None if full is None else _moment(full),
        stale=values["stale"],
    )


def trouble_to_json(trouble: Trouble, calm_checks: int) -> str:
    """Return what an alert is about, and how long it has been calm, as canonical JSON."""
    return _canonical({**asdict(trouble), "evidence": dict(trouble.evidence), "calm_checks": calm_checks})


def trouble_from_json(content: str) -> tuple[Trouble, int]:
    """Return what :func:`trouble_to_json` wrote."""
    values: dict[str, Any] = json.loads(content)
    trouble = Trouble(
        cause=AlertCause(values["cause"]),
        severity=AlertSeverity(values["severity"]),
        message=values["message"],
        features=tuple(values["features"]),
        direction=values["direction"],
        evidence=values["evidence"],
        suggestion=values["suggestion"],
    )
    return trouble, int(values["calm_checks"])


def _finding(values: Mapping[str, Any]) -> DriftFinding:
    kinds = {"baseline": Baseline(values["baseline"]), "direction": Direction(values["direction"])}
    return DriftFinding(**{**values, **kinds})


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_time_text)


def _time_text(moment: object) -> str:
    if not isinstance(moment, datetime):
        message = f"{type(moment).__name__} has no place in a report"
        raise TypeError(message)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
