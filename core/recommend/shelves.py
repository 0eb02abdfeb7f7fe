"""What each tenant is recommended from at the moment: its catalogue, what ranks it, and what is popular."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Protocol

from core.deadline import time_left
from core.errors import DeadlineSpent, DependencyDown, LeadlineError
from core.identifiers import TenantId
from core.recommend.catalog import CatalogReader
from core.recommend.catalog_view import CatalogView
from core.recommend.counts import NOTHING_COUNTED, LeadCounts
from core.recommend.model import RecommendationModel
from core.recommend.ranker import Ranker
from core.resilience.apart import problem_of
from core.version import RECOMMENDATION, ActivePointer, ModelVersion

MOST_ITEMS = 400_000
"""Items in memory, of all tenants together; the tenant that was asked for longest ago goes first."""
MOST_PINNED = 12
"""Versions besides the serving ones that stay loaded: those of experiments, and those that callers name."""
COUNT_EVERY = 30.0
"""Seconds between two looks at what is popular."""
RETRY_REFUSED = 10.0
"""Seconds until a version that was refused is tried again."""
REST_SHARE = 4.0
"""After laying a model over new items rest so many times as long as it took."""
RELEARN_GROWTH = 2.0
"""What was made of the catalogue alone is made anew when the catalogue has grown so many times."""
LONGEST_WAIT = timedelta(seconds=30)
"""For a catalogue to be read for the first time, of a call without a deadline."""


class VersionSource(Protocol):
    """Where versions come from. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def active_everywhere(self, kind: str) -> Mapping[TenantId, ActivePointer]:
        """Return the active pointer of every tenant that has one."""

    def load(self, tenant: TenantId, kind: str, version: str) -> tuple[ModelVersion, Mapping[str, bytes]]:
        """Return a version and its verified files."""


ReadModel = Callable[[Mapping[str, bytes]], RecommendationModel]
"""Turns verified files into a model, or raises ArtifactRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What one tenant is recommended from."""

    view: CatalogView
    ranker: Ranker
    counts: LeadCounts = NOTHING_COUNTED
    pointer_revision: int = 0
    """Of the active pointer when it was looked at; 0 without one."""
    problem: str = ""
    """Why the active version does not serve, empty when all is well."""
    laid_revision: int = 0
    """Of the catalogue that the ranker is known to have every item of."""
    learned_count: int = 0
    """Items there were when what is made of the catalogue alone was made."""
    next_layout: float = 0.0
    """When a model may be laid over new items again, in seconds of the timer."""
    next_count: float = 0.0
    next_try: float = 0.0


