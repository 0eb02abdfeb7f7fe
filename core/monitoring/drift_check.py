"""The drift check of a tenant: what was served lately, beside training and beside the week before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from core.identifiers import TenantId
from core.monitoring.alert import Alert
from core.monitoring.alert_store import AlertStore
from core.monitoring.alerts import alert_changes, judged_causes, troubles
from core.monitoring.calibration_drift import calibration_finding
from core.monitoring.drift import FAMILY_LEVEL, Comparison, Sample, find_drift, sample_of, sample_of_training
from core.monitoring.drift_store import DriftStore
from core.monitoring.expected import expected_metrics
from core.monitoring.findings import Baseline, CalibrationFinding, DriftReport, ScoreBin
from core.monitoring.known_outcomes import KnownOutcomes
from core.monitoring.profile import VersionProfile, VersionProfiles
from core.monitoring.reference import SCORE_BIN_COUNT
from core.monitoring.sketch import Sketch, empty_sketch, merge, merged
from core.monitoring.sketch_store import WINDOW, SketchStore
from core.ports import Clock
from core.version import LEAD_SCORE

DAY = timedelta(days=1)
WEEK_DAYS = 7
MOST_DAYS = 7
"""A window is one day, or as many as it takes to have enough answers, at most these."""
LEAST_ROWS = 100
"""Answers below which nothing is said of drift."""
LEAST_WEEKDAY = 20
"""Answers on the same day of the week before that make silence today a trouble."""
FULL_EVERY = timedelta(hours=23)
"""A full check is made once a day, with room for a beat that comes early."""
BETWEEN_LEVEL = FAMILY_LEVEL / 10.0
"""Of checks between two full ones: they look at nearly the same day again, and each look is another chance to err."""
CALIBRATION_WINDOW = timedelta(days=30)
_DAYS_READ = MOST_DAYS + WEEK_DAYS + 1


class DriftCheck:
    """Checks the active version of a tenant.

    Args:
        profiles: Describe versions.
        sketches: Sums over what was served.
        outcomes: Outcomes joined to what was served.
        reports: Where the report goes.
        alerts: Where alerts are.
        clock: The present moment.
        targets: Names of the webhooks that are told of alerts.
        new_id: Makes ids of alerts.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        profiles: VersionProfiles,
        sketches: SketchStore,
        outcomes: KnownOutcomes,
        reports: DriftStore,
        alerts: AlertStore,
        clock: Clock,
        targets: Sequence[str],
        new_id: Callable[[], str],
    ) -> None:
        self._profiles = profiles
        self._sketches = sketches
        self._outcomes = outcomes
        self._reports = reports
        self._alerts = alerts
        self._clock = clock
        self._targets = tuple(targets)
        self._new_id = new_id

    def check(self, tenant: TenantId) -> DriftReport | None:
        """Compare, keep the report, and move the alerts; None if no version serves.

        Raises:
            ArtifactRefused: If the files of the active version are not what was registered.
            NotFound: If they are gone.
        """
        profile = self._profiles.active(tenant, LEAD_SCORE)
        if profile is None:
            return None
        now = self._clock()
        before = self._reports.newest(tenant, profile.kind, profile.version)
        last_full = None if before is None else before.full_check_time
        report = drift_report(profile, self._served(tenant, profile, now), now, last_full)
        if report.is_full:
            report = replace(report, calibration=self._calibration(tenant, profile.version, now))
        self._reports.append(tenant, report)
        self._move_alerts(tenant, report)
        return report

    def _calibration(self, tenant: TenantId, version: str, now: datetime) -> CalibrationFinding | None:
        sample = self._outcomes.sample(tenant, version, now - CALIBRATION_WINDOW, now)
        return calibration_finding(sample.outcomes, sample.probabilities)

    def _served(self, tenant: TenantId, profile: VersionProfile, now: datetime) -> list[Sketch]:
        """Return what was served on each of the days before now, the newest first."""
        end = _next_hour(now)
        days = [empty_sketch(profile.reference.width) for _ in range(_DAYS_READ)]
        for one in self._sketches.read(tenant, profile.kind, profile.version, end - _DAYS_READ * DAY, end):
            age = (end - WINDOW - one.key.window_start) // DAY
            if one.sketch.width == profile.reference.width:
                days[age] = merge(days[age], one.sketch)
        return days

    def _move_alerts(self, tenant: TenantId, report: DriftReport) -> Sequence[Alert]:
        changes = alert_changes(
            self._alerts.open(tenant, report.kind),
            troubles(report),
            judged=judged_causes(report),
            kind=report.kind,
            version=report.version,
            now=report.report_time,
            new_id=self._new_id,
        )
        return self._alerts.apply(
            tenant,
            opened=changes.opened,
            updated=changes.updated,
            recovered=changes.recovered,
            targets=self._targets,
        )


