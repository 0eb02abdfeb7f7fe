"""The experiments a process has in memory, so that an answer in one of them waits for no look-up."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from core.errors import NotFound
from core.experiments.assigning import Assigner
from core.experiments.experiment import AllocationMode, StoredExperiment
from core.experiments.experiment_store import Allocation
from core.identifiers import TenantId
from core.resilience.apart import problem_of

MOST_HELD = 1_000
"""Experiments of all tenants; those that were read last stay."""
_Key = tuple[TenantId, str]


class ExperimentSource(Protocol):
    """Where experiments are read. :class:`core.experiments.experiment_store.ExperimentStore` is one."""

    def get(self, tenant: TenantId, name: str) -> StoredExperiment:
        """Return one, or raise NotFound."""

    def allocation(self, tenant: TenantId, name: str) -> Allocation:
        """Return the newest allocation, or raise NotFound."""

    def revision(self) -> str:
        """Return something that changes whenever an experiment or an allocation does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveExperiment:
    """An experiment as of the last look, ready to assign units."""

    stored: StoredExperiment
    allocation: int
    assigner: Assigner

    def follows(self, other: LiveExperiment) -> bool:
        """Return whether this may take the place of the other: nothing is ever started anew or allocated back."""
        was_stopped, is_stopped = other.stored.stop_time is not None, self.stored.stop_time is not None
        return self.allocation >= other.allocation and is_stopped >= was_stopped


class LiveExperiments:
    """Keeps the experiments that were asked for, and the assigner of each allocation.

    One cheap question tells whether anything changed anywhere; only then are experiments read again. What this process
    itself creates or stops it knows at once, see :meth:`renew`.

    Args:
        source: Where they are kept.
    """

    def __init__(self, source: ExperimentSource) -> None:
        self._source = source
        self._held: OrderedDict[_Key, LiveExperiment] = OrderedDict()
        self._revision = ""
        self._newcomers = 0
        """Experiments that were put without one of their name being held. Guarded, as all above, by the lock."""
        self._swapping = threading.Lock()

    def get(self, tenant: TenantId, name: str) -> LiveExperiment:
        """Return an experiment, read from the store if nobody asked for it before.

        Raises:
            NotFound: If the tenant has no such experiment.
            DependencyDown: If it has to be read and the store does not work.
        """
        held = self._held.get((tenant, name))
        return held or self.renew(tenant, name)

    def renew(self, tenant: TenantId, name: str) -> LiveExperiment:
        """Read an experiment again and return it.

        Raises:
            NotFound: If the tenant has no such experiment.
            DependencyDown: If the store does not work.
        """
        return self._put((tenant, name), self._read(tenant, name))

    def refresh(self) -> str:
        """Read all that is held again if anything changed; return the last problem, "" without one."""
        return problem_of(self._refresh)

    def _refresh(self) -> str:
        held, newcomers = self._keys()
        if not held:
            return ""
        # Asked for before anything is read: what changes meanwhile makes another revision.
        revision = self._source.revision()
        if revision == self._revision:
            return ""
        problems = [problem_of(partial(self._renew_held, key)) for key in held]
        problem = next(filter(None, reversed(problems)), "")
        if not problem:
            self._settle(revision, newcomers)
        return problem

    def _settle(self, revision: str, newcomers: int) -> None:
        """Say that all that is held is as of a revision, unless something came that was not read for it."""
        with self._swapping:
            if newcomers == self._newcomers:
                self._revision = revision

    def _renew_held(self, key: _Key) -> None:
        try:
            self.renew(*key)
        except NotFound:
            with self._swapping:
                self._held.pop(key, None)

    def _keys(self) -> tuple[Sequence[_Key], int]:
        with self._swapping:
            return list(self._held), self._newcomers

    def _read(self, tenant: TenantId, name: str) -> LiveExperiment:
        stored = self._source.get(tenant, name)
        number, shares = self._shares(tenant, stored)
        held = self._held.get((tenant, name))
        if held is not None and held.allocation == number and held.stored.experiment == stored.experiment:
            return LiveExperiment(stored=stored, allocation=number, assigner=held.assigner)
        return LiveExperiment(stored=stored, allocation=number, assigner=Assigner(stored, shares, allocation=number))

    def _shares(self, tenant: TenantId, stored: StoredExperiment) -> tuple[int, Mapping[str, float]]:
        if stored.experiment.mode is AllocationMode.BANDIT:
            newest = self._source.allocation(tenant, stored.experiment.name)
            return newest.number, newest.shares
        return 0, {variant.name: variant.share for variant in stored.experiment.variants}

    def _put(self, key: _Key, new: LiveExperiment) -> LiveExperiment:
        with self._swapping:
            held = self._held.get(key)
            if held is not None and not new.follows(held):
                return held
            if held is None:
                # It may have been read before a change that a look has already seen: the next look reads it again.
                self._newcomers += 1
                self._revision = ""
            self._held[key] = new
            self._held.move_to_end(key)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
            return new
