"""Registers snapshots of the online learner and makes them serve."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from core.caller import Caller
from core.errors import VersionConflict
from core.identifiers import TenantId, VersionName
from core.ports import Page
from core.scoring.online.online_store import StoredState
from core.scoring.online.snapshot import snapshot_files
from core.scoring.online.state import OnlineState
from core.version import (
    LEAD_SCORE,
    ONLINE_CORRECTION,
    ActivePointer,
    ModelEvent,
    ModelEventType,
    ModelVersion,
    VersionState,
)

ACTOR = "online-learner"
EVERY = 50
"""Labels between two snapshots."""
_EVENTS_LOOKED_AT = 20


class SnapshotRegistry(Protocol):
    """Where snapshots go. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def register(self, caller: Caller, request_id: str, files: Mapping[str, bytes], reason: str) -> ModelVersion:
        """Add a version."""

    def get(self, tenant: TenantId, kind: str, version: str) -> ModelVersion:
        """Return one version."""

    def list(self, tenant: TenantId, kind: str, *, limit: int, after: str | None) -> Page[ModelVersion]:
        """Return versions, newest first."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer."""

    def activate(
        self,
        caller: Caller,
        request_id: str,
        kind: str,
        version: str,
        *,
        expected: str | None,
        reason: str,
        evidence: Mapping[str, str] | None = None,
    ) -> ActivePointer:
        """Make a version the serving one."""

    def events(
        self, tenant: TenantId, kind: str, *, limit: int, after: str | None, version: str | None
    ) -> Page[ModelEvent]:
        """Return events, newest first."""


class SnapshotPublisher:
    """Registers a snapshot after every 50 labels, or when the learner becomes proven or is so no more.

    The newest snapshot is made the serving one, with its figures as evidence. Not so after a rollback: whoever went
    back to a snapshot keeps it until somebody activates one, or another version becomes active.

    Args:
        registry: Where to.
        code_version: Of this software.
    """

    def __init__(self, registry: SnapshotRegistry, code_version: str) -> None:
        self._registry = registry
        self._code_version = code_version

    def publish(self, tenant: TenantId, stored: StoredState) -> None:
        """Bring registry and active pointer up to the learner. Doing so twice is harmless.

        Args:
            tenant: Whose.
            stored: Newest state; of the version that serves.
        """
        caller = Caller(tenant=tenant, actor=ACTOR)
        state = stored.state
        newest = self._newest(tenant)
        if self._is_due(state, newest):
            newest = self._register(caller, state, stored.update_time)
        if newest is not None and newest.manifest.parents == (state.version,):
            self._serve(caller, newest)

    def _newest(self, tenant: TenantId) -> ModelVersion | None:
        items = self._registry.list(tenant, ONLINE_CORRECTION, limit=1, after=None).items
        return items[0] if items else None

    @staticmethod
    def _is_due(state: OnlineState, newest: ModelVersion | None) -> bool:
        if newest is None or newest.manifest.parents != (state.version,):
            return state.sequence - state.start_sequence >= EVERY
        told = newest.manifest.parameters
        return state.sequence - int(told.get("sequence", 0)) >= EVERY or told.get("proven") != state.proven

    def _register(self, caller: Caller, state: OnlineState, update_time: datetime) -> ModelVersion:
        base = self._registry.get(caller.tenant, LEAD_SCORE, state.version).manifest
        files = snapshot_files(state, update_time, base=base, code_version=self._code_version)
        reason = f"after {state.update_count:,} labels of {state.version}"
        return self._registry.register(caller, f"online-{state.version}-{state.sequence}", files, reason)

    def _serve(self, caller: Caller, newest: ModelVersion) -> None:
        name, base = newest.manifest.version, newest.manifest.parents
        pointer = self._registry.active(caller.tenant, ONLINE_CORRECTION)
        if newest.state is VersionState.RETIRED or (pointer is not None and pointer.version == name):
            return
        if pointer is not None and self._is_held(caller.tenant, pointer.version, base):
            return
        expected = "" if pointer is None else pointer.version
        parameters = newest.manifest.parameters
        reason = "proven better than the version alone" if parameters.get("proven") else "follows recent outcomes"
        try:
            self._registry.activate(
                caller,
                f"online-serve-{name}-{0 if pointer is None else pointer.revision}",
                ONLINE_CORRECTION,
                name,
                expected=expected,
                reason=reason,
                evidence=_evidence(newest),
            )
        except VersionConflict:
            # Somebody moved the pointer in this moment: the next round sees where it is.
            return

    def _is_held(self, tenant: TenantId, version: VersionName, base: tuple[VersionName, ...]) -> bool:
        """Return whether somebody went back to the serving snapshot, and it is of the same version."""
        if self._registry.get(tenant, ONLINE_CORRECTION, version).manifest.parents != base:
            return False
        page = self._registry.events(tenant, ONLINE_CORRECTION, limit=_EVENTS_LOOKED_AT, after=None, version=version)
        moves = {ModelEventType.ACTIVATED, ModelEventType.ROLLED_BACK}
        last = next((event.type for event in page.items if event.type in moves), None)
        return last is ModelEventType.ROLLED_BACK


def _evidence(snapshot: ModelVersion) -> dict[str, str]:
    manifest = snapshot.manifest
    figures = {metric.name: f"{metric.value:.6f}" for metric in manifest.metrics}
    told = {name: str(value) for name, value in manifest.parameters.items()}
    return {**figures, **told, "version": manifest.parents[0], "label_count": str(manifest.training_sample_count)}
