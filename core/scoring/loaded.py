"""Versions that are loaded, and loading them: once at a time each, few per tenant."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from core.deadline import time_left
from core.errors import DeadlineSpent
from core.identifiers import TenantId
from core.scoring.model import ScoringModel

PINNED_LIMIT = 12
"""Versions of a tenant kept loaded per process: the ten that an experiment may compare, the one that serves, and the
one before."""
LOADED_LIMIT = 32
"""The same for all tenants together."""


class _Key(NamedTuple):
    tenant: TenantId
    version: str


@dataclass(eq=False, slots=True)
class _Turn:
    """Whose load of a version it is; the others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    takers: int = 0


class LoadedModels:
    """Loads versions and keeps those that were used last. Whoever names many pushes out versions of its own tenant.

    Args:
        load: Loads a version, or says why it cannot be.
    """

    def __init__(self, load: Callable[[TenantId, str], ScoringModel]) -> None:
        self._load = load
        self._models: OrderedDict[_Key, ScoringModel] = OrderedDict()
        self._turns: dict[_Key, _Turn] = {}
        self._lock = threading.Lock()

    def get(self, tenant: TenantId, version: str) -> ScoringModel:
        """Return a version, loading it if needed; raises what the load raises.

        Raises:
            DeadlineSpent: If somebody else is still loading it when the call has no time left.
        """
        key = _Key(tenant, version)
        kept = self._recall(key)
        if kept is not None:
            return kept
        with self._turn(key):
            kept = self._recall(key)
            if kept is not None:
                return kept
            model = self._load(tenant, version)
            self._keep(key, model)
            return model

    def forget(self, tenant: TenantId, version: str) -> None:
        """Let go of a version."""
        with self._lock:
            self._models.pop(_Key(tenant, version), None)

    @contextmanager
    def _turn(self, key: _Key) -> Iterator[None]:
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.takers += 1
        try:
            left = time_left()
            if not turn.lock.acquire(timeout=-1 if left is None else left.total_seconds()):
                raise DeadlineSpent("the deadline passed while the version was being loaded")
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            with self._lock:
                turn.takers -= 1
                if not turn.takers:
                    del self._turns[key]

    def _recall(self, key: _Key) -> ScoringModel | None:
        with self._lock:
            model = self._models.get(key)
            if model is not None:
                self._models.move_to_end(key)
            return model

    def _keep(self, key: _Key, model: ScoringModel) -> None:
        with self._lock:
            self._models[key] = model
            of_tenant = [kept for kept in self._models if kept.tenant == key.tenant]
            if len(of_tenant) > PINNED_LIMIT:
                del self._models[of_tenant[0]]
            elif len(self._models) > LOADED_LIMIT:
                self._models.popitem(last=False)
