"""The challenger of each tenant, loaded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.errors import DependencyDown, LeadlineError
from core.identifiers import TenantId
from core.scoring.model import ScoringModel
from core.version import LEAD_SCORE, ShadowPointer

RETRY_SECONDS = 60.0
"""A challenger that cannot be loaded is tried again after that."""
MOST_TENANTS = 1_000
OnBroken = Callable[[TenantId, str, str], object]
"""Told tenant, version and what is wrong, once for each version."""


class ShadowPointers(Protocol):
    """Says which versions are in the shadow. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def shadows_everywhere(self, kind: str) -> Mapping[TenantId, ShadowPointer]:
        """Return the pointer of every tenant that has a challenger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Challenger:
    version: str
    model: ScoringModel | None
    """None if it cannot be used."""
    retry_at: float


class Challengers:
    """Knows the challenger of every tenant that answers were given to.

    Args:
        pointers: Says which version is in the shadow.
        load: Loads a version, verified and checked, or raises.
        on_broken: Told of a version that cannot be loaded, or fails.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        pointers: ShadowPointers,
        load: Callable[[TenantId, str], ScoringModel],
        on_broken: OnBroken,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pointers = pointers
        self._load = load
        self._on_broken = on_broken
        self._timer = timer
        self._seen: dict[TenantId, None] = {}
        self._held: dict[TenantId, _Challenger] = {}
        self._told: dict[TenantId, str] = {}
        self._lock = threading.Lock()

    def has(self, tenant: TenantId) -> bool:
        """Return whether a tenant has a challenger that works; whoever is asked about is looked up from then on."""
        held = self._held.get(tenant)
        if held is not None:
            return held.model is not None
        if tenant not in self._seen and len(self._seen) < MOST_TENANTS:
            self._seen[tenant] = None
        return False

    def of(self, tenant: TenantId) -> ScoringModel | None:
        """Return a tenant's challenger, None if it has none that works."""
        held = self._held.get(tenant)
        return None if held is None else held.model

    def refresh(self) -> str:
        """Look up, with one question, who is in the shadow; return what could not be looked up, "" if all could."""
        seen = list(self._seen)
        if not seen:
            return ""
        try:
            pointers = self._pointers.shadows_everywhere(LEAD_SCORE)
        except LeadlineError as failed:
            return failed.message
        problem = ""
        for tenant in seen:
            try:
                self._refresh(tenant, pointers.get(tenant))
            except LeadlineError as failed:
                problem = failed.message
        return problem

    def broken(self, tenant: TenantId, model: ScoringModel, problem: str) -> None:
        """Leave a challenger alone that failed while it scored."""
        self._put(tenant, model.version.manifest.version, None, problem)

    def _refresh(self, tenant: TenantId, pointer: ShadowPointer | None) -> None:
        held = self._held.get(tenant)
        if pointer is None:
            with self._lock:
                self._held.pop(tenant, None)
            return
        is_same = held is not None and held.version == pointer.version
        if held is not None and is_same and (held.model is not None or self._timer() < held.retry_at):
            return
        try:
            model = self._load(tenant, pointer.version)
        except DependencyDown:
            raise
        except LeadlineError as refused:
            self._put(tenant, pointer.version, None, refused.message)
        except Exception as failed:  # noqa: BLE001  a file of any kind may be behind it
            self._put(tenant, pointer.version, None, f"unexpected {type(failed).__name__}")
        else:
            self._put(tenant, pointer.version, model, "")

    def _put(self, tenant: TenantId, version: str, model: ScoringModel | None, problem: str) -> None:
        with self._lock:
            self._held[tenant] = _Challenger(version=version, model=model, retry_at=self._timer() + RETRY_SECONDS)
        if problem and self._told.get(tenant) != version:
            self._told[tenant] = version
            self._on_broken(tenant, version, problem)
