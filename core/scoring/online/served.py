"""Which snapshot of the online learner corrects each tenant's answers at the moment, swapped live."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from core.errors import DeadlineSpent, DependencyDown, LeadlineError
from core.identifiers import TenantId
from core.resilience.apart import problem_of
from core.resilience.patience import tightened
from core.scoring.online.correction import Bounds, Correction
from core.scoring.online.snapshot import read_snapshot
from core.version import ONLINE_CORRECTION, ActivePointer, ModelVersion

FIRST_LOOK = timedelta(seconds=0.5)
"""Most time for the first look at a tenant's snapshot; the version answers alone meanwhile."""
RETRY_LOOKS = 40
"""A snapshot that could not be loaded is tried again after so many looks."""
_UNKNOWN = -1


class SnapshotSource(Protocol):
    """Where snapshots come from. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer."""

    def active_everywhere(self, kind: str) -> Mapping[TenantId, ActivePointer]:
        """Return the active pointer of every tenant that has one."""

    def load(self, tenant: TenantId, kind: str, version: str) -> tuple[ModelVersion, Mapping[str, bytes]]:
        """Return a version and its verified files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    correction: Correction | None
    revision: int
    problem: str = ""
    looks: int = 0
    """Since the last try to load."""


class Corrections(Protocol):
    """Says how answers are corrected."""

    def of(self, tenant: TenantId, version: str) -> Correction | None:
        """Return the correction of a version's answers, None if there is none or it may move nothing."""


class ServedCorrections:
    """Keeps the active snapshot of each tenant. Readers wait for nothing but a tenant's first look.

    A snapshot that cannot be loaded corrects nothing, and neither does the one before it: scores are the version's.

    Args:
        snapshots: Pointers and files.
        bounds: How far scores may be moved.
        on_problem: Told the tenant and the text when a snapshot cannot be loaded, once for each.
    """

    def __init__(
        self,
        snapshots: SnapshotSource,
        bounds: Bounds,
        on_problem: Callable[[TenantId, str], object] = lambda _tenant, _problem: None,
    ) -> None:
        self._snapshots = snapshots
        self._bounds = bounds
        self._on_problem = on_problem
        self._held: dict[TenantId, _Held] = {}
        self._swapping = threading.Lock()

    def of(self, tenant: TenantId, version: str) -> Correction | None:
        """Return the correction of a version's answers, None if there is none or it may move nothing."""
        if not self._bounds.points:
            return None
        held = self._held.get(tenant)
        correction = (held or self._first(tenant)).correction
        if correction is None or correction.version != version or not correction.bound_points:
            return None
        return correction

    def refresh(self, tenant: TenantId) -> None:
        """Bring one tenant up to its active snapshot.

        Raises:
            DependencyDown: If it cannot be looked up.
        """
        if not self._bounds.points:
            return
        self._follow(tenant, self._snapshots.active(tenant, ONLINE_CORRECTION))

    def refresh_all(self) -> str:
        """Bring every tenant that was asked for up to date, with one question for all of their pointers.

        Whatever happens to one of them, the others are brought up to date.

        Returns:
            The last problem of looking, "" without one.
        """
        tenants = list(self._held)
        return problem_of(partial(self._refresh_each, tenants)) if tenants else ""

    def _refresh_each(self, tenants: Sequence[TenantId]) -> str:
        pointers = self._snapshots.active_everywhere(ONLINE_CORRECTION)
        problems = [problem_of(partial(self._follow, tenant, pointers.get(tenant))) for tenant in tenants]
        return next(filter(None, reversed(problems)), "")

    def serving(self, tenant: TenantId) -> Correction | None:
        """Return the correction that is loaded for a tenant, whichever version it is for."""
        held = self._held.get(tenant)
        return None if held is None else held.correction

    def _follow(self, tenant: TenantId, pointer: ActivePointer | None) -> None:
        before = self._held.get(tenant)
        revision = 0 if pointer is None else pointer.revision
        if before is not None and before.revision == revision and not before.problem:
            return
        if before is not None and before.revision == revision and before.looks < RETRY_LOOKS:
            after = _Held(correction=None, revision=revision, problem=before.problem, looks=before.looks + 1)
        else:
            after = self._loaded(tenant, pointer)
        with self._swapping:
            newest = self._held.get(tenant)
            if newest is None or after.revision >= newest.revision:
                self._held[tenant] = after
        if after.problem and (before is None or before.problem != after.problem):
            self._on_problem(tenant, after.problem)

    def _first(self, tenant: TenantId) -> _Held:
        try:
            with tightened(FIRST_LOOK):
                self.refresh(tenant)
        except (DependencyDown, DeadlineSpent):
            return self._held.setdefault(tenant, _Held(correction=None, revision=_UNKNOWN))
        return self._held[tenant]

    def _loaded(self, tenant: TenantId, pointer: ActivePointer | None) -> _Held:
        if pointer is None:
            return _Held(correction=None, revision=0)
        try:
            _, files = self._snapshots.load(tenant, ONLINE_CORRECTION, pointer.version)
            state = read_snapshot(files)
        except LeadlineError as refused:
            problem = f"{pointer.version}: {refused.message}"
            return _Held(correction=None, revision=pointer.revision, problem=problem)
        correction = Correction(
            snapshot=pointer.version,
            version=state.version,
            weights=state.filter.weights,
            bound_points=self._bounds.of(state),
        )
        return _Held(correction=correction, revision=pointer.revision)
