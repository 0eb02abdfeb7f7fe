"""What is served is summed up, checked for drift, measured, and told, over the real channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import grpc
import pytest
from leadline.v1 import explanation_pb2 as explained
from leadline.v1 import feedback_pb2, feedback_service_pb2, lead_pb2, lead_service_pb2, scoring_service_pb2
from leadline.v1 import model_service_pb2 as models
from leadline.v1 import monitoring_service_pb2 as pb
from sqlalchemy import select
from structlog.testing import capture_logs

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.alert_store import SqlAlertStore
from core.adapters.sql.drift_store import SqlDriftStore
from core.adapters.sql.engine import open_database
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.served_scores import SqlServedScores
from core.adapters.sql.sketch_store import SqlSketchStore
from core.adapters.sql.tables import model_metrics
from core.adapters.version_profiles import RegistryProfiles
from core.caller import LOCAL_CALLER
from core.feedback.labelling import Labelling
from core.monitoring.alert import Alert, AlertCause, AlertSeverity, Trouble
from core.monitoring.drift_check import DriftCheck
from core.monitoring.known_outcomes import KnownOutcomes
from core.registry.model_registry import ModelRegistry
from core.registry.retraining.rules import RetrainingRules
from server.alert_watch import AlertWatch
from server.monitoring import build_monitoring
from server.observed.metrics import ServerMetrics
from tests.parts.errors import failure_of
from tests.parts.fitted import database_url, model_dir, small_version
from tests.parts.messages import lead_message
from tests.parts.serving import served_here

TENANT = LOCAL_CALLER.tenant
COUNT = 400
CALIBRATED = {"accuracy", "precision", "recall", "f1", "auc", "conversion_rate"}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def database(home):
    opened = open_database(database_url(home))
    yield opened
    opened.close()


def checker(home, database, clock=now) -> DriftCheck:
    registry = ModelRegistry(
        SqlRegistryStore(database, now), FolderArtifacts(model_dir(home)), lambda _files: None, now
    )
    outcomes = KnownOutcomes(
        labels=Labelling(SqlLabelSource(database)),
        served=SqlServedScores(database),
        outcome_window=timedelta(days=30),
    )
    numbers = count()
    return DriftCheck(
        RegistryProfiles(registry),
        SqlSketchStore(database),
        outcomes,
        SqlDriftStore(database),
        SqlAlertStore(database),
        clock,
        targets=("ops",),
        new_id=lambda: f"alert-{next(numbers)}",
    )


def score(stubs, leads):
    for start in range(0, len(leads), 200):
        request = scoring_service_pb2.BatchScoreRequest(leads=leads[start : start + 200])
        answers = stubs.scoring.BatchScore(request).results
        assert all(answer.HasField("result") for answer in answers)


def report_of(stubs, **fields) -> pb.GetDriftReportResponse:
    return stubs.monitoring.GetDriftReport(pb.GetDriftReportRequest(**fields))


def test_real_leads_make_sums_a_report_and_an_alert(home, database):
    with served_here(home) as (_, stubs):
        assert not report_of(stubs).HasField("report")
        leads = [lead_message(number) for number in range(COUNT)]
        for lead in leads:
            lead.title, lead.description = "x", "y"  # nobody wrote so in training
        score(stubs, leads)
    found = checker(home, database).check(TENANT)
    assert found.row_count == COUNT
    assert found.drifted_features
    with served_here(home) as (_, stubs):
        told = report_of(stubs).report
        assert (told.row_count, told.version) == (COUNT, small_version(0).name)
        assert len(told.features) == len(found.features)
        assert told.features[0].drifted
        assert told.features[0].direction
        assert told.features[0].group
        assert {metric.name for metric in told.expected_metrics} <= CALIBRATED
        assert sum(one.share for one in told.score_bins) == pytest.approx(1.0)
        assert sum(one.baseline_share for one in told.score_bins) == pytest.approx(1.0)
        alerts = stubs.monitoring.ListAlerts(pb.ListAlertsRequest(only_open=True)).alerts
        by_cause = {alert.cause: alert for alert in alerts}
        named = {name for alert in alerts for name in alert.features}
        assert set(found.drifted_features) <= named
        assert all(alert.message and alert.suggestion and alert.evidence for alert in by_cause.values())
        assert not any(alert.HasField("recover_time") for alert in alerts)


def test_alerts_stay_one_and_are_paged_and_end(home, database):
    with served_here(home) as (_, stubs):
        leads = [lead_message(number) for number in range(COUNT)]
        for lead in leads:
            lead.title, lead.description = "x", "y"
        score(stubs, leads)
    with served_here(home) as (_, stubs):  # sums are written at the end of a process
        check = checker(home, database)
        check.check(TENANT)
        first = list(stubs.monitoring.ListAlerts(pb.ListAlertsRequest()).alerts)
        check.check(TENANT)
        again = list(stubs.monitoring.ListAlerts(pb.ListAlertsRequest()).alerts)
        assert [alert.alert_id for alert in again] == [alert.alert_id for alert in first]
        page = stubs.monitoring.ListAlerts(pb.ListAlertsRequest(page_size=1))
        assert [alert.alert_id for alert in page.alerts] == [first[0].alert_id]
        assert bool(page.next_page_token) == (len(first) > 1)
        assert len(report_of(stubs, history_count=5).history) == 1
        assert not report_of(stubs, history_count=5).history[0].features


def test_days_after_it_is_over(home, database):
    """The same leads as in training, days later: two calm checks end the alert, one does not."""
    with served_here(home) as (_, stubs):
        strange = [lead_message(number) for number in range(COUNT)]
        for lead in strange:
            lead.title, lead.description = "x", "y"
        score(stubs, strange)
    alerts = SqlAlertStore(database)
    checker(home, database).check(TENANT)
    opened = {alert.trouble.cause for alert in alerts.open(TENANT, "lead_score")}
    assert opened
    # Nothing is served on the days after: that is no calm.
    for days in (2, 3, 4):
        checker(home, database, lambda days=days: now() + timedelta(days=8 + days)).check(TENANT)
    assert {alert.trouble.cause for alert in alerts.open(TENANT, "lead_score")} >= opened


def test_metrics_of_training_stand_beside_what_came_true(home, database):
    with served_here(home) as (_, stubs):
        leads = [lead_message(number, f"lead-{number}") for number in range(COUNT)]
        writes = [lead_service_pb2.LeadWrite(lead=lead) for lead in leads]
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=writes))
        score(stubs, leads)
    with served_here(home) as (_, stubs):  # the log of predictions and the sums are on disk now
        for number, lead in enumerate(leads):
            outcome = lead_pb2.LeadOutcome(converted=small_version(0).leads[number][1].converted)
            outcome.outcome_time.GetCurrentTime()
            writes[number] = lead_service_pb2.LeadWrite(lead=lead, outcome=outcome)
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="outcomes", leads=writes))
        for number, successful in enumerate([True, True, False]):
            said = feedback_pb2.Feedback(
                lead_id=f"lead-{number}", action=feedback_pb2.FEEDBACK_ACTION_CONTACT, contact_successful=successful
            )
            stubs.feedback.RecordFeedback(
                feedback_service_pb2.RecordFeedbackRequest(request_id=f"contact-{number}", feedback=said)
            )
        found = stubs.models.GetModelMetrics(models.GetModelMetricsRequest())
        realised = {metric.name: metric for metric in found.realised_metrics}
        expected = {metric.name: metric for metric in found.expected_metrics}
        assert (found.served_count, found.labelled_count, found.training_sample_count) == (COUNT, COUNT, 1_000)
        assert found.validation_sample_count > 0
        assert found.end_time.seconds - found.start_time.seconds == 30 * 86_400
        assert {metric.name for metric in found.metrics} >= {"auc", "f1"}
        assert set(realised) == {
            *("precision", "recall", "f1", "auc", "accuracy", "log_loss", "ece"),
            *("conversion_rate", "contact_success_rate", "average_score"),
        }
        assert set(expected) == CALIBRATED
        truth = sum(outcome.converted for _, outcome in small_version(0).leads[:COUNT]) / COUNT
        assert realised["conversion_rate"].value == pytest.approx(truth)
        assert realised["conversion_rate"].interval.method == explained.INTERVAL_METHOD_WILSON
        assert realised["contact_success_rate"].value == pytest.approx(2 / 3)
        assert realised["contact_success_rate"].sample_count == 3
        assert 0 < realised["average_score"].value < 100
        assert expected["auc"].interval.method == explained.INTERVAL_METHOD_MODEL
        assert realised["auc"].interval.method == explained.INTERVAL_METHOD_BOOTSTRAP
        for metric in (*realised.values(), *expected.values()):
            assert metric.interval.lower <= metric.value <= metric.interval.upper
    active = SqlRegistryStore(database, now)
    labels = Labelling(SqlLabelSource(database))
    measures = build_monitoring(database, labels, RetrainingRules(), active, ServerMetrics(), now).realised
    figures = {metric.name: metric.value for metric in measures.refresh(TENANT)}
    columns = model_metrics.c
    flat = select(columns.conversion_rate, columns.contact_success_rate, columns.avg_prediction_score)
    with database.read(TENANT) as connection:
        row = connection.execute(flat.where(columns.model_version == small_version(0).name)).one()
    assert tuple(row) == (figures["conversion_rate"], figures["contact_success_rate"], figures["average_score"])
    assert row.conversion_rate == pytest.approx(truth)


def test_alerts_are_told_to_log_and_metrics_once(home, database):
    store, shown = SqlAlertStore(database), []
    watch = AlertWatch(store, shown.append)
    trouble = Trouble(
        cause=AlertCause.SCORE_DRIFT, severity=AlertSeverity.WARNING, message="m", features=("f",), suggestion="s"
    )
    alert = Alert(alert_id="a", kind="lead_score", version="v1", trouble=trouble, open_time=now(), update_time=now())
    with capture_logs() as lines:
        watch.look()
        store.apply(TENANT, opened=[alert], updated=[], recovered=[], targets=[])
        watch.look()
        watch.look()
        store.apply(TENANT, opened=[], updated=[], recovered=[replace(alert, recover_time=now())], targets=[])
        watch.look()
    assert [(line["event"], line["cause"], line["count"]) for line in lines] == [
        ("alert opened", "SCORE_DRIFT", 1),
        ("alert is over", "SCORE_DRIFT", 1),
    ]
    assert shown == [{}, {"SCORE_DRIFT": 1}, {"SCORE_DRIFT": 1}, {}]
    metrics = ServerMetrics()
    metrics.monitoring.open_alerts({"SCORE_DRIFT": 1})
    for cause, value in (("SCORE_DRIFT", 1.0), ("FEATURE_DRIFT", 0.0)):
        assert metrics.registry.get_sample_value("leadline_monitoring_open_alerts", {"cause": cause}) == value


@pytest.mark.parametrize("days", [-1, 366])
def test_windows_out_of_range_are_refused(stubs, days):
    with pytest.raises(grpc.RpcError) as caught:
        stubs.models.GetModelMetrics(models.GetModelMetricsRequest(window_days=days))
    assert failure_of(caught.value).fields == ["window_days"]


def test_a_history_out_of_range_is_refused(stubs):
    with pytest.raises(grpc.RpcError) as caught:
        report_of(stubs, history_count=366)
    assert failure_of(caught.value).fields == ["history_count"]
