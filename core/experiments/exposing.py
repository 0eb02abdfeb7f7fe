"""Decides what units get, and records that they saw it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from core.errors import DeadlineSpent, DependencyDown
from core.experiments.assignment import Assignment, AssignmentReason
from core.experiments.experiment import ExperimentState, Variant
from core.experiments.experiment_store import ExposureStore
from core.experiments.exposure import Exposure, LinkedLead
from core.experiments.known_exposures import KnownExposures
from core.experiments.live import LiveExperiment, LiveExperiments
from core.identifiers import LeadId, TenantId, check_identifier
from core.ports import Clock

_NOT_RUNNING = Assignment(variant=None, reason=AssignmentReason.NOT_RUNNING)


class ExposureCounts(Protocol):
    """Counts exposures."""

    def recorded(self) -> None:
        """Count a write of an exposure, or of a lead of one."""

    def failed(self) -> None:
        """Count one that did not succeed."""


class NoCounts:
    """Implements :class:`ExposureCounts` by counting nothing."""

    def recorded(self) -> None:
        """See :class:`ExposureCounts`."""

    def failed(self) -> None:
        """See :class:`ExposureCounts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a unit gets in an experiment."""

    tenant: TenantId
    live: LiveExperiment
    unit_id: str
    assignment: Assignment

    @property
    def name(self) -> str:
        """Of the experiment."""
        return self.live.stored.experiment.name


class Exposing:
    """Decides and records. What this process recorded it remembers, so that the same again costs no write.

    Args:
        live: The experiments as of now.
        exposures: Where exposures are kept.
        clock: The present moment.
        counts: Told of every write; None: nobody is.
    """

    def __init__(
        self, live: LiveExperiments, exposures: ExposureStore, clock: Clock, counts: ExposureCounts | None = None
    ) -> None:
        self._live = live
        self._exposures = exposures
        self._clock = clock
        self._counts = counts or NoCounts()
        self._known = KnownExposures()

    def decide(self, tenant: TenantId, experiment: str, unit_id: str) -> Decision:
        """Return what a unit gets; records nothing.

        Args:
            tenant: Whose experiment.
            experiment: Its name.
            unit_id: As :func:`core.experiments.units.unit_key` returns it.

        Raises:
            InvalidInput: If ``experiment`` cannot be the name of one.
            NotFound: If the tenant has no such experiment.
            DependencyDown: If the store has to be asked and does not work.
        """
        live = self._live.get(tenant, check_identifier(experiment, "experiment"))
        if live.stored.state(self._clock()) is not ExperimentState.RUNNING:
            return Decision(tenant=tenant, live=live, unit_id=unit_id, assignment=_NOT_RUNNING)
        drawn = live.assigner.assign(unit_id)
        if live.stored.experiment.keeps_first and drawn.reason is AssignmentReason.HASH:
            first = self._first(tenant, live.stored.experiment.name, unit_id)
            drawn = drawn if first is None else _kept(live, first)
        return Decision(tenant=tenant, live=live, unit_id=unit_id, assignment=drawn)

    def exposure(self, decision: Decision) -> Exposure | None:
        """Return the stored exposure of the unit to the variant it gets, if this process knows of it."""
        variant = decision.assignment.variant
        if variant is None:
            return None
        return self._known.exposure(decision.tenant, decision.name, decision.unit_id, variant.name)

    def is_recorded(self, decision: Decision, lead_id: LeadId) -> bool:
        """Return whether the exposure is known to be stored, with this lead and the score it was first shown with."""
        exposure = self.exposure(decision)
        return exposure is not None and self._known.is_scored(decision.tenant, exposure, lead_id)

    def recorded(self, decision: Decision, lead_id: LeadId | None) -> Exposure | None:
        """Return the exposure if it is known to be stored, with this lead where one is given, scored or not."""
        exposure = self.exposure(decision)
        if exposure is None or lead_id is None or self._known.is_linked(decision.tenant, exposure, lead_id):
            return exposure
        return None

    def stored_exposure(self, decision: Decision) -> Exposure | None:
        """Return the first exposure of the unit if it was to the variant it gets, from the store if need be.

        Raises:
            DependencyDown: If the store does not work.
        """
        variant = decision.assignment.variant
        first = self._exposures.first(decision.tenant, decision.name, decision.unit_id)
        return first if first is not None and variant is not None and first.variant == variant.name else None

    def record(
        self, decision: Decision, variant: Variant, lead: LinkedLead | None, baseline_score: float | None = None
    ) -> Exposure:
        """Keep that a unit sees a variant, and which lead it is about; returns once both are durable.

        Args:
            decision: What was decided.
            variant: The variant it gets.
            lead: Its fate counts for the unit; None: no lead is known yet.
            baseline_score: What the control's version says of the lead, 0 to 100; kept with the first exposure only.

        Raises:
            DependencyDown: If the store does not work.
        """
        chosen = decision.assignment
        exposure = Exposure(
            experiment=decision.name,
            unit_id=decision.unit_id,
            variant=variant.name,
            propensity=chosen.propensity,
            is_override=chosen.reason is AssignmentReason.OVERRIDE,
            allocation=chosen.allocation,
            baseline_score=baseline_score,
            exposure_time=self._clock(),
        )
        kept = self._write(decision.tenant, exposure, lead)
        self._known.remember(
            decision.tenant, kept, lead.lead_id if lead else None, scored=lead is not None and bool(lead.source)
        )
        if decision.live.stored.experiment.keeps_first and chosen.reason is AssignmentReason.HASH:
            self._learn_first(decision)
        return kept

    def _write(self, tenant: TenantId, exposure: Exposure, lead: LinkedLead | None) -> Exposure:
        try:
            kept = self._exposures.record(tenant, exposure, lead)
        except (DependencyDown, DeadlineSpent):
            self._counts.failed()
            raise
        self._counts.recorded()
        return kept

    def _learn_first(self, decision: Decision) -> None:
        """Remember what the store says, not what was just written: another process may have been quicker."""
        with suppress(DependencyDown, DeadlineSpent):
            self._first(decision.tenant, decision.name, decision.unit_id)

    def _first(self, tenant: TenantId, experiment: str, unit_id: str) -> Exposure | None:
        known = self._known.first(tenant, experiment, unit_id)
        if known is not None:
            return known
        first = self._exposures.first(tenant, experiment, unit_id)
        if first is not None:
            self._known.remember_first(tenant, first)
        return first


def _kept(live: LiveExperiment, first: Exposure) -> Assignment:
    return Assignment(
        variant=live.stored.experiment.variant(first.variant),
        reason=AssignmentReason.STICKY,
        propensity=first.propensity,
        allocation=first.allocation,
    )
