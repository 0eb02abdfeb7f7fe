"""ModelService."""

from __future__ import annotations

import grpc
from leadline.v1 import model_service_pb2 as pb
from leadline.v1 import model_service_pb2_grpc

from core.identifiers import check_identifier
from core.monitoring.realised import RealisedMetrics
from core.paging import decode_page_token, encode_page_token, page_limit
from core.scoring.lifecycle import ModelLifecycle
from server.convert.metrics import figures_to_wire, window_from_wire
from server.convert.model import (
    event_to_wire,
    files_from_wire,
    kind_from_wire,
    prune_to_wire,
    version_to_wire,
)
from server.convert.training import check_to_wire, run_to_wire, split_from_wire
from server.identity import Identify
from server.training import Training


class ModelServicer(model_service_pb2_grpc.ModelServiceServicer):
    """Wire face of :class:`core.scoring.lifecycle.ModelLifecycle`."""

    def __init__(
        self, models: ModelLifecycle, identify: Identify, realised: RealisedMetrics, training: Training
    ) -> None:
        self._models = models
        self._training = training
        self._realised = realised
        self._identify = identify

    def ListModelVersions(
        self, request: pb.ListModelVersionsRequest, context: grpc.ServicerContext
    ) -> pb.ListModelVersionsResponse:
        """List versions."""
        kind = kind_from_wire(request.kind)
        tenant = self._identify(context).tenant
        after = decode_page_token(request.page_token, tenant, "model_versions", {"kind": kind})
        page = self._models.registry.list(tenant, kind, limit=page_limit(request.page_size), after=after)
        token = encode_page_token(tenant, "model_versions", {"kind": kind}, page.next_key)
        return pb.ListModelVersionsResponse(versions=map(version_to_wire, page.items), next_page_token=token)

    def GetModelVersion(
        self, request: pb.GetModelVersionRequest, context: grpc.ServicerContext
    ) -> pb.GetModelVersionResponse:
        """Read one version."""
        tenant = self._identify(context).tenant
        found = self._models.find(tenant, kind_from_wire(request.kind), request.version)
        return pb.GetModelVersionResponse(version=version_to_wire(found))

    def RegisterModelVersion(
        self, request: pb.RegisterModelVersionRequest, context: grpc.ServicerContext
    ) -> pb.RegisterModelVersionResponse:
        """Add a version."""
        caller = self._identify(context)
        files = files_from_wire(request)
        added = self._models.registry.register(caller, request.request_id, files, request.reason)
        return pb.RegisterModelVersionResponse(version=version_to_wire(added))

    def ActivateModelVersion(
        self, request: pb.ActivateModelVersionRequest, context: grpc.ServicerContext
    ) -> pb.ActivateModelVersionResponse:
        """Make a version the serving one."""
        expected = request.expected_active_version if request.HasField("expected_active_version") else None
        caller, kind = self._identify(context), kind_from_wire(request.kind)
        moved = self._models.activate(
            caller, request.request_id, kind, request.version, expected=expected, reason=request.reason
        )
        return pb.ActivateModelVersionResponse(version=version_to_wire(moved.version), previous_version=moved.previous)

    def RollbackModel(
        self, request: pb.RollbackModelRequest, context: grpc.ServicerContext
    ) -> pb.RollbackModelResponse:
        """Go back to the version before."""
        expected = request.expected_active_version if request.HasField("expected_active_version") else None
        caller, kind = self._identify(context), kind_from_wire(request.kind)
        moved = self._models.rollback(caller, request.request_id, kind, expected=expected, reason=request.reason)
        return pb.RollbackModelResponse(version=version_to_wire(moved.version), previous_version=moved.previous)

    def ClearShadowVersion(
        self, request: pb.ClearShadowVersionRequest, context: grpc.ServicerContext
    ) -> pb.ClearShadowVersionResponse:
        """Let no version score in the shadow."""
        caller, kind = self._identify(context), kind_from_wire(request.kind)
        cleared = self._models.registry.clear_shadow(caller, request.request_id, kind, reason=request.reason)
        return pb.ClearShadowVersionResponse(cleared_version=cleared or "")

    def PruneModelVersions(
        self, request: pb.PruneModelVersionsRequest, context: grpc.ServicerContext
    ) -> pb.PruneModelVersionsResponse:
        """Remove the files of old versions."""
        caller, kind = self._identify(context), kind_from_wire(request.kind)
        plan = self._models.prune(caller, request.request_id, kind, request.keep_count, dry_run=request.dry_run)
        return prune_to_wire(plan)

    def GetModelMetrics(
        self, request: pb.GetModelMetricsRequest, context: grpc.ServicerContext
    ) -> pb.GetModelMetricsResponse:
        """Read the quality figures of a version."""
        tenant, window = self._identify(context).tenant, window_from_wire(request.window_days)
        manifest = self._models.find(tenant, kind_from_wire(request.kind), request.version).manifest
        found = self._realised.figures(tenant, manifest.kind, manifest.version, manifest.threshold, window)
        return figures_to_wire(manifest, found)

    def ListModelEvents(
        self, request: pb.ListModelEventsRequest, context: grpc.ServicerContext
    ) -> pb.ListModelEventsResponse:
        """List what happened."""
        tenant, kind = self._identify(context).tenant, kind_from_wire(request.kind)
        filters = {"kind": kind, "version": request.version}
        after = decode_page_token(request.page_token, tenant, "model_events", filters)
        page = self._models.registry.events(
            tenant, kind, limit=page_limit(request.page_size), after=after, version=request.version or None
        )
        token = encode_page_token(tenant, "model_events", filters, page.next_key)
        return pb.ListModelEventsResponse(events=map(event_to_wire, page.items), next_page_token=token)

    def RequestRetraining(
        self, request: pb.RequestRetrainingRequest, context: grpc.ServicerContext
    ) -> pb.RequestRetrainingResponse:
        """Ask for a training run."""
        result = self._training.check.check(
            self._identify(context),
            kind=kind_from_wire(request.kind),
            request_id=request.request_id,
            force=request.force,
            reason=request.reason,
            validation_split=split_from_wire(request),
            parameters=request.params,
        )
        return check_to_wire(result)

    def GetTrainingRun(
        self, request: pb.GetTrainingRunRequest, context: grpc.ServicerContext
    ) -> pb.GetTrainingRunResponse:
        """Read one training run."""
        tenant = self._identify(context).tenant
        run = self._training.runs.get(tenant, check_identifier(request.run_id, "run_id"))
        return pb.GetTrainingRunResponse(run=run_to_wire(run))

    def ListTrainingRuns(
        self, request: pb.ListTrainingRunsRequest, context: grpc.ServicerContext
    ) -> pb.ListTrainingRunsResponse:
        """List training runs."""
        tenant, kind = self._identify(context).tenant, check_identifier(kind_from_wire(request.kind), "kind")
        after = decode_page_token(request.page_token, tenant, "training_runs", {"kind": kind})
        page = self._training.runs.list(tenant, kind, limit=page_limit(request.page_size), after=after)
        token = encode_page_token(tenant, "training_runs", {"kind": kind}, page.next_key)
        return pb.ListTrainingRunsResponse(runs=map(run_to_wire, page.items), next_page_token=token)
