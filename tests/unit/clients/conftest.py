"""A real gRPC server on a free port that keeps to the contract, records what it is asked, and fails on demand."""

# ruff: noqa: N802 - the names of the methods are those of the contract

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass
from datetime import timedelta

import grpc
import leadline
import pytest
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from leadline.v1 import (
    audit_service_pb2,
    audit_service_pb2_grpc,
    event_service_pb2_grpc,
    experiment_service_pb2_grpc,
    explanation_pb2,
    feedback_service_pb2_grpc,
    lead_pb2,
    lead_service_pb2,
    lead_service_pb2_grpc,
    model_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    monitoring_service_pb2_grpc,
    scoring_service_pb2,
    scoring_service_pb2_grpc,
    system_service_pb2,
    system_service_pb2_grpc,
)

from tests.parts.event_answers import EventAnswers
from tests.parts.experiment_answers import ExperimentAnswers
from tests.parts.learning_answers import LearningAnswers
from tests.parts.learning_answers import page_of as _page


@dataclass(frozen=True)
class Recorded:
    request: object
    seconds_left: float | None
    metadata: dict[str, str]


def rich_status(code: int, message: str, *details) -> status_pb2.Status:
    status = status_pb2.Status(code=code, message=message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def invalid(*fields: tuple[str, str]) -> status_pb2.Status:
    message = "; ".join(f"{field} {rule}" for field, rule in fields)
    bad = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=field, description=rule) for field, rule in fields
        ]
    )
    info = error_details_pb2.ErrorInfo(reason="INVALID_REQUEST", domain="leadline")
    return rich_status(code_pb2.INVALID_ARGUMENT, message, info, bad)


