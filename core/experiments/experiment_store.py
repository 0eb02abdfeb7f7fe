"""Where experiments, exposures and what became of units are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.caller import Caller
from core.experiments.experiment import Experiment, StoredExperiment
from core.experiments.exposure import Exposure, LinkedLead
from core.experiments.results import Look
from core.experiments.tally import VariantTally
from core.experiments.unit_outcome import UnitOutcome
from core.identifiers import LeadId, TenantId
from core.ports import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """How units are spread from a moment on."""

    number: int
    """0: as it was set."""
    shares: Mapping[str, float]
    """Variant to share, summing to 1."""
    start_time: datetime


class ExperimentStore(Protocol):
    """Keeps experiments. A call that returns has committed."""

    def create(
        self, caller: Caller, request_id: str, experiment: Experiment, *, said: str | None = None
    ) -> StoredExperiment:
        """Add an experiment, give it the first free segments of its layer, and audit it.

        Args:
            caller: Who does.
            request_id: The idempotency key: a request that comes again gets the experiment as it stands.
            experiment: What to add.
            said: What the request said, to tell one from another, where the experiment holds more than that, such as
                the moment it came; None for the experiment itself.

        Raises:
            AlreadyExists: If the name is taken, also in another case, or ``request_id`` was used for another body.
            NotFound: If the tenant has no such version of a variant.
            WrongState: VERSION_RETIRED if a version is retired; LAYER_FULL if the layer has too few free segments.
        """

    def repeated(self, caller: Caller, request_id: str, *, said: str) -> StoredExperiment | None:
        """Return what this request to create an experiment made when it came first; None if it never made one.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """

    def get(self, tenant: TenantId, name: str) -> StoredExperiment:
        """Return one.

        Raises:
            NotFound: If the tenant has no such experiment.
        """

    def list(
        self, tenant: TenantId, *, limit: int, after: str | None, open_at: datetime | None
    ) -> Page[StoredExperiment]:
        """Return up to ``limit``, newest first; with ``open_at`` only those scheduled or running at that moment."""

    def stop(
        self, caller: Caller, request_id: str, name: str, *, winner: str, reason: str, activate_winner: bool = False
    ) -> StoredExperiment:
        """Stop one for good and audit it.

        Args:
            caller: Who does.
            request_id: The idempotency key: a request that comes again gets the experiment as it stands.
            name: Of the experiment.
            winner: The variant that won; "" for none.
            reason: Why.
            activate_winner: What the request said of it, to tell one from another; nothing is activated here.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
            NotFound: If there is no such experiment, or it has no such variant.
            WrongState: EXPERIMENT_STOPPED if it was stopped before, by another request.
        """

    def open_everywhere(self, moment: datetime) -> Sequence[tuple[TenantId, str]]:
        """Return what runs or will, and what was over for less than its conversion window and a day, of all tenants.

        What was over for longer, and not refreshed since, is among them: once it is, it is left alone.
        """

    def revision(self) -> str:
        """Return something that changes whenever an experiment or an allocation of any tenant does."""

    def allocation(self, tenant: TenantId, name: str) -> Allocation:
        """Return the newest allocation.

        Raises:
            NotFound: If there is no such experiment.
        """

    def allocations(self, tenant: TenantId, name: str) -> Sequence[Allocation]:
        """Return all of them, oldest first."""

    def reallocate(self, tenant: TenantId, name: str, allocation: Allocation) -> bool:
        """Add the allocation after the newest; False, and nothing is written, if somebody else was quicker."""


class ExposureStore(Protocol):
    """Keeps who saw what. A call that returns has committed."""

    def record(self, tenant: TenantId, exposure: Exposure, lead: LinkedLead | None) -> Exposure:
        """Keep the first exposure of a unit to a variant, and the lead with it; what is there stays.

        A lead that was linked without a score gets the first one it is shown with.

        Returns:
            The exposure that is kept.
        """

    def first(self, tenant: TenantId, experiment: str, unit_id: str) -> Exposure | None:
        """Return the first exposure of a unit to any variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFate:
    """What is known of how a lead fared: as much of it as experiments need."""

    ends: tuple[tuple[datetime, bool], ...] = ()
    """When it was said to have ended, and whether with a conversion; oldest first. The newest counts."""
    contact_successes: tuple[datetime, ...] = ()
    values: tuple[tuple[datetime, float], ...] = ()
    """Of conversions that hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEvidence:
    """All that a unit's outcome is worked out from."""

    exposure: Exposure
    leads: tuple[tuple[LinkedLead, LeadFate], ...]


class UnitSession(Protocol):
    """One refresh, in one transaction that nobody else has of the same experiment."""

    refreshed_until: datetime | None
    """Up to when all was known at the refresh before; None if all has to be worked out anew."""
    deadline: datetime | None
    """Until when conversions counted at the refresh before, where that was one moment for all units. Whoever refreshes
    says so here; :meth:`finish` keeps it."""

    def experiment(self) -> StoredExperiment:
        """Return the experiment as it is while the session lasts."""

    def shares(self) -> Mapping[str, float]:
        """Return the shares of its variants by the newest allocation."""

    def changed(self, since: datetime | None) -> Iterator[Sequence[UnitEvidence]]:
        """Yield, in parts, the units of which anything was recorded since a moment; all of them for None.

        None forgets what was kept of units first.
        """

    def missing(self) -> Iterator[Sequence[UnitEvidence]]:
        """Yield, in parts, the exposed units of which nothing is kept."""

    def write(self, outcomes: Sequence[UnitOutcome]) -> None:
        """Keep what became of units, in place of what was kept."""

    def tallies(self, *, exposed_before: datetime | None = None) -> Mapping[str, VariantTally]:
        """Return the sums by variant, testers left out; only over units exposed before a moment if one is given."""

    def crossed_units(self) -> int:
        """Return how many units, testers left out, were in two arms."""

    def similar_units(self) -> int:
        """Return how many units differ from another one in case, spaces or width only."""

    def exposed_between(self, first: datetime, last: datetime) -> int:
        """Return how many units were first exposed in [first, last)."""

    def first_exposure_time(self) -> datetime | None:
        """Return when the first unit was exposed."""

    def looks(self) -> Sequence[Look]:
        """Return the looks taken, oldest first."""

    def add_looks(self, looks: Sequence[Look]) -> None:
        """Keep looks of one number."""

    def least_p_values(self) -> Mapping[str, float]:
        """Return the smallest always-valid p-value so far, by ``treatment/metric``."""

    def finish(self, until: datetime, least_p_values: Mapping[str, float]) -> None:
        """Say up to when all is known now."""


class UnitStore(Protocol):
    """Keeps what became of units."""

    def session(self, tenant: TenantId, experiment: str) -> AbstractContextManager[UnitSession]:
        """Begin a refresh; waits for another one of the same experiment. Commits when the block ends."""


FateReader = Callable[[TenantId, Sequence[LeadId]], Mapping[LeadId, LeadFate]]
"""Reads how leads fared."""
