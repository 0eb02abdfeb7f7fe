"""What a server that keeps to the contract answers about feedback, training and monitoring."""

# ruff: noqa: N802 - the names of the methods are those of the contract

from __future__ import annotations

from leadline.v1 import (
    explanation_pb2,
    feedback_pb2,
    feedback_service_pb2,
    feedback_service_pb2_grpc,
    model_pb2,
    model_service_pb2,
    monitoring_service_pb2,
    monitoring_service_pb2_grpc,
)

WILSON = explanation_pb2.Interval(lower=0.3, upper=0.7, level=0.95, method=explanation_pb2.INTERVAL_METHOD_WILSON)


def page_of(items, request):
    size = min(request.page_size or 50, 3)  # small pages, as a server may choose
    start = int(request.page_token or 0)
    rest = start + size
    return items[start:rest], str(rest) if rest < len(items) else ""


class LearningAnswers(
    feedback_service_pb2_grpc.FeedbackServiceServicer, monitoring_service_pb2_grpc.MonitoringServiceServicer
):
    def kept(self, told):
        kept = feedback_pb2.StoredFeedback(feedback=told, confidence=0.75, revision=1, actor="someone")
        kept.feedback.feedback_id = told.feedback_id or "f-1"
        kept.record_time.FromJsonString("2026-03-01T12:00:00Z")
        return kept

    def RecordFeedback(self, request, context):
        self._enter("RecordFeedback", request, context)
        return feedback_service_pb2.RecordFeedbackResponse(feedback=self.kept(request.feedback))

    def RecordImplicitFeedback(self, request, context):
        self._enter("RecordImplicitFeedback", request, context)
        told = [feedback_pb2.Feedback(lead_id=one.lead_id, action=one.action) for one in request.interactions]
        return feedback_service_pb2.RecordImplicitFeedbackResponse(feedback=map(self.kept, told))

    def ListFeedback(self, request, context):
        self._enter("ListFeedback", request, context)
        view = feedback_pb2.FEEDBACK_ACTION_VIEW
        told = [feedback_pb2.Feedback(feedback_id=f"f-{n}", lead_id="a", action=view) for n in range(5)]
        found, token = page_of(list(map(self.kept, told)), request)
        return feedback_service_pb2.ListFeedbackResponse(feedback=found, next_page_token=token)

    def GetFeedbackAnalytics(self, request, context):
        self._enter("GetFeedbackAnalytics", request, context)
        answer = feedback_service_pb2.GetFeedbackAnalyticsResponse(total_count=4, average_confidence=0.5, total_value=9)
        answer.actions.add(action=feedback_pb2.FEEDBACK_ACTION_CONTACT, count=4, share=1.0)
        rate = feedback_service_pb2.RateSummary(success_count=2, total_count=4, rate=0.5, interval=WILSON)
        answer.sources.add(source=feedback_pb2.FEEDBACK_SOURCE_MANUAL, count=4, share=1.0, contact_success=rate)
        answer.contact_success.CopyFrom(rate)
        answer.hours.add(slot=9, contact_success=rate)
        day = answer.trend.add(count=4, conversion_count=1, value=9)
        day.day.FromJsonString("2026-03-01T00:00:00Z")
        return answer

    def PruneFeedback(self, request, context):
        self._enter("PruneFeedback", request, context)
        return feedback_service_pb2.PruneFeedbackResponse(pruned_count=7, kept_count=3)

    def run(self, number, state=model_pb2.TRAINING_RUN_STATE_SUCCEEDED):
        run = model_pb2.TrainingRun(
            run_id=f"run-{number}",
            kind="lead_score",
            state=state,
            decision=model_pb2.TRAINING_DECISION_PROMOTED,
            outcome="better than the champion",
            version="v8",
            progress=1.0,
            evidence={"p_better_log_loss": "0.99"},
        )
        run.triggers.add(name="AGE", fires=True, raw_rule_fires=True, value=8, threshold=7, message="8 days old")
        run.contenders.add(name="challenger", version="v8").metrics.add(name="log_loss", value=0.4)
        return run

    def RequestRetraining(self, request, context):
        self._enter("RequestRetraining", request, context)
        answer = model_service_pb2.RequestRetrainingResponse(reason="AGE: 8 days old Held back: too few labels.")
        answer.triggers.add(name="AGE", value=1, threshold=7, message="1 day old")
        if request.force:
            answer.run.CopyFrom(self.run(1, model_pb2.TRAINING_RUN_STATE_PENDING))
        return answer

    def GetTrainingRun(self, request, context):
        self._enter("GetTrainingRun", request, context)
        return model_service_pb2.GetTrainingRunResponse(run=self.run(1))

    def ListTrainingRuns(self, request, context):
        self._enter("ListTrainingRuns", request, context)
        found, token = page_of([self.run(number) for number in range(5)], request)
        return model_service_pb2.ListTrainingRunsResponse(runs=found, next_page_token=token)

    def GetDriftReport(self, request, context):
        self._enter("GetDriftReport", request, context)
        if request.version == "none":
            return monitoring_service_pb2.GetDriftReportResponse()
        report = monitoring_service_pb2.DriftReport(version="v7", row_count=500)
        report.report_time.FromJsonString("2026-03-02T00:00:00Z")
        training = monitoring_service_pb2.DRIFT_BASELINE_TRAINING
        report.features.add(name="price", group="Price", baseline=training, psi=0.4, drifted=True, direction="up")
        report.features.add(name="hour", group="Time", baseline=training, psi=0.01)
        report.score.CopyFrom(monitoring_service_pb2.DriftFinding(name="score", baseline=training, psi=0.1))
        report.score_bins.add(lower=0, upper=50, share=0.4, baseline_share=0.6)
        report.score_bins.add(lower=50, upper=100, share=0.6, baseline_share=0.4)
        report.calibration.observed_over_expected = 1.2
        report.calibration.sample_count = 90
        report.calibration.interval.CopyFrom(explanation_pb2.Interval(lower=0.9, upper=1.5, level=0.95))
        report.expected_metrics.add(name="auc", value=0.8)
        answer = monitoring_service_pb2.GetDriftReportResponse(report=report)
        for day in range(min(request.history_count, 2)):
            earlier = answer.history.add(version="v7", row_count=400, calibration=report.calibration)
            earlier.report_time.FromJsonString(f"2026-02-2{day}T00:00:00Z")
        return answer

    def ListAlerts(self, request, context):
        self._enter("ListAlerts", request, context)
        alerts = [
            monitoring_service_pb2.Alert(
                alert_id=f"a-{number}",
                cause="FEATURE_DRIFT",
                severity=monitoring_service_pb2.ALERT_SEVERITY_WARNING,
                message="price went up",
                features=["price"],
            )
            for number in range(4)
        ]
        found, token = page_of(alerts, request)
        return monitoring_service_pb2.ListAlertsResponse(alerts=found, next_page_token=token)

    def GetShadowReport(self, request, context):
        self._enter("GetShadowReport", request, context)
        answer = monitoring_service_pb2.GetShadowReportResponse(
            shadow_version="v8",
            active_version="v7",
            sample_count=40,
            rank_correlation=0.93,
            decision_flip_rate=0.05,
            decision_flip_interval=WILSON,
        )
        answer.shadow_metrics.add(name="auc", value=0.8, sample_count=20)
        answer.active_metrics.add(name="auc", value=0.79, sample_count=20)
        answer.median_latency.FromMicroseconds(1500)
        return answer

    def GetOnlineLearner(self, request, context):
        self._enter("GetOnlineLearner", request, context)
        return monitoring_service_pb2.GetOnlineLearnerResponse(
            update_count=12, version="v7", bound_points=2.0, e_value=1.5, log_loss=0.41, version_log_loss=0.42
        )