class FakeServer(
    LearningAnswers,
    ExperimentAnswers,
    EventAnswers,
    scoring_service_pb2_grpc.ScoringServiceServicer,
    lead_service_pb2_grpc.LeadServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
    audit_service_pb2_grpc.AuditServiceServicer,
    system_service_pb2_grpc.SystemServiceServicer,
):
    def __init__(self):
        super().__init__()
        self.calls: dict[str, list[Recorded]] = defaultdict(list)
        self.failures: dict[str, deque] = defaultdict(deque)
        self.stored: dict[str, lead_pb2.StoredLead] = {}
        self.versions = [self.version(f"v{number}") for number in range(7, 0, -1)]
        self.active_version = "v7"
        self.refuse_lead: Callable[[lead_pb2.Lead], bool] = lambda _: False
        self.target = ""
        self.streamed: list[scoring_service_pb2.ScoreRequest] = []

    def fail(self, method: str, *statuses: status_pb2.Status | grpc.StatusCode | None) -> None:
        """Let the next calls of a method end with these; None lets one pass."""
        self.failures[method].extend(statuses)

    def requests(self, method: str) -> list:
        return [recorded.request for recorded in self.calls[method]]

    def _enter(self, method: str, request, context) -> None:
        self.calls[method].append(Recorded(request, context.time_remaining(), dict(context.invocation_metadata())))
        if self.failures[method]:
            failure = self.failures[method].popleft()
            if isinstance(failure, grpc.StatusCode):
                context.abort(failure, "as told")
            if failure is not None:
                context.abort_with_status(rpc_status.to_status(failure))

    def lead_score(self, lead: lead_pb2.Lead, max_contributions: int, version: str) -> scoring_service_pb2.LeadScore:
        score = scoring_service_pb2.LeadScore(
            lead_id=lead.lead_id,
            score=73.5,
            probability=0.735,
            probability_interval=explanation_pb2.Interval(
                lower=0.7, upper=0.8, method=explanation_pb2.INTERVAL_METHOD_VENN_ABERS
            ),
            confidence=0.9,
            model_version=version or self.active_version,
            source=scoring_service_pb2.SCORE_SOURCE_MODEL,
            base_points=40.0,
            other_points=1.5,
            attribution_token="signed",  # noqa: S106 - no password
        )
        score.score_time.FromJsonString("2026-03-01T12:00:00.5Z")
        reasons = [("Lead source", 22.0, "Google"), ("Price", 10.0, "120,000")][:max_contributions]
        for feature, points, value in reasons:
            score.contributions.add(
                feature=feature, points=points, value_text=value, group=explanation_pb2.FEATURE_GROUP_ATTRIBUTE
            )
            score.feature_importance[feature] = points / 32.0
        return score

    @staticmethod
    def version(name: str) -> model_pb2.ModelVersion:
        version = model_pb2.ModelVersion(
            kind="lead_score",
            version=name,
            state=model_pb2.MODEL_VERSION_STATE_REGISTERED,
            digest="ab" * 32,
            feature_count=120,
            training_sample_count=5000,
            base_rate=0.25,
            created_by="someone",
        )
        version.metrics.add(name="auc", value=0.87, sample_count=900)
        version.files.add(name="model.onnx", size_bytes=10, sha256="cd" * 32)
        return version

    # ScoringService

    def Score(self, request, context):
        self._enter("Score", request, context)
        wanted = request.max_contributions if request.HasField("max_contributions") else 5
        score = self.lead_score(request.lead, wanted, request.model_version)
        score.experiment, score.variant = request.experiment, "new" if request.experiment else ""
        return scoring_service_pb2.ScoreResponse(result=score)

    def BatchScore(self, request, context):
        self._enter("BatchScore", request, context)
        response = scoring_service_pb2.BatchScoreResponse()
        for index, lead in enumerate(request.leads):
            if self.refuse_lead(lead):
                response.results.add(error=invalid((f"leads[{index}].price", "must be finite and not negative")))
            else:
                response.results.add(result=self.lead_score(lead, request.max_contributions, request.model_version))
        return response

    def StreamScore(self, request_iterator, context):
        self._enter("StreamScore", None, context)
        for message in request_iterator:
            lead = message.request.lead
            self.streamed.append(message.request)
            if self.refuse_lead(lead):
                yield scoring_service_pb2.StreamScoreResponse(error=invalid(("lead.price", "must be finite")))
            else:
                yield scoring_service_pb2.StreamScoreResponse(result=self.lead_score(lead, 0, ""))

    # LeadService

    def UpsertLeads(self, request, context):
        self._enter("UpsertLeads", request, context)
        bad = [index for index, write in enumerate(request.leads) if self.refuse_lead(write.lead)]
        if bad:
            problems = invalid(*((f"leads[{index}].price", "must be finite and not negative") for index in bad))
            context.abort_with_status(rpc_status.to_status(problems))
        created = 0
        for write in request.leads:
            created += write.lead.lead_id not in self.stored
            outcome = write.outcome if write.HasField("outcome") else None
            self.stored[write.lead.lead_id] = lead_pb2.StoredLead(lead=write.lead, outcome=outcome, revision=1)
        return lead_service_pb2.UpsertLeadsResponse(created_count=created, updated_count=len(request.leads) - created)

    def GetLead(self, request, context):
        self._enter("GetLead", request, context)
        if request.lead_id not in self.stored:
            info = error_details_pb2.ErrorInfo(reason="LEAD_NOT_FOUND", metadata={"kind": "lead"})
            resource = error_details_pb2.ResourceInfo(resource_type="lead", resource_name=request.lead_id)
            missing = rich_status(code_pb2.NOT_FOUND, f"no lead '{request.lead_id}'", info, resource)
            context.abort_with_status(rpc_status.to_status(missing))
        return lead_service_pb2.GetLeadResponse(lead=self.stored[request.lead_id])

    def ListLeads(self, request, context):
        self._enter("ListLeads", request, context)
        found, token = _page([self.stored[key] for key in sorted(self.stored)], request)
        return lead_service_pb2.ListLeadsResponse(leads=found, next_page_token=token)

    # ModelService

    def ListModelVersions(self, request, context):
        self._enter("ListModelVersions", request, context)
        found, token = _page(self.versions, request)
        return model_service_pb2.ListModelVersionsResponse(versions=found, next_page_token=token)

    def GetModelVersion(self, request, context):
        self._enter("GetModelVersion", request, context)
        return model_service_pb2.GetModelVersionResponse(version=self.version(request.version or self.active_version))

    def RegisterModelVersion(self, request, context):
        self._enter("RegisterModelVersion", request, context)
        return model_service_pb2.RegisterModelVersionResponse(version=self.version("v8"))

    def ActivateModelVersion(self, request, context):
        self._enter("ActivateModelVersion", request, context)
        before, self.active_version = self.active_version, request.version
        return model_service_pb2.ActivateModelVersionResponse(
            version=self.version(request.version), previous_version=before
        )

    def RollbackModel(self, request, context):
        self._enter("RollbackModel", request, context)
        return model_service_pb2.RollbackModelResponse(version=self.version("v6"), previous_version="v7")

    def ClearShadowVersion(self, request, context):
        self._enter("ClearShadowVersion", request, context)
        # One kind has none.
        return model_service_pb2.ClearShadowVersionResponse(cleared_version="" if request.kind == "none" else "v8")

    def PruneModelVersions(self, request, context):
        self._enter("PruneModelVersions", request, context)
        return model_service_pb2.PruneModelVersionsResponse(
            pruned_versions=["v1", "v2"], kept_versions=["v7"], reclaimed_bytes=2048
        )

    def GetModelMetrics(self, request, context):
        self._enter("GetModelMetrics", request, context)
        return model_service_pb2.GetModelMetricsResponse(
            version=request.version or self.active_version, metrics=self.versions[0].metrics
        )

    def ListModelEvents(self, request, context):
        self._enter("ListModelEvents", request, context)
        events = [
            model_pb2.ModelEvent(
                event_id=number, version=f"v{number}", type=model_pb2.MODEL_EVENT_TYPE_ACTIVATED, actor="someone"
            )
            for number in range(5, 0, -1)
        ]
        found, token = _page(events, request)
        return model_service_pb2.ListModelEventsResponse(events=found, next_page_token=token)

    # AuditService

    def ListAuditRecords(self, request, context):
        self._enter("ListAuditRecords", request, context)
        records = [
            audit_service_pb2.AuditRecord(
                sequence=number,
                actor="someone",
                action="ModelService/RollbackModel",
                target=f"lead_score/v{number}",
                decision=audit_service_pb2.AUDIT_DECISION_ALLOWED,
                reason="worse",
                hash="ab" * 32,
            )
            for number in range(5, 0, -1)
        ]
        found, token = _page(records, request)
        return audit_service_pb2.ListAuditRecordsResponse(records=found, next_page_token=token)

    # SystemService

    def GetStatus(self, request, context):
        self._enter("GetStatus", request, context)
        response = system_service_pb2.GetStatusResponse(
            server_version="0.1.0", state=system_service_pb2.SERVING_STATE_SERVING
        )
        response.dependencies.add(name="store", available=True, detail="SQLite")
        response.models.add(kind="lead_score", version="v7", source=scoring_service_pb2.SCORE_SOURCE_MODEL)
        response.targets.add(name="score_p99_seconds", target=0.05, current=0.004)
        response.targets.add(name="loss", target=0.0)
        return response


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    pool = futures.ThreadPoolExecutor(max_workers=8)
    host = grpc.server(pool, options=[("grpc.max_receive_message_length", 80 * 1024 * 1024), ("grpc.so_reuseport", 0)])
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(fake, host)
    lead_service_pb2_grpc.add_LeadServiceServicer_to_server(fake, host)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(fake, host)
    feedback_service_pb2_grpc.add_FeedbackServiceServicer_to_server(fake, host)
    monitoring_service_pb2_grpc.add_MonitoringServiceServicer_to_server(fake, host)
    experiment_service_pb2_grpc.add_ExperimentServiceServicer_to_server(fake, host)
    event_service_pb2_grpc.add_EventServiceServicer_to_server(fake, host)
    audit_service_pb2_grpc.add_AuditServiceServicer_to_server(fake, host)
    system_service_pb2_grpc.add_SystemServiceServicer_to_server(fake, host)
    fake.target = f"127.0.0.1:{host.add_insecure_port('127.0.0.1:0')}"
    host.start()
    yield fake
    host.stop(grace=None).wait()
    pool.shutdown()


@pytest.fixture
def client(server) -> Iterator[leadline.Client]:
    with leadline.Client(server.target, timeout=timedelta(seconds=20)) as open_client:
        yield open_client
