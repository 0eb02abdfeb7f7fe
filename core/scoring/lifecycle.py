"""Registry moves together with what this process serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.caller import Caller
from core.errors import NotFound
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from core.registry.retention import PrunePlan
from core.scoring.online.served import ServedCorrections
from core.scoring.online.snapshot import read_snapshot
from core.scoring.served import Files, ServedModels
from core.version import LEAD_SCORE, ONLINE_CORRECTION, ActivePointer, ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a move of the active pointer led to."""

    version: ModelVersion
    previous: str
    """The version that was active before, "" if none was."""


class ModelLifecycle:
    """Activates, rolls back and prunes so that no call is ever without a model that answers.

    Args:
        registry: Rows, events, folders.
        served: What this process serves.
        corrections: What the online learner makes of it; None: nothing.
        readers: For each other kind what reads its files, and raises ArtifactRefused if they cannot serve.
    """

    def __init__(
        self,
        registry: ModelRegistry,
        served: ServedModels,
        corrections: ServedCorrections | None = None,
        *,
        readers: Mapping[str, Callable[[Files], object]] | None = None,
    ) -> None:
        self.registry = registry
        self._served = served
        self._corrections = corrections
        self._readers = {ONLINE_CORRECTION: read_snapshot, **(readers or {})}

    def find(self, tenant: TenantId, kind: str, version: str) -> ModelVersion:
        """Return a version, by default the active one.

        Raises:
            NotFound: If there is no such version, or none is active.
        """
        if version:
            return self.registry.get(tenant, kind, version)
        pointer = self.registry.active(tenant, kind)
        if pointer is None:
            raise NotFound("model_version", "active")
        return self.registry.get(tenant, kind, pointer.version)

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
    ) -> Move:
        """Load and check a version, then make it the serving one, here before this returns.

        ``evidence`` is what the decision rests on, for the log.

        Raises:
            ArtifactRefused: If it cannot serve; the pointer stays where it was.
            NotFound, WrongState, VersionConflict: As :meth:`core.ports.RegistryStore.activate`.
        """
        self.try_out(caller.tenant, kind, version)
        pointer = self.registry.activate(
            caller, request_id, kind, version, expected=expected, reason=reason, evidence=evidence
        )
        return self._moved(caller.tenant, kind, pointer)

    def rollback(self, caller: Caller, request_id: str, kind: str, *, expected: str | None, reason: str) -> Move:
        """Make the version before the serving one, here before this returns.

        Raises:
            ArtifactRefused: If the version before cannot serve any more; the pointer stays where it was.
            WrongState, VersionConflict: As :meth:`core.ports.RegistryStore.rollback`.
        """
        before = self.registry.active(caller.tenant, kind)
        if before is not None and before.previous is not None:
            self.try_out(caller.tenant, kind, before.previous)
        pointer = self.registry.rollback(caller, request_id, kind, expected=expected, reason=reason)
        return self._moved(caller.tenant, kind, pointer)

    def try_out(self, tenant: TenantId, kind: str, version: str) -> None:
        """Verify the files as they are on disk now, also of a version that is in memory: others will load them.

        Raises:
            ArtifactRefused: If the version cannot serve.
            NotFound: If there is no such version.
            WrongState: If it is retired.
        """
        if kind == LEAD_SCORE:
            self.registry.load(tenant, kind, version)
            self._served.prepare(tenant, version)
        elif kind in self._readers:
            _, files = self.registry.load(tenant, kind, version)
            self._readers[kind](files)

    def prune(self, caller: Caller, request_id: str, kind: str, keep_count: int, *, dry_run: bool) -> PrunePlan:
        """Remove old versions. See :meth:`core.registry.model_registry.ModelRegistry.prune`."""
        plan = self.registry.prune(caller, request_id, kind, keep_count, dry_run=dry_run)
        if not dry_run:
            for version in plan.pruned:
                self._served.forget(caller.tenant, version)
        return plan

    def _moved(self, tenant: TenantId, kind: str, pointer: ActivePointer) -> Move:
        if kind == LEAD_SCORE:
            self._served.refresh(tenant)
        elif kind == ONLINE_CORRECTION and self._corrections is not None:
            self._corrections.refresh(tenant)
        return Move(version=self.registry.get(tenant, kind, pointer.version), previous=pointer.previous or "")
