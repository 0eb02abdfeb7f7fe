"""Copies of stored leads for the time of an outage, kept off the response path and compared with the store."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from core.adapters.sql.lead_json import lead_from_json, lead_to_json
from core.identifiers import LeadId, TenantId
from core.lead import StoredLead
from core.ports import Cache, CacheKey, Clock
from core.scoring.stored_leads import LeadCopy

KIND = "stored_lead"
MOST_COPIES = 2_000
"""Copies this process vouches for."""
MOST_PENDING = 10_000
MOST_ASKED = 500
"""Leads in one question to the store."""
SLICES = 4
"""Looks that it takes to compare all copies with the store."""
KEPT_ANEW_AFTER = timedelta(minutes=5)
"""A copy that is still right is written again after that, before the caches let it go."""
RETRY_SECONDS = 1.0
STOP_SECONDS = 1.0


class Revisions(Protocol):
    """Says how new leads are. :class:`core.adapters.sql.lead_store.SqlLeadStore` is one."""

    def revisions(self, tenant: TenantId, lead_ids: Sequence[LeadId]) -> Mapping[LeadId, int]:
        """Return the newest revision of each of the leads that exist."""


class _Id(NamedTuple):
    tenant: TenantId
    lead_id: LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A copy this process vouches for."""

    revision: int
    kept_time: datetime
    seen_time: datetime


