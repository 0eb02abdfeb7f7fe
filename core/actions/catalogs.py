"""The catalogues in use, made ready and kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import TypeVar

from core.actions.builtin import BUILT_IN
from core.actions.catalog import ActionCatalogStore
from core.actions.known_action import KnownAction
from core.actions.ready import ReadyCatalog, make_ready
from core.errors import InvalidInput
from core.identifiers import TenantId
from core.resilience.apart import problem_of

_Key = TypeVar("_Key")
MOST_TENANTS = 256
"""Catalogues in use that stay in memory; of 1,000 actions each has a few megabytes."""
MOST_PINNED = 16
"""Versions besides them: those that callers try."""


class ActionCatalogs:
    """Catalogues in use. Implements :class:`core.actions.known_action.KnownActions`.

    :meth:`refresh` looks for changes; :meth:`get` reads a tenant's for the first time only.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: ActionCatalogStore) -> None:
        self._store = store
        self._built_in = make_ready(BUILT_IN, 0)
        self._ready: OrderedDict[TenantId, ReadyCatalog] = OrderedDict()
        self._seen: Mapping[TenantId, int] = {}
        self._pinned: OrderedDict[tuple[TenantId, int], ReadyCatalog] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tenant: TenantId, version: int = 0) -> ReadyCatalog:
        """Return a catalogue.

        Args:
            tenant: Whose.
            version: 0 for the one in use; where none is, the built-in one.

        Raises:
            InvalidInput: If the version is below 0.
            NotFound: If the tenant has no such version.
            DependencyDown: If it has to be read and the store does not work.
        """
        if version < 0:
            raise InvalidInput.of("catalog_version", "must not be negative")
        if version:
            return self._named(tenant, version)
        return self._ready.get(tenant) or self._read(tenant)

    def find(self, tenant: TenantId, action_id: str) -> KnownAction | None:
        """Return what is known of an action of the catalogue in use."""
        found = self.get(tenant).by_id.get(action_id)
        return None if found is None else found.known

    def forget(self, tenant: TenantId) -> None:
        """Read the one in use anew when it is next asked for: it changed here."""
        with self._lock:
            self._ready.pop(tenant, None)

    def refresh(self) -> str:
        """Look for changes by other processes; return a problem, "" without one."""
        if not self._ready:
            return ""
        return problem_of(self._look)

    def _look(self) -> str:
        revisions, problems = dict(self._store.revisions()), []
        for tenant in list(self._ready):
            before = self._seen.get(tenant, 0)
            if before == revisions.get(tenant, 0):
                continue
            problem = problem_of(partial(self._reread, tenant))
            if problem:
                problems.append(problem)
                # The next look tries again.
                revisions[tenant] = before
        self._seen = revisions
        return next(iter(problems), "")

    def _reread(self, tenant: TenantId) -> str:
        self._read(tenant)
        return ""

    def _read(self, tenant: TenantId) -> ReadyCatalog:
        active = self._store.active(tenant)
        ready = self._built_in if active is None else make_ready(active.catalog, active.version)
        return self._kept(self._ready, tenant, ready, MOST_TENANTS)

    def _named(self, tenant: TenantId, version: int) -> ReadyCatalog:
        in_use = self._ready.get(tenant)
        if in_use is not None and in_use.version == version:
            return in_use
        found = self._pinned.get((tenant, version))
        if found is not None:
            return found
        ready = make_ready(self._store.get(tenant, version).catalog, version)
        return self._kept(self._pinned, (tenant, version), ready, MOST_PINNED)

    def _kept(self, where: OrderedDict[_Key, ReadyCatalog], key: _Key, ready: ReadyCatalog, most: int) -> ReadyCatalog:
        with self._lock:
            where[key] = ready
            while len(where) > most:
                where.popitem(last=False)
        return ready
