"""Gives heads fitted on the shipped phrases to every tenant that has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.caller import Caller
from core.errors import AlreadyExists, ArtifactRefused, NotFound, WrongState
from core.identifiers import TenantId, VersionName
from core.registry.model_registry import ModelRegistry
from core.version import HEAD_KINDS
from training.conversation.fit import FittedHead

ACTOR = "worker"
REASON = "default head, fitted on the phrases that ship"

FitDefault = Callable[[str], FittedHead]
"""Fits the default head of a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultHeads:
    """Fits each default head once, however many tenants need it: a version of one that has it serves the others too."""

    registry: ModelRegistry
    fingerprint: str
    """Of all that default heads are made of."""
    fit: FitDefault
    kinds: Sequence[str] = HEAD_KINDS

    def give(self, tenants: Sequence[TenantId]) -> int:
        """Register and activate default heads where nothing serves; return how many."""
        return sum(self._give_kind(kind, tenants) for kind in self.kinds)

    def _give_kind(self, kind: str, tenants: Sequence[TenantId]) -> int:
        pointers = self.registry.active_everywhere(kind)
        missing = [tenant for tenant in tenants if tenant not in pointers]
        if not missing:
            return 0
        files = self._known(kind, {tenant: pointer.version for tenant, pointer in pointers.items()})
        if files is None:
            files = self.fit(kind).files
        for tenant in missing:
            self._serve(tenant, kind, files)
        return len(missing)

    def _known(self, kind: str, active: Mapping[TenantId, VersionName]) -> Mapping[str, bytes] | None:
        """Return the files of a version of some tenant that was made of the same."""
        seen: set[VersionName] = set()
        for tenant, version in active.items():
            if version in seen:
                continue
            seen.add(version)
            try:
                if self.registry.get(tenant, kind, version).manifest.data_fingerprint == self.fingerprint:
                    return self.registry.load(tenant, kind, version)[1]
            except (NotFound, WrongState, ArtifactRefused):
                continue
        return None

    def _serve(self, tenant: TenantId, kind: str, files: Mapping[str, bytes]) -> None:
        caller = Caller(tenant=tenant, actor=ACTOR)
        request_id = f"default-{kind}-{self.fingerprint[:32]}"
        try:
            version = self.registry.register(caller, request_id, files, REASON).manifest.version
        except AlreadyExists:
            return  # another process was quicker: its heads are made of the same
        if self.registry.active(tenant, kind) is None:
            self.registry.activate(caller, f"{request_id}-activate", kind, version, expected=None, reason=REASON)
