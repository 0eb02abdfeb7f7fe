from __future__ import annotations

import pytest

from server.admission.kinds import CallKind, kind_of, plan_lanes


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("/leadline.v1.ScoringService/Score", CallKind.SCORE),
        ("/leadline.v1.ScoringService/BatchScore", CallKind.BATCH),
        ("/leadline.v1.ScoringService/StreamScore", CallKind.STREAM),
        ("/leadline.v1.LeadService/UpsertLeads", CallKind.WRITE),
        ("/leadline.v1.LeadService/ListLeads", CallKind.READ),
        ("/leadline.v1.FeedbackService/RecordFeedback", CallKind.FEEDBACK),
        ("/leadline.v1.FeedbackService/RecordImplicitFeedback", CallKind.WRITE),
        ("/leadline.v1.FeedbackService/GetFeedbackAnalytics", CallKind.REPORT),
        ("/leadline.v1.FeedbackService/PruneFeedback", CallKind.MODELS),
        ("/leadline.v1.AccessService/CreateApiKey", CallKind.WRITE),
        ("/leadline.v1.ModelService/RegisterModelVersion", CallKind.MODELS),
        ("/leadline.v1.ModelService/GetModelMetrics", CallKind.REPORT),
        ("/leadline.v1.ModelService/RequestRetraining", CallKind.MODELS),
        ("/leadline.v1.ExperimentService/PlanExperiment", CallKind.REPORT),
        ("/leadline.v1.ExperimentService/CreateExperiment", CallKind.MODELS),
        ("/leadline.v1.ExperimentService/ListExperiments", CallKind.READ),
        ("/leadline.v1.ExperimentService/AssignVariant", CallKind.FEEDBACK),
        ("/leadline.v1.ExperimentService/GetExperimentResults", CallKind.REPORT),
        ("/leadline.v1.ExperimentService/StopExperiment", CallKind.MODELS),
        ("/leadline.v1.MonitoringService/GetShadowReport", CallKind.REPORT),
        ("/leadline.v1.MonitoringService/GetDriftReport", CallKind.REPORT),
        ("/leadline.v1.MonitoringService/ListAlerts", CallKind.READ),
        ("/leadline.v1.SystemService/GetStatus", CallKind.READ),
        ("/grpc.health.v1.Health/Check", CallKind.HEALTH),
        ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", CallKind.REFLECTION),
    ],
)
def test_methods_are_of_the_kind_they_declare(method, kind):
    assert kind_of(method) is kind


@pytest.mark.parametrize("workers", [1, 2, 8, 16, 256])
def test_every_kind_has_a_lane_and_batches_never_more_than_two_threads(workers):
    plans = plan_lanes(workers, queue_calls=32)
    assert plans.keys() == set(CallKind)
    assert all(plan.threads >= 1 and plan.most_each >= 1 for plan in plans.values())
    assert plans[CallKind.BATCH].threads == (1 if workers < 16 else 2)
    assert plans[CallKind.SCORE].threads == max(1, workers // 4)
    assert plans[CallKind.FEEDBACK].threads > workers
    assert plans[CallKind.REPORT].threads == plans[CallKind.MODELS].threads == 1


def test_a_stream_never_waits_and_one_thread_stays_free_for_others():
    plan = plan_lanes(8, queue_calls=32)[CallKind.STREAM]
    assert (plan.queue, plan.threads - plan.most_each) == (0, 1)
