"""Which heads serve each tenant at the moment."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol
from weakref import WeakValueDictionary

from core.conversation.heads.artifact import content_of
from core.conversation.heads.model import HeadModel
from core.deadline import time_left
from core.errors import DeadlineSpent, LeadlineError
from core.identifiers import TenantId
from core.version import HEAD_KINDS, MANIFEST_FILE, ActivePointer, ModelVersion

MOST_TENANTS = 512
"""Whose heads stay loaded; the tenant asked for longest ago goes first. Heads of one content are loaded once."""
MOST_PINNED = 24
"""Versions besides the serving ones that stay loaded: those of experiments, and those that callers name."""
RETRY_REFUSED = 10.0
"""Seconds until a version that was refused is tried again."""


class VersionSource(Protocol):
    """Where versions come from. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer, or None without one."""

    def active_everywhere(self, kind: str) -> Mapping[TenantId, ActivePointer]:
        """Return the active pointer of every tenant that has one."""

    def load(self, tenant: TenantId, kind: str, version: str) -> tuple[ModelVersion, Mapping[str, bytes]]:
        """Return a version and its verified files."""


ReadHead = Callable[[Mapping[str, bytes]], HeadModel]
"""Turns verified files into a head, or raises ArtifactRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingHead:
    """What serves a tenant for one kind."""

    model: HeadModel | None = None
    """None: nothing is active, or what is was refused and nothing served before."""
    version: str = ""
    pointer_revision: int = 0
    """Of the active pointer when it was looked at; 0 without one."""
    problem: str = ""
    """Why the active version does not serve, empty when all is well."""
    next_try: float = 0.0


NOTHING = ServingHead()
Serving = Mapping[str, ServingHead]
"""By kind; all kinds."""


@dataclass(slots=True)
class _Tenants:
    held: OrderedDict[TenantId, Serving] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class ServingHeads:
    """Keeps the heads of tenants that were asked for. Readers wait only for the first look at a tenant.

    Args:
        versions: Pointers and files.
        read_head: Turns files into a head.
        timer: Monotonic seconds.
    """

    def __init__(
        self, versions: VersionSource, read_head: ReadHead, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._versions = versions
        self._read_head = read_head
        self._timer = timer
        self._tenants = _Tenants()
        self._pinned: OrderedDict[tuple[TenantId, str, str], HeadModel] = OrderedDict()
        self._by_content: WeakValueDictionary[str, HeadModel] = WeakValueDictionary()
        self._loading = threading.Lock()

    def get(self, tenant: TenantId) -> Serving:
        """Return what serves a tenant; looks it up the first time.

        Raises:
            DependencyDown: If it has to be looked up and the store does not work.
            DeadlineSpent: If the call's time does not suffice for that.
        """
        with self._tenants.lock:
            found = self._tenants.held.get(tenant)
            if found is not None:
                self._tenants.held.move_to_end(tenant)
                return found
        with self._one_at_a_time():
            found = self._tenants.held.get(tenant)
            if found is None:
                pointers = {kind: self._versions.active(tenant, kind) for kind in HEAD_KINDS}
                found = {kind: self._looked(tenant, kind, NOTHING, pointer) for kind, pointer in pointers.items()}
                self._hold(tenant, found)
            return found

    def pinned(self, tenant: TenantId, kind: str, version: str) -> HeadModel:
        """Return a named version, loading it if needed.

        Raises:
            NotFound: If the tenant has no such version.
            WrongState: If it is retired or damaged.
            DependencyDown, DeadlineSpent: As :meth:`get`.
        """
        serving = self.get(tenant)[kind]
        if serving.model is not None and serving.version == version:
            return serving.model
        key = (tenant, kind, version)
        found = self._pinned.get(key)
        if found is not None:
            return found
        with self._one_at_a_time():
            found = self._pinned.get(key) or self._load(tenant, kind, version)
            self._pinned[key] = found
            while len(self._pinned) > MOST_PINNED:
                self._pinned.popitem(last=False)
            return found

    def refresh(self) -> str:
        """Bring every tenant that was asked for up to date; return the last problem, "" without one."""
        with self._tenants.lock:
            tenants = list(self._tenants.held)
        if not tenants:
            return ""
        try:
            pointers = {kind: self._versions.active_everywhere(kind) for kind in HEAD_KINDS}
        except LeadlineError as failed:
            return failed.message
        problem = ""
        for tenant in tenants:
            problem = self._refresh(tenant, {kind: pointers[kind].get(tenant) for kind in HEAD_KINDS}) or problem
        return problem

    def _refresh(self, tenant: TenantId, pointers: Mapping[str, ActivePointer | None]) -> str:
        before = self._tenants.held.get(tenant)
        if before is None:
            return ""
        if any(self._is_due(before[kind], pointer) for kind, pointer in pointers.items()):
            with self._loading:
                after = {kind: self._looked(tenant, kind, before[kind], at) for kind, at in pointers.items()}
            self._hold(tenant, after)
            before = after
        return next((serving.problem for serving in before.values() if serving.problem), "")

    def _is_due(self, serving: ServingHead, pointer: ActivePointer | None) -> bool:
        revision = 0 if pointer is None else pointer.revision
        return revision != serving.pointer_revision or bool(serving.problem and self._timer() >= serving.next_try)

    def _looked(self, tenant: TenantId, kind: str, before: ServingHead, pointer: ActivePointer | None) -> ServingHead:
        """Return what serves by a pointer; the version before serves on if the new one is refused."""
        if not self._is_due(before, pointer):
            return before
        if pointer is None:
            return NOTHING
        try:
            model = self._load(tenant, kind, pointer.version)
        except LeadlineError as refused:
            problem, next_try = f"{pointer.version}: {refused.message}", self._timer() + RETRY_REFUSED
            return replace(before, pointer_revision=pointer.revision, problem=problem, next_try=next_try)
        return ServingHead(model=model, version=pointer.version, pointer_revision=pointer.revision)

    def _load(self, tenant: TenantId, kind: str, version: str) -> HeadModel:
        _, files = self._versions.load(tenant, kind, version)
        content = content_of(files[MANIFEST_FILE])
        found = self._by_content.get(content)
        if found is None or found.kind != kind:
            found = self._by_content[content] = self._read_head(files)
        return found

    def _hold(self, tenant: TenantId, serving: Serving) -> None:
        with self._tenants.lock:
            self._tenants.held[tenant] = serving
            while len(self._tenants.held) > MOST_TENANTS:
                self._tenants.held.popitem(last=False)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        left = time_left()
        if not self._loading.acquire(timeout=-1 if left is None else left.total_seconds()):
            raise DeadlineSpent("the deadline passed while other versions were being loaded")
        try:
            yield
        finally:
            self._loading.release()
