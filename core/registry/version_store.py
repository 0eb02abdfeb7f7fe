"""What the registry needs of its store besides the port every reader uses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from core.caller import Caller
from core.identifiers import TenantId, VersionName
from core.ports import RegistryStore
from core.registry.retention import PrunePlan
from core.version import ActivePointer, ModelVersion, ShadowPointer

PruneChoice = Callable[[Sequence[ModelVersion], Collection[VersionName], Mapping[str, int]], PrunePlan]
"""Decides from (versions newest first, protected names, users of each digest) what to remove."""


class VersionStore(RegistryStore, Protocol):
    """Keeps registry rows and knows which artefact folders are still needed."""

    def active_everywhere(self, kind: str) -> Mapping[TenantId, ActivePointer]:
        """Return the active pointer of every tenant that has one."""

    def shadows_everywhere(self, kind: str) -> Mapping[TenantId, ShadowPointer]:
        """Return the shadow pointer of every tenant that has one."""

    def preview_prune(self, caller: Caller, kind: str, choose: PruneChoice) -> PrunePlan:
        """Return what :meth:`prune` would do now. Changes nothing."""

    def prune(self, caller: Caller, request_id: str, kind: str, keep_count: int, choose: PruneChoice) -> PrunePlan:
        """Retire what ``choose`` says, in one transaction with the choice, and log it.

        ``keep_count`` is what the caller asked for: it tells a repeated request from another one.

        Raises:
            AlreadyExists: If ``request_id`` was used for another request.
        """

    def while_unused(self, digest: str, delete: Callable[[str], int]) -> int:
        """Return ``delete(digest)``, or 0 without a call if a version that is not retired has the digest.

        No version with that digest can be registered while ``delete`` runs.
        """