@dataclass(frozen=True, slots=True)
class _Windows:
    """Days of what was served, added up."""

    now: Sketch
    day_count: int
    """Days in ``now``."""
    before: Sketch
    """The week before that."""
    week: Sketch
    """The last seven days."""
    is_whole_week: bool


def drift_report(
    profile: VersionProfile, days: Sequence[Sketch], now: datetime, last_full: datetime | None
) -> DriftReport:
    """Return what the days say, without calibration.

    The check is a full one once a day; in between only what is beyond any doubt counts.

    Args:
        profile: Of the version.
        days: What it served on each of the days before ``now``, the newest first; 15 of them.
        now: The moment of the check.
        last_full: When the last full check was made; None if there was none.
    """
    windows = _windows(days)
    enough = windows.now.row_count >= LEAST_ROWS
    is_full = enough and (last_full is None or now - last_full >= FULL_EVERY)
    level = FAMILY_LEVEL if is_full else BETWEEN_LEVEL
    features, scores = find_drift(profile, _comparisons(profile, windows), level) if enough else ([], [])
    return DriftReport(
        kind=profile.kind,
        version=profile.version,
        report_time=now,
        start_time=_next_hour(now) - windows.day_count * DAY,
        end_time=now,
        row_count=windows.now.row_count,
        features=tuple(features),
        score=scores[0] if scores else None,
        expected_metrics=expected_metrics(windows.now, profile.threshold),
        calibration=None,
        score_bins=_score_bins(profile, sample_of(windows.now)),
        full_check_time=now if is_full else last_full,
        stale=days[0].row_count == 0 and days[WEEK_DAYS].row_count >= LEAST_WEEKDAY,
    )


def _windows(days: Sequence[Sketch]) -> _Windows:
    width, day_count = days[0].width, 1
    now = days[0]
    while now.row_count < LEAST_ROWS and day_count < MOST_DAYS:
        now = merge(now, days[day_count])
        day_count += 1
    return _Windows(
        now=now,
        day_count=day_count,
        before=merged(days[day_count : day_count + WEEK_DAYS], width),
        week=merged(days[:WEEK_DAYS], width),
        is_whole_week=any(day.row_count for day in days[WEEK_DAYS - 1 :]),
    )


def _comparisons(profile: VersionProfile, windows: _Windows) -> list[Comparison]:
    """Return what is compared with what.

    One day is another part of the week than training was: features of the calendar are compared week by week.
    """
    calendar = np.array(profile.calendar, dtype=np.bool_)
    training, now = sample_of_training(profile.reference), sample_of(windows.now)
    found = [Comparison(baseline=Baseline.TRAINING, base=training, now=now, columns=~calendar)]
    if windows.before.row_count >= LEAST_ROWS:
        before = sample_of(windows.before)
        found.append(Comparison(baseline=Baseline.LAST_WEEK, base=before, now=now, columns=~calendar))
    if windows.is_whole_week and calendar.any():
        week = sample_of(windows.week)
        found.append(Comparison(baseline=Baseline.TRAINING, base=training, now=week, columns=calendar, has_score=False))
    return found


def _score_bins(profile: VersionProfile, now: Sample) -> tuple[ScoreBin, ...]:
    served, training = now.score_counts, profile.reference.score_counts
    if not served.sum() or not training.sum():
        return ()
    width = 100.0 / SCORE_BIN_COUNT
    return tuple(
        ScoreBin(
            lower=position * width,
            upper=(position + 1) * width,
            share=float(served[position] / served.sum()),
            baseline_share=float(training[position] / training.sum()),
        )
        for position in range(SCORE_BIN_COUNT)
    )


def _next_hour(moment: datetime) -> datetime:
    """Return the end of the hour of ``moment``: sums are made by the hour."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + WINDOW
