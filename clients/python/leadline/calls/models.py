"""ModelService."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

import grpc

from leadline.artifact import read_artifact
from leadline.convert.model import event_from_wire, metrics_from_wire, version_from_wire
from leadline.errors import LeadlineError
from leadline.model import Activation, ModelEvent, ModelVersion, PruneResult, VersionMetrics
from leadline.transport import Transport
from leadline.v1 import model_service_pb2

REGISTER_TIMEOUT: Final = timedelta(seconds=120)
"""Upload of up to 64 MiB, and the checks in a throw-away process."""
CHANGE_TIMEOUT: Final = timedelta(seconds=30)
"""Loading and warming a version, or removing files."""

Request = TypeVar("Request")
Response = TypeVar("Response")


class ModelCalls:
    """Keeps model versions and says which one serves. An empty kind means ``lead_score``."""

    _transport: Transport

    def list_model_versions(
        self, *, kind: str = "", page_size: int = 50, timeout: timedelta | None = None
    ) -> Iterator[ModelVersion]:
        """Yield every version, newest first; pages are fetched as they are needed."""
        token = ""
        while True:
            request = model_service_pb2.ListModelVersionsRequest(kind=kind, page_size=page_size, page_token=token)
            response = self._transport.call(self._transport.models.ListModelVersions, request, timeout=timeout)
            yield from map(version_from_wire, response.versions)
            token = response.next_page_token
            if not token:
                return

    def get_model_version(self, version: str = "", *, kind: str = "", timeout: timedelta | None = None) -> ModelVersion:
        """Read one version; an empty one means the active one.

        Raises:
            NotFound: If there is none.
        """
        request = model_service_pb2.GetModelVersionRequest(kind=kind, version=version)
        response = self._transport.call(self._transport.models.GetModelVersion, request, timeout=timeout)
        return version_from_wire(response.version)

    def register_model_version(
        self, folder: Path, reason: str, *, request_id: str | None = None, timeout: timedelta | None = None
    ) -> ModelVersion:
        """Upload a version. It serves nobody before it is activated.

        Args:
            folder: Holds ``manifest.json`` and the files it names, at most 64 MiB in all.
            reason: Why, at most 1,000 characters.
            request_id: Idempotency key; None makes one.
            timeout: None means at least 2 minutes.

        Raises:
            InvalidRequest: If the folder is not a version.
            FailedPrecondition: If the server refuses the artefact.
        """
        key = request_id or uuid4().hex
        request = model_service_pb2.RegisterModelVersionRequest(
            request_id=key, files=read_artifact(folder), reason=reason
        )
        response = self._write(
            self._transport.models.RegisterModelVersion, request, key, timeout, at_least=REGISTER_TIMEOUT
        )
        return version_from_wire(response.version)

    def activate_model_version(
        self,
        version: str,
        expected_active_version: str | None = None,
        reason: str = "",
        *,
        kind: str = "",
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> Activation:
        """Make a version the serving one.

        Args:
            version: Which.
            expected_active_version: The version that must be active now, "" for none; None does not check.
            reason: Why, at most 1,000 characters.
            kind: Of the model.
            request_id: Idempotency key; None makes one.
            timeout: None means at least 30 seconds.

        Raises:
            Aborted: If another version is active than expected.
            NotFound: If there is no such version.
        """
        key = request_id or uuid4().hex
        request = model_service_pb2.ActivateModelVersionRequest(
            request_id=key,
            kind=kind,
            version=version,
            expected_active_version=expected_active_version,
            reason=reason,
        )
        response = self._write(
            self._transport.models.ActivateModelVersion, request, key, timeout, at_least=CHANGE_TIMEOUT
        )
        return Activation(version=version_from_wire(response.version), previous_version=response.previous_version)

    def rollback_model(
        self,
        expected_active_version: str | None = None,
        reason: str = "",
        *,
        kind: str = "",
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> Activation:
        """Make the version that served before the serving one again. Arguments as for activation.

        Raises:
            FailedPrecondition: If there is none.
            Aborted: If another version is active than expected.
        """
        key = request_id or uuid4().hex
        request = model_service_pb2.RollbackModelRequest(
            request_id=key, kind=kind, expected_active_version=expected_active_version, reason=reason
        )
        response = self._write(self._transport.models.RollbackModel, request, key, timeout, at_least=CHANGE_TIMEOUT)
        return Activation(version=version_from_wire(response.version), previous_version=response.previous_version)

    def clear_shadow(
        self,
        reason: str = "",
        *,
        kind: str = "",
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> str:
        """Let no version score in the shadow any more, and return the one that did, "" if none did.

        Args:
            reason: Why, at most 1,000 characters.
            kind: Of the model.
            request_id: Idempotency key; None makes one.
            timeout: None means at least 30 seconds.
        """
        key = request_id or uuid4().hex
        request = model_service_pb2.ClearShadowVersionRequest(request_id=key, kind=kind, reason=reason)
        response = self._write(
            self._transport.models.ClearShadowVersion, request, key, timeout, at_least=CHANGE_TIMEOUT
        )
        return response.cleared_version

    def prune_model_versions(
        self,
        keep_count: int = 0,
        dry_run: bool = False,  # noqa: FBT002 - as natural by name as by place
        *,
        kind: str = "",
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> PruneResult:
        """Remove the files of old versions, never of the active or the previous one.

        Args:
            keep_count: How many of the newest to keep besides, 1 to 1,000; 0 means 5.
            dry_run: Only say what would be removed.
            kind: Of the model.
            request_id: Idempotency key; None makes one.
            timeout: None means at least 30 seconds.
        """
        key = request_id or uuid4().hex
        request = model_service_pb2.PruneModelVersionsRequest(
            request_id=key, kind=kind, keep_count=keep_count, dry_run=dry_run
        )
        response = self._write(
            self._transport.models.PruneModelVersions, request, key, timeout, at_least=CHANGE_TIMEOUT
        )
        return PruneResult(
            pruned_versions=tuple(response.pruned_versions),
            kept_versions=tuple(response.kept_versions),
            reclaimed_bytes=response.reclaimed_bytes,
        )

    def model_metrics(
        self, version: str = "", *, window_days: int = 0, kind: str = "", timeout: timedelta | None = None
    ) -> VersionMetrics:
        """Read the quality figures of a version; an empty one means the active one.

        Args:
            version: Which.
            window_days: Over which realised and expected figures are taken, 1 to 365 up to now; 0 means 30.
            kind: Of the model.
            timeout: None means the client's.
        """
        request = model_service_pb2.GetModelMetricsRequest(kind=kind, version=version, window_days=window_days)
        return metrics_from_wire(self._transport.call(self._transport.models.GetModelMetrics, request, timeout=timeout))

    def model_events(
        self, version: str = "", *, kind: str = "", page_size: int = 50, timeout: timedelta | None = None
    ) -> Iterator[ModelEvent]:
        """Yield what happened, newest first; only to ``version`` if one is given."""
        token = ""
        while True:
            request = model_service_pb2.ListModelEventsRequest(
                kind=kind, page_size=page_size, page_token=token, version=version
            )
            response = self._transport.call(self._transport.models.ListModelEvents, request, timeout=timeout)
            yield from map(event_from_wire, response.events)
            token = response.next_page_token
            if not token:
                return

    def _write(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        request_id: str,
        timeout: timedelta | None,
        *,
        at_least: timedelta,
    ) -> Response:
        try:
            return self._transport.call(method, request, timeout=timeout, at_least=at_least)
        except LeadlineError as problem:
            problem.request_id = request_id
            raise
