from __future__ import annotations

from datetime import UTC, datetime, timedelta

import grpc
import leadline
import pytest
from leadline import Feedback, FeedbackAction, FeedbackSource, Interaction, TrainingRunState
from leadline.convert import feedback as convert
from leadline.convert import monitoring, training
from leadline.convert.durations import duration_from_wire, duration_to_wire
from leadline.v1 import feedback_pb2, model_pb2, monitoring_service_pb2

WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_feedback_is_sent_with_everything_that_was_said(client, server):
    told = Feedback(
        lead_id="a",
        action=FeedbackAction.CONTACT,
        feedback_id="mine",
        user_rating=0.0,
        interaction_duration=timedelta(seconds=90.5),
        contact_successful=False,
        contact_response_time=timedelta(minutes=3),
        source=FeedbackSource.INTEGRATION,
        agent_id="b",
        attribution_token="t",  # noqa: S106 - no password
        occurred_time=WHEN,
    )
    kept = client.record_feedback(told, request_id="r-1")
    (request,) = server.requests("RecordFeedback")
    wire = request.feedback
    assert request.request_id == "r-1"
    assert (wire.action, wire.source) == (
        feedback_pb2.FEEDBACK_ACTION_CONTACT,
        feedback_pb2.FEEDBACK_SOURCE_INTEGRATION,
    )
    assert wire.HasField("user_rating")
    assert wire.HasField("contact_successful")
    assert not wire.HasField("conversion_value")
    assert wire.interaction_duration.ToTimedelta() == timedelta(seconds=90.5)
    assert wire.occurred_time.ToDatetime(UTC) == WHEN
    assert kept.feedback == leadline.Feedback(**{**_fields(told), "attribution_token": ""})
    assert (kept.confidence, kept.revision, kept.supersede_time) == (0.75, 1, None)


def _fields(value):
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def test_what_the_client_does_not_know_is_not_sent(client, server):
    with pytest.raises(leadline.InvalidRequest, match=r"feedback\.action"):
        client.record_feedback(Feedback(lead_id="a", action=FeedbackAction.UNKNOWN))
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - that is what is refused
    seen = [Interaction(lead_id="a", action=FeedbackAction.VIEW, occurred_time=when) for when in (WHEN, naive)]
    with pytest.raises(leadline.InvalidRequest, match=r"interactions\[1\]\.occurred_time"):
        client.record_implicit_feedback("s", seen)
    assert server.requests("RecordFeedback") == []


def test_a_failed_write_names_its_request_id(client, server):
    server.fail("RecordFeedback", grpc.StatusCode.NOT_FOUND)
    with pytest.raises(leadline.NotFound) as caught:
        client.record_feedback(Feedback(lead_id="a", action=FeedbackAction.VIEW), request_id="r-9")
    assert caught.value.request_id == "r-9"


def test_a_session_is_one_call(client, server):
    seen = [
        Interaction(lead_id="a", action=FeedbackAction.VIEW, duration=timedelta(seconds=300)),
        Interaction(lead_id="b", action=FeedbackAction.ARCHIVE, duration=timedelta(seconds=5)),
    ]
    kept = client.record_implicit_feedback("s-1", seen, ip_address="192.0.2.1")
    (request,) = server.requests("RecordImplicitFeedback")
    assert [one.feedback.lead_id for one in kept] == ["a", "b"]
    assert (request.session_id, request.ip_address) == ("s-1", "192.0.2.1")
    assert request.interactions[0].duration.ToTimedelta() == timedelta(minutes=5)


def test_feedback_is_listed_over_pages(client, server):
    found = list(client.list_feedback(lead_id="a", start_time=WHEN, with_history=True))
    assert [one.feedback.feedback_id for one in found] == ["f-0", "f-1", "f-2", "f-3", "f-4"]
    requests = server.requests("ListFeedback")
    assert all(request.with_history and request.start_time.ToDatetime(UTC) == WHEN for request in requests)
    assert not requests[0].HasField("end_time")


def test_analytics_tell_what_is_absent(client):
    found = client.feedback_analytics(7)
    assert found.contact_success.interval.method is leadline.IntervalMethod.WILSON
    assert (found.average_confidence, found.average_rating, found.conversion) == (0.5, None, None)
    assert found.trend[0].day == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.hours[0].slot == 9


def test_prune(client, server):
    assert client.prune_feedback(30, dry_run=True).pruned_count == 7
    assert server.requests("PruneFeedback")[0].retention_days == 30


def test_runs(client, server):
    nothing = client.request_retraining()
    assert (nothing.run, nothing.reason) == (None, "AGE: 8 days old Held back: too few labels.")
    answer = client.request_retraining("try", force=True, validation_split=0.3, params={"max_depth": 4})
    _, request = server.requests("RequestRetraining")
    assert (request.validation_split, dict(request.params)) == (0.3, {"max_depth": 4.0})
    assert answer.run.state is TrainingRunState.PENDING
    assert not answer.run.ended
    run = client.training_run("run-1")
    assert run.ended
    assert run.decision is leadline.TrainingDecision.PROMOTED
    assert run.contenders[0].metrics[0].name == "log_loss"
    assert run.triggers[0].fires
    assert len(list(client.training_runs())) == 5


def test_drift_alerts_shadow_and_online_learner(client, server):
    answer = client.drift_report(history_count=2)
    assert [one.name for one in answer.report.features] == ["price", "hour"]
    assert len(answer.history) == 2
    assert client.drift_report("none").report is None
    assert [one.alert_id for one in client.alerts(only_open=True)] == ["a-0", "a-1", "a-2", "a-3"]
    assert all(request.only_open for request in server.requests("ListAlerts"))
    assert client.shadow_report().median_latency == timedelta(milliseconds=1.5)
    online = client.online_learner()
    assert (online.log_loss, online.update_time) == (0.41, None)


def test_metrics_of_a_window(client, server):
    found = client.model_metrics(window_days=7)
    assert server.requests("GetModelMetrics")[0].window_days == 7
    assert (found.realised_metrics, found.training_duration) == ((), None)


@pytest.mark.parametrize(
    "length", [timedelta(0), timedelta(microseconds=1), timedelta(seconds=-1.5), timedelta(days=9)]
)
def test_a_length_of_time_survives_the_wire(length):
    assert duration_from_wire(duration_to_wire(length)) == length
    assert duration_to_wire(length).ToTimedelta() == length


def test_every_enum_value_of_the_contract_has_a_member():
    assert set(convert._ACTIONS) == set(feedback_pb2.FeedbackAction.values()) - {0}
    assert set(convert._SOURCES) == set(feedback_pb2.FeedbackSource.values()) - {0}
    assert set(training._STATES) == set(model_pb2.TrainingRunState.values()) - {0}
    assert set(training._DECISIONS) == set(model_pb2.TrainingDecision.values())
    assert set(monitoring._BASELINES) == set(monitoring_service_pb2.DriftBaseline.values()) - {0}
    assert set(monitoring._SEVERITIES) == set(monitoring_service_pb2.AlertSeverity.values()) - {0}