class CachedLeadCopies:
    """Keeps copies in a cache. Implements :class:`core.scoring.stored_leads.LeadCopies`.

    A write or an erasure anywhere takes the copy away here soon, whatever becomes of messages between processes: every
    copy is compared with the store once in :data:`SLICES` looks. While the store is down the copies stay as they were
    when it was last asked.

    Args:
        cache: Where copies are kept.
        store: What they are compared with.
        clock: The present moment.
    """

    def __init__(self, cache: Cache, store: Revisions, clock: Clock) -> None:
        self._cache = cache
        self._store = store
        self._clock = clock
        self._held: OrderedDict[_Id, _Held] = OrderedDict()
        self._pending: OrderedDict[_Id, StoredLead | None] = OrderedDict()
        """What to keep, None for what to let go. The last word on each lead."""
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._worker = threading.Thread(target=self._work, name="lead-copies", daemon=True)
        self._slice = 0

    def start(self) -> None:
        """Begin to write copies."""
        self._worker.start()

    def stop(self) -> None:
        """End; what is not written yet is let go."""
        self._stopping.set()
        self._woken.set()
        if self._worker.is_alive():
            self._worker.join(STOP_SECONDS)

    def remember(self, tenant: TenantId, stored: StoredLead) -> None:
        """See :class:`core.scoring.stored_leads.LeadCopies`."""
        where = _Id(tenant, stored.lead.lead_id)
        with self._lock:
            held = self._held.get(where)
            if held is None or held.revision != stored.revision or self._clock() - held.kept_time > KEPT_ANEW_AFTER:
                self._settle(where, stored)

    def recall(self, tenant: TenantId, lead_id: LeadId) -> LeadCopy | None:
        """See :class:`core.scoring.stored_leads.LeadCopies`."""
        where = _Id(tenant, lead_id)
        if self._is_leaving(where):
            return None
        value = self._cache.get(_key(where))
        if value is None or self._is_leaving(where):
            return None
        copy = _from_json(lead_id, value)
        with self._lock:
            # What another process kept is vouched for from now on.
            held = self._held.setdefault(where, _held(copy.stored, copy.seen_time))
            self._hold_few(where)
        if held.revision != copy.stored.revision:
            return copy
        return replace(copy, seen_time=max(held.seen_time, copy.seen_time))

    def forget(self, tenant: TenantId, lead_id: LeadId) -> None:
        """See :class:`core.scoring.stored_leads.LeadCopies`."""
        with self._lock:
            self._settle(_Id(tenant, lead_id), None)

    def compare(self) -> None:
        """Compare the next slice of the copies with the store, and let go of those it no longer has like that.

        Raises:
            DependencyDown: If the store cannot be asked; the copies stay.
        """
        self._slice = (self._slice + 1) % SLICES
        with self._lock:
            mine = [(where, held) for where, held in self._held.items() if hash(where) % SLICES == self._slice]
        for tenant in {where.tenant for where, _ in mine}:
            theirs = [(where.lead_id, held) for where, held in mine if where.tenant == tenant]
            for start in range(0, len(theirs), MOST_ASKED):
                self._compare(tenant, dict(theirs[start : start + MOST_ASKED]))

    def _compare(self, tenant: TenantId, held: Mapping[LeadId, _Held]) -> None:
        asked_time = self._clock()
        newest = self._store.revisions(tenant, list(held))
        with self._lock:
            for lead_id, copy in held.items():
                where = _Id(tenant, lead_id)
                if self._held.get(where) is not copy:
                    continue
                if newest.get(lead_id) == copy.revision:
                    self._held[where] = replace(copy, seen_time=asked_time)
                else:
                    self._settle(where, None)

    def _settle(self, where: _Id, stored: StoredLead | None) -> None:
        """Needs the lock."""
        if stored is None:
            self._held.pop(where, None)
        self._pending[where] = stored
        self._pending.move_to_end(where)
        if len(self._pending) > MOST_PENDING:
            self._pending.popitem(last=False)
        self._woken.set()

    def _is_leaving(self, where: _Id) -> bool:
        with self._lock:
            return where in self._pending and self._pending[where] is None

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait()
            self._woken.clear()
            with self._lock:
                tasks = list(self._pending.items())
            done = [self._carry_out(*task) for task in tasks]
            if not all(done):
                self._stopping.wait(RETRY_SECONDS)
                self._woken.set()

    def _carry_out(self, where: _Id, stored: StoredLead | None) -> bool:
        """Return whether it is done."""
        if self._stopping.is_set():
            return True
        if stored is None:
            is_done = self._cache.forget(where.tenant, where.lead_id)
        else:
            self._keep(where, stored)
            is_done = True
        with self._lock:
            if is_done and where in self._pending and self._pending[where] is stored:
                del self._pending[where]
        return is_done

    def _keep(self, where: _Id, stored: StoredLead) -> None:
        # It was read a moment ago; the next comparison makes up for that moment.
        now = self._clock()
        self._cache.put(_key(where), _to_json(stored, now))
        with self._lock:
            if where in self._pending and self._pending[where] is not stored:
                return
            self._held[where] = _held(stored, now)
            self._hold_few(where)

    def _hold_few(self, newest: _Id) -> None:
        """Let go of the copies that were used least. Needs the lock."""
        self._held.move_to_end(newest)
        while len(self._held) > MOST_COPIES:
            self._settle(next(iter(self._held)), None)


def _held(stored: StoredLead, seen_time: datetime) -> _Held:
    return _Held(revision=stored.revision, kept_time=seen_time, seen_time=seen_time)


def _key(where: _Id) -> CacheKey:
    return CacheKey(kind=KIND, tenant=where.tenant, subject=where.lead_id)


def _to_json(stored: StoredLead, seen_time: datetime) -> bytes:
    times = (stored.create_time, stored.update_time, seen_time)
    content = [lead_to_json(stored.lead), stored.revision, *(moment.isoformat() for moment in times)]
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def _from_json(lead_id: LeadId, value: bytes) -> LeadCopy:
    """Return a copy; without its outcome, which no score looks at."""
    lead, revision, *times = json.loads(value)
    create_time, update_time, seen_time = map(datetime.fromisoformat, times)
    stored = StoredLead(
        lead=lead_from_json(lead_id, lead),
        outcome=None,
        create_time=create_time,
        update_time=update_time,
        revision=revision,
    )
    return LeadCopy(stored=stored, seen_time=seen_time)