class Shelves:
    """Keeps the shelves of tenants that were asked for. Readers never wait, but for the first look at a tenant.

    One thread calls :meth:`look` again and again; it does all that takes time.

    Args:
        catalogs: Where catalogues are read.
        versions: Pointers and files.
        read_model: Turns files into a model.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        catalogs: CatalogReader,
        versions: VersionSource,
        read_model: ReadModel,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogs = catalogs
        self._versions = versions
        self._read_model = read_model
        self._timer = timer
        self._shelves: dict[TenantId, Shelf] = {}
        self._used: dict[TenantId, float] = {}
        self._pinned: dict[tuple[TenantId, str], Ranker] = {}
        self._wanted: dict[TenantId, LeadlineError | None] = {}
        """Tenants to be read for the first time, and why it failed last. Guarded by ``_changed``."""
        self._changed = threading.Condition()
        self._loading = threading.Lock()
        self.woken = threading.Event()
        """Set when somebody waits for a look."""

    @property
    def item_count(self) -> int:
        """How many items are in memory, of all tenants."""
        return sum(shelf.view.count for shelf in list(self._shelves.values()))

    def get(self, tenant: TenantId) -> Shelf:
        """Return what a tenant is recommended from; waits while it is read for the first time.

        Raises:
            DependencyDown: If it has to be read and the store does not work.
            DeadlineSpent: If the call's time does not suffice for that.
        """
        self._used[tenant] = self._timer()
        shelf = self._shelves.get(tenant)
        return self._first(tenant) if shelf is None else shelf

    def pinned(self, tenant: TenantId, version: str) -> Ranker:
        """Return what a named version makes of the catalogue, loading it if needed.

        Raises:
            NotFound: If the tenant has no such version.
            WrongState: If it is retired or damaged.
            DependencyDown, DeadlineSpent: As :meth:`get`.
        """
        shelf = self.get(tenant)
        if shelf.ranker.version == version:
            return shelf.ranker
        key = (tenant, version)
        ranker = self._pinned.get(key)
        if ranker is not None:
            return ranker
        left = time_left()
        if not self._loading.acquire(timeout=-1 if left is None else left.total_seconds()):
            raise DeadlineSpent("the deadline passed while another version was being loaded")
        try:
            ranker = self._pinned.get(key) or Ranker.over(self._load(tenant, version), shelf.view, version)
            self._pinned[key] = ranker
            while len(self._pinned) > MOST_PINNED:
                del self._pinned[next(iter(self._pinned))]
            return ranker
        finally:
            self._loading.release()

    def wake(self) -> None:
        """Ask for a look now: something changed."""
        self.woken.set()

    def look(self) -> str:
        """Bring every tenant that was asked for up to date; return the last problem, "" without one."""
        self.woken.clear()
        tenants = self._tenants()
        if not tenants:
            return ""
        try:
            revisions = self._catalogs.revisions()
            pointers = self._versions.active_everywhere(RECOMMENDATION)
        except LeadlineError as failed:
            self._tell(failed)
            return failed.message
        problems = [
            problem_of(partial(self._look_at, tenant, revisions.get(tenant, 0), pointers.get(tenant)))
            for tenant in tenants
        ]
        self._let_go()
        problems += [shelf.problem for shelf in list(self._shelves.values())]
        return next(filter(None, reversed(problems)), "")

    def _first(self, tenant: TenantId) -> Shelf:
        left = time_left()
        ends = self._timer() + (LONGEST_WAIT if left is None else left).total_seconds()
        with self._changed:
            self._wanted[tenant] = None
            self.woken.set()
            while tenant not in self._shelves:
                failed = self._wanted.get(tenant)
                if failed is not None:
                    raise DependencyDown("store") from failed
                if not self._changed.wait(ends - self._timer()):
                    raise DeadlineSpent("the deadline passed while the catalogue was being read")
            return self._shelves[tenant]

    def _tenants(self) -> list[TenantId]:
        with self._changed:
            return list({**self._shelves, **self._wanted})

    def _tell(self, failed: LeadlineError) -> None:
        with self._changed:
            for tenant in self._wanted:
                self._wanted[tenant] = failed
            self._changed.notify_all()

    def _look_at(self, tenant: TenantId, revision: int, pointer: ActivePointer | None) -> None:
        before = self._shelves.get(tenant)
        try:
            view = self._view(tenant, CatalogView() if before is None else before.view, revision)
            after = self._counted(tenant, self._ranked(tenant, before, view, pointer))
        except LeadlineError as failed:
            with self._changed:
                if tenant in self._wanted:
                    self._wanted[tenant] = failed
                self._changed.notify_all()
            raise
        self._lay_out_pinned(tenant, view)
        with self._changed:
            self._shelves[tenant] = after
            self._wanted.pop(tenant, None)
            self._changed.notify_all()

    def _view(self, tenant: TenantId, view: CatalogView, revision: int) -> CatalogView:
        if view.revision >= revision:
            return view
        changed = view.changed(list(self._catalogs.changes(tenant, view.revision)))
        return replace(changed, revision=max(changed.revision, revision))

    def _ranked(
        self, tenant: TenantId, before: Shelf | None, view: CatalogView, pointer: ActivePointer | None
    ) -> Shelf:
        if before is None:
            return self._begun(tenant, view, pointer)
        now = self._timer()
        shelf = before if before.view is view else replace(before, view=view)
        revision = 0 if pointer is None else pointer.revision
        if revision != shelf.pointer_revision or (shelf.problem and now >= shelf.next_try):
            return self._activated(tenant, shelf, pointer)
        if shelf.laid_revision == view.revision or now < shelf.next_layout:
            return shelf
        if shelf.ranker.knows_all(view):
            return replace(shelf, laid_revision=view.revision)
        return self._laid_out(shelf)

    def _begun(self, tenant: TenantId, view: CatalogView, pointer: ActivePointer | None) -> Shelf:
        empty = Shelf(view=view, ranker=Ranker.untrained(CatalogView()))
        if pointer is not None:
            return self._activated(tenant, empty, pointer)
        return self._laid_out(empty)

    def _activated(self, tenant: TenantId, shelf: Shelf, pointer: ActivePointer | None) -> Shelf:
        """Take the active version; the one before serves on if it is refused."""
        if pointer is None:
            return self._laid_out(
                replace(shelf, ranker=Ranker.untrained(CatalogView()), pointer_revision=0, problem="")
            )
        try:
            model = self._load(tenant, pointer.version)
        except LeadlineError as refused:
            kept = self._laid_out(shelf)
            problem = f"{pointer.version}: {refused.message}"
            return replace(
                kept, pointer_revision=pointer.revision, problem=problem, next_try=self._timer() + RETRY_REFUSED
            )
        ranker = Ranker.over(model, shelf.view, pointer.version)
        laid, revision = shelf.view.revision, pointer.revision
        return replace(shelf, ranker=ranker, laid_revision=laid, pointer_revision=revision, problem="")

    def _laid_out(self, shelf: Shelf) -> Shelf:
        """Let the ranker know new items."""
        begun = self._timer()
        ranker, learned = shelf.ranker, shelf.learned_count
        if ranker.is_trained or shelf.view.count < RELEARN_GROWTH * learned:
            ranker = Ranker.over(ranker.model, shelf.view, ranker.version)
        else:
            ranker, learned = Ranker.untrained(shelf.view), shelf.view.count
        ended = self._timer()
        return replace(shelf, ranker=ranker, learned_count=learned, next_layout=ended + REST_SHARE * (ended - begun))

    def _lay_out_pinned(self, tenant: TenantId, view: CatalogView) -> None:
        for key, ranker in list(self._pinned.items()):
            if key[0] == tenant and ranker.rows.size < view.count:
                self._pinned[key] = Ranker.over(ranker.model, view, ranker.version)

    def _counted(self, tenant: TenantId, shelf: Shelf) -> Shelf:
        now = self._timer()
        if now < shelf.next_count:
            return shelf
        counts = LeadCounts.of(self._catalogs.popularity(tenant), shelf.view)
        return replace(shelf, counts=counts, next_count=now + COUNT_EVERY)

    def _load(self, tenant: TenantId, version: str) -> RecommendationModel:
        _, files = self._versions.load(tenant, RECOMMENDATION, version)
        return self._read_model(files)

    def _let_go(self) -> None:
        """Let go of those asked for longest ago while there are too many items."""
        by_use = sorted(self._shelves, key=lambda tenant: self._used.get(tenant, 0.0))
        total = sum(shelf.view.count for shelf in self._shelves.values())
        for tenant in by_use[:-1]:
            if total <= MOST_ITEMS:
                return
            total -= self._shelves[tenant].view.count
            with self._changed:
                del self._shelves[tenant]
            for key in [key for key in self._pinned if key[0] == tenant]:
                self._pinned.pop(key, None)
