"""What each tenant is scored with at the moment, swapped live."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from core.behavior.scaling import FeatureScaling
from core.errors import DeadlineSpent, DependencyDown, LeadlineError
from core.identifiers import TenantId, VersionName, check_identifier
from core.ports import Clock
from core.resilience.apart import problem_of
from core.resilience.patience import tightened
from core.scoring.estimate import FallbackScorer
from core.scoring.loaded import LoadedModels
from core.scoring.model import ScoringModel
from core.version import LEAD_SCORE, ActivePointer, ModelVersion

Files = Mapping[str, bytes]
RETRY_REFUSED_AFTER = timedelta(seconds=10)
FIRST_LOOK = timedelta(seconds=0.5)
"""Most time for the first look at what serves a tenant; its fallback answers meanwhile."""
UNKNOWN_REVISION = -1
RETRY_OUTAGE_AFTER = timedelta(seconds=1)


class VersionSource(Protocol):
    """Where versions come from. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer."""

    def load(self, tenant: TenantId, kind: str, version: str) -> tuple[ModelVersion, Files]:
        """Return a version and its verified files."""


class FallbackSource(Protocol):
    """Where the scorers for tenants without a model come from."""

    def current(self, tenant: TenantId) -> FallbackScorer:
        """Return the scorer for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What one tenant is served with."""

    model: ScoringModel | None
    revision: int
    load_time: datetime
    problem: str = ""
    """Why a newer active version is not served, empty when all is well."""
    is_outage: bool = False
    """Whether the problem is that files or store could not be read, not what was read."""


class ServedModels:
    """Keeps the active version of each tenant loaded. Readers never wait for a load.

    A version is verified, built, checked and warmed before one assignment makes it the serving one, so that no call
    fails and every call is answered by one version only.

    Args:
        versions: Pointers and files.
        build: Turns verified files into a model, or raises :class:`ArtifactRefused`.
        fallbacks: Scorers for tenants without a model.
        clock: The present moment.
    """

    def __init__(
        self,
        versions: VersionSource,
        build: Callable[[ModelVersion, Files], ScoringModel],
        fallbacks: FallbackSource,
        clock: Clock,
    ) -> None:
        self._versions = versions
        self._build = build
        self._fallbacks = fallbacks
        self._clock = clock
        self._serving: dict[TenantId, Serving] = {}
        self._loaded = LoadedModels(self._load)
        self._swapping = threading.Lock()

    def current(self, tenant: TenantId) -> ScoringModel | FallbackScorer:
        """Return what the tenant is scored with now."""
        serving = self._serving.get(tenant)
        if serving is None:
            serving = self._first(tenant)
        return serving.model or self._fallbacks.current(tenant)

    def fallback(self, tenant: TenantId) -> FallbackScorer:
        """Return what answers for the tenant in place of a model that does not work."""
        return self._fallbacks.current(tenant)

    def scaling_of(self, tenant: TenantId) -> tuple[VersionName, FeatureScaling] | None:
        """Return the version that serves the tenant and the ranges its training saw of behaviour features.

        None if no version serves, or it looks at no behaviour.
        """
        serving = self._serving.get(tenant) or self._first(tenant)
        if serving.model is None or serving.model.scaling is None:
            return None
        return serving.model.version.manifest.version, serving.model.scaling

    def is_unknown(self, tenant: TenantId) -> bool:
        """Return whether nobody could tell so far which model serves the tenant."""
        serving = self._serving.get(tenant)
        return serving is not None and serving.revision == UNKNOWN_REVISION

    def pinned(self, tenant: TenantId, version: str) -> ScoringModel:
        """Return one named version, loading it if needed.

        Raises:
            InvalidInput: If ``version`` cannot be the name of one.
            NotFound: If the tenant has no such version.
            WrongState: If it is retired or damaged.
            DeadlineSpent: If the call has no time left to wait for it to be loaded.
        """
        check_identifier(version, "model_version")
        serving = self._serving.get(tenant)
        if serving is not None and serving.model is not None and serving.model.version.manifest.version == version:
            return serving.model
        return self.prepare(tenant, version)

    def prepare(self, tenant: TenantId, version: str) -> ScoringModel:
        """Load a version so that it can serve at once; raises like :meth:`pinned`."""
        return self._loaded.get(tenant, version)

    def refresh(self, tenant: TenantId) -> Serving:
        """Bring one tenant up to its active pointer; the old version serves on if the new one is refused."""
        before = self._serving.get(tenant)
        pointer = self._versions.active(tenant, LEAD_SCORE)
        revision = 0 if pointer is None else pointer.revision
        if before is not None and before.revision == revision and not self._is_due(before):
            return before
        after = self._next(tenant, pointer, before)
        with self._swapping:
            newest = self._serving.get(tenant)
            if newest is None or _follows(after, newest):
                self._serving[tenant] = after
            return self._serving[tenant]

    def refresh_all(self) -> str:
        """Bring every tenant that was ever asked for up to date; return what :meth:`refresh_each` returns."""
        return self.refresh_each(list(self._serving))

    def refresh_each(self, tenants: Iterable[TenantId]) -> str:
        """Bring tenants up to date, whatever happens to one of them.

        Returns:
            Why the last of those failed that could not be looked up, "" if all could.
        """

        def look(tenant: TenantId) -> None:
            self.refresh(tenant)

        problems = [problem_of(partial(look, tenant)) for tenant in tenants]
        return next(filter(None, reversed(problems)), "")

    def forget(self, tenant: TenantId, version: str) -> None:
        """Let go of a version whose files were removed."""
        self._loaded.forget(tenant, version)

    def snapshot(self) -> dict[TenantId, Serving]:
        """Return what every tenant is served with."""
        return dict(self._serving)

    def _first(self, tenant: TenantId) -> Serving:
        """Look a tenant up for the first time; while the store is down it is served by a fallback, until a refresh."""
        try:
            with tightened(FIRST_LOOK):
                return self.refresh(tenant)
        except (DependencyDown, DeadlineSpent) as failed:
            unknown = Serving(
                model=None,
                revision=UNKNOWN_REVISION,
                load_time=self._clock(),
                problem=failed.message,
                is_outage=True,
            )
            return self._serving.setdefault(tenant, unknown)

    def _is_due(self, serving: Serving) -> bool:
        """Return whether a refused version should be tried again: a disk may have come back, but loading costs."""
        rest = RETRY_OUTAGE_AFTER if serving.is_outage else RETRY_REFUSED_AFTER
        return bool(serving.problem) and self._clock() - serving.load_time >= rest

    def _next(self, tenant: TenantId, pointer: ActivePointer | None, before: Serving | None) -> Serving:
        if pointer is None:
            return Serving(model=None, revision=0, load_time=self._clock())
        try:
            model = self.prepare(tenant, pointer.version)
        except LeadlineError as refused:
            old = None if before is None else before.model
            problem = f"{pointer.version}: {refused.message}"
            return Serving(
                model=old,
                revision=pointer.revision,
                load_time=self._clock(),
                problem=problem,
                is_outage=isinstance(refused, DependencyDown | DeadlineSpent),
            )
        return Serving(model=model, revision=pointer.revision, load_time=self._clock())

    def _load(self, tenant: TenantId, version: str) -> ScoringModel:
        row, files = self._versions.load(tenant, LEAD_SCORE, VersionName(version))
        return self._build(row, files)


def _follows(after: Serving, newest: Serving) -> bool:
    """Return whether one may take the place of the other: what failed does not replace what works meanwhile."""
    if after.revision == newest.revision:
        return not after.problem or bool(newest.problem)
    return after.revision > newest.revision
