"""From what a check found to what is told: alerts that open once, stay while they last, and end when it is calm."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.monitoring.alert import Alert, AlertCause, AlertSeverity, Trouble
from core.monitoring.findings import Baseline, Direction, DriftFinding, DriftReport, named

CALM_CHECKS = 2
"""Checks in a row that must not see a trouble before it is over."""
MANY_FEATURES = 0.5
"""Share of all features at which drift is CRITICAL."""
_AGAINST = {Baseline.TRAINING: "training", Baseline.LAST_WEEK: "the week before"}
_CAUSES = {
    Direction.MISSING: AlertCause.MISSING_VALUES,
    Direction.NEW_VALUES: AlertCause.NEW_VALUES,
    Direction.CONSTANT: AlertCause.CONSTANT_FEATURE,
}
_SUGGESTIONS = {
    AlertCause.FEATURE_DRIFT: "Look whether leads or their source have changed; if they have for good, train anew.",
    AlertCause.SCORE_DRIFT: "Look at the drifted features first; compare expected with realised conversions.",
    AlertCause.CALIBRATION_DRIFT: "Train anew with recent outcomes; until then read scores as a ranking only.",
    AlertCause.MISSING_VALUES: "Look at what sends these values: a form, an import or a mapping may have changed.",
    AlertCause.NEW_VALUES: "Look at units and mappings of these features; training never saw such values.",
    AlertCause.CONSTANT_FEATURE: "Look at what sends these values: one default may stand for all of them.",
    AlertCause.STALE_SERVING: "Look whether callers still reach the server and which version serves them.",
}


def troubles(report: DriftReport) -> tuple[Trouble, ...]:
    """Return what a report says is wrong, one trouble for each cause."""
    found = [*_feature_troubles(report), _score_trouble(report), _calibration_trouble(report), _stale_trouble(report)]
    return tuple(trouble for trouble in found if trouble is not None)


def judged_causes(report: DriftReport) -> frozenset[AlertCause]:
    """Return the causes that a report can tell anything about: silence about the others does not mean calm.

    A check between two full ones asks for so much evidence that finding nothing says little.
    """
    causes = {AlertCause.STALE_SERVING}
    if not report.is_full:
        return frozenset(causes)
    if report.features:
        causes |= {AlertCause.FEATURE_DRIFT, AlertCause.SCORE_DRIFT, *_CAUSES.values()}
    if report.calibration is not None:
        causes.add(AlertCause.CALIBRATION_DRIFT)
    return frozenset(causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanges:
    """What a check does to alerts."""

    opened: tuple[Alert, ...]
    updated: tuple[Alert, ...]
    """Open before and after; seen again, or calm for the first time."""
    recovered: tuple[Alert, ...]


def alert_changes(
    before: Iterable[Alert],
    seen: Sequence[Trouble],
    *,
    judged: Collection[AlertCause],
    kind: str,
    version: str,
    now: datetime,
    new_id: Callable[[], str],
) -> AlertChanges:
    """Return what a check does to the alerts that are open.

    Args:
        before: Open alerts of the kind, at most one for each cause.
        seen: What the check saw, at most one for each cause.
        judged: Causes that the check could tell anything about.
        kind: Kind of model.
        version: That serves.
        now: When the check was made.
        new_id: Makes ids of alerts.
    """
    by_cause = {trouble.cause: trouble for trouble in seen}
    was_open = {alert.trouble.cause: alert for alert in before}
    opened = [
        Alert(alert_id=new_id(), kind=kind, version=version, trouble=trouble, open_time=now, update_time=now)
        for cause, trouble in by_cause.items()
        if cause not in was_open
    ]
    updated, recovered = [], []
    for cause, alert in was_open.items():
        if cause in by_cause:
            again = replace(alert, version=version, trouble=by_cause[cause], calm_checks=0, update_time=now)
            updated.append(again)
        elif cause in judged and alert.calm_checks + 1 >= CALM_CHECKS:
            recovered.append(replace(alert, calm_checks=alert.calm_checks + 1, recover_time=now))
        elif cause in judged:
            updated.append(replace(alert, calm_checks=alert.calm_checks + 1))
    return AlertChanges(opened=tuple(opened), updated=tuple(updated), recovered=tuple(recovered))


def _feature_troubles(report: DriftReport) -> list[Trouble]:
    grouped: dict[AlertCause, list[DriftFinding]] = {}
    for finding in report.features:
        if finding.drifted:
            grouped.setdefault(_CAUSES.get(finding.direction, AlertCause.FEATURE_DRIFT), []).append(finding)
    return [_feature_trouble(cause, findings, report) for cause, findings in grouped.items()]


def _feature_trouble(cause: AlertCause, findings: Sequence[DriftFinding], report: DriftReport) -> Trouble:
    worst = findings[0]
    features = tuple(dict.fromkeys(finding.name for finding in findings))
    width = len({finding.name for finding in report.features})
    critical = cause is AlertCause.FEATURE_DRIFT and len(features) >= MANY_FEATURES * width and width > 1
    what = {
        AlertCause.FEATURE_DRIFT: "moved",
        AlertCause.MISSING_VALUES: "are missing more or less often",
        AlertCause.NEW_VALUES: "have values that training never saw",
        AlertCause.CONSTANT_FEATURE: "have one value only",
    }[cause]
    return Trouble(
        cause=cause,
        severity=AlertSeverity.CRITICAL if critical else AlertSeverity.WARNING,
        message=f"{len(features)} of {width} features {what}: {named(features)}.",
        features=features,
        direction=worst.direction,
        evidence={"feature": worst.name, "answers": str(report.row_count), **_evidence(worst)},
        suggestion=_SUGGESTIONS[cause],
    )


def _score_trouble(report: DriftReport) -> Trouble | None:
    score = report.score
    if score is None or not score.drifted:
        return None
    against = _AGAINST[score.baseline]
    return Trouble(
        cause=AlertCause.SCORE_DRIFT,
        severity=AlertSeverity.WARNING,
        message=f"Scores are distributed otherwise than in {against} ({score.direction}).",
        features=report.drifted_features,
        direction=score.direction,
        evidence={"answers": str(report.row_count), **_evidence(score)},
        suggestion=_SUGGESTIONS[AlertCause.SCORE_DRIFT],
    )


def _calibration_trouble(report: DriftReport) -> Trouble | None:
    found = report.calibration
    if found is None or not found.drifted:
        return None
    ratio = found.observed_over_expected
    return Trouble(
        cause=AlertCause.CALIBRATION_DRIFT,
        severity=AlertSeverity.CRITICAL,
        message=f"{ratio:.2f} times as many leads convert as the probabilities say.",
        direction=Direction.UP if ratio > 1.0 else Direction.DOWN,
        evidence={
            "observed_over_expected": f"{ratio:.4g}",
            "lower": f"{found.lower:.4g}",
            "upper": f"{found.upper:.4g}",
            "outcomes": str(found.sample_count),
            "p_value": f"{found.p_value:.3g}",
        },
        suggestion=_SUGGESTIONS[AlertCause.CALIBRATION_DRIFT],
    )


def _stale_trouble(report: DriftReport) -> Trouble | None:
    if not report.stale:
        return None
    return Trouble(
        cause=AlertCause.STALE_SERVING,
        severity=AlertSeverity.CRITICAL,
        message="The active version answered nothing for a day, although it did on the same day of the week before.",
        suggestion=_SUGGESTIONS[AlertCause.STALE_SERVING],
    )


def _evidence(finding: DriftFinding) -> Mapping[str, str]:
    return {
        "baseline": finding.baseline,
        "psi": f"{finding.psi:.4g}",
        "ks": f"{finding.ks:.4g}",
        "js": f"{finding.js:.4g}",
        "p_value": f"{finding.p_value:.3g}",
        "missing_rate": f"{finding.missing_rate:.4g}",
        "baseline_missing_rate": f"{finding.baseline_missing_rate:.4g}",
        "new_value_rate": f"{finding.new_value_rate:.4g}",
    }
