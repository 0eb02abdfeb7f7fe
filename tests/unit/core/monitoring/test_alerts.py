from __future__ import annotations

from datetime import timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from core.monitoring.alert import AlertCause, AlertSeverity, Trouble
from core.monitoring.alerts import CALM_CHECKS, alert_changes, judged_causes, troubles
from core.monitoring.findings import Baseline, CalibrationFinding, Direction, DriftFinding, DriftReport
from core.monitoring.report_json import report_from_json, report_to_json, trouble_from_json, trouble_to_json
from tests.parts.clock import SetClock

NOW = SetClock().now


def finding(name="age", direction=Direction.NONE, baseline=Baseline.TRAINING):
    return DriftFinding(
        name=name,
        group="Age",
        baseline=baseline,
        psi=0.3,
        ks=0.2,
        js=0.25,
        p_value=1e-7,
        missing_rate=0.5,
        baseline_missing_rate=0.1,
        drifted=direction is not Direction.NONE,
        direction=direction,
    )


def report(*features, score=Direction.NONE, calibration=None, stale=False, full=True):
    return DriftReport(
        kind="lead_score",
        version="v1",
        report_time=NOW,
        start_time=NOW - timedelta(days=1),
        end_time=NOW,
        row_count=500,
        features=features,
        score=finding("score", score),
        expected_metrics=(),
        calibration=calibration,
        full_check_time=NOW if full else None,
        stale=stale,
    )


def off(ratio):
    return CalibrationFinding(
        observed_over_expected=ratio,
        lower=ratio - 0.1,
        upper=ratio + 0.1,
        level=0.95,
        sample_count=400,
        p_value=1e-5,
        drifted=True,
    )


CALM = report(finding())
QUIET = [finding(f"quiet_{number}") for number in range(4)]


def changes(before, seen, judged=frozenset(AlertCause), version="v1"):
    ids = count()
    return alert_changes(
        before, seen, judged=judged, kind="lead_score", version=version, now=NOW, new_id=lambda: f"id-{next(ids)}"
    )


def trouble(cause):
    return Trouble(cause=cause, severity=AlertSeverity.WARNING, message="m", suggestion="s")


def test_every_sort_of_drift_has_its_cause():
    seen = troubles(
        report(
            finding("age", Direction.UP),
            finding("price", Direction.MISSING),
            finding("city", Direction.NEW_VALUES),
            finding("words", Direction.CONSTANT),
            *QUIET,
            score=Direction.DOWN,
            calibration=off(0.6),
            stale=True,
        )
    )
    assert {one.cause for one in seen} == set(AlertCause)
    by_cause = {one.cause: one for one in seen}
    assert by_cause[AlertCause.FEATURE_DRIFT].features == ("age",)
    assert by_cause[AlertCause.FEATURE_DRIFT].direction == "up"
    assert by_cause[AlertCause.MISSING_VALUES].evidence["missing_rate"] == "0.5"
    assert by_cause[AlertCause.CALIBRATION_DRIFT].severity is AlertSeverity.CRITICAL
    assert by_cause[AlertCause.CALIBRATION_DRIFT].direction == "down"
    assert all(one.message.endswith(".") and one.suggestion.endswith(".") for one in seen)


def test_calm_reports_have_no_troubles():
    assert troubles(CALM) == ()


def test_a_feature_that_moved_against_both_baselines_is_named_once_and_most_features_are_critical():
    (seen,) = troubles(report(finding("age", Direction.UP), finding("age", Direction.UP, Baseline.LAST_WEEK)))
    assert seen.features == ("age",)
    many = [finding(f"f{number}", Direction.UP) for number in range(8)]
    (seen,) = troubles(report(*many))
    assert seen.severity is AlertSeverity.CRITICAL
    assert seen.message == "8 of 8 features moved: f0, f1, f2, f3, f4 and 3 more."


def test_an_alert_opens_once_is_updated_and_ends_after_two_calm_checks():
    opened = changes([], [trouble(AlertCause.FEATURE_DRIFT)]).opened
    assert [alert.alert_id for alert in opened] == ["id-0"]
    again = changes(opened, [trouble(AlertCause.FEATURE_DRIFT)], version="v2")
    assert (again.opened, again.recovered) == ((), ())
    assert again.updated[0].version == "v2"
    calm_once = changes(again.updated, [])
    assert (calm_once.recovered, calm_once.updated[0].calm_checks) == ((), 1)
    seen_again = changes(calm_once.updated, [trouble(AlertCause.FEATURE_DRIFT)])
    assert seen_again.updated[0].calm_checks == 0
    over = changes(calm_once.updated, [])
    assert over.recovered[0].recover_time == NOW
    assert over.recovered[0].alert_id == "id-0"


@given(st.lists(st.booleans(), max_size=40))
def test_whatever_comes_an_alert_never_flaps(seen_in_checks):
    open_now, opened, recovered = (), 0, 0
    for seen in seen_in_checks:
        moved = changes(open_now, [trouble(AlertCause.SCORE_DRIFT)] if seen else [])
        opened, recovered = opened + len(moved.opened), recovered + len(moved.recovered)
        open_now = (*moved.opened, *moved.updated)
        assert len(open_now) <= 1
        assert seen <= bool(open_now)
    assert opened - recovered == len(open_now)
    text = "".join("x" if seen else "." for seen in seen_in_checks)
    assert recovered == sum(part.startswith("." * CALM_CHECKS) for part in _after_troubles(text))


def _after_troubles(text):
    """Return what follows each run of troubles."""
    return [part for part in text.lstrip(".").replace("x.", "x\n.").split("\n") if part.startswith(".")]


def test_silence_of_a_check_that_could_not_tell_is_no_calm():
    assert judged_causes(report()) == {AlertCause.STALE_SERVING}
    assert judged_causes(report(finding(), full=False)) == {AlertCause.STALE_SERVING}
    assert AlertCause.CALIBRATION_DRIFT not in judged_causes(CALM)
    assert judged_causes(report(finding(), calibration=off(1.0))) == set(AlertCause)
    opened = changes([], [trouble(AlertCause.FEATURE_DRIFT)]).opened
    kept = changes(opened, [], judged=judged_causes(report()))
    assert (kept.updated, kept.recovered) == ((), ())


def test_reports_and_troubles_come_back_from_json():
    whole = report(finding("age", Direction.UP), score=Direction.DOWN, calibration=off(0.7), stale=True)
    assert report_from_json(report_to_json(whole)) == whole
    (seen, *_) = troubles(whole)
    assert trouble_from_json(trouble_to_json(seen, 1)) == (seen, 1)


def test_a_report_says_in_a_sentence_what_drifted():
    assert CALM.message == "nothing drifted"
    assert report(finding("age", Direction.UP), score=Direction.UP).message == (
        "1 features drifted: age; the score drifted (up)"
    )
