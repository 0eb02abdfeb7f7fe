"""The use case behind AssignVariant: for units that see something else than a score."""

from __future__ import annotations

from dataclasses import dataclass

from core.access.ownership import visible
from core.caller import Caller
from core.errors import InvalidInput, NotFound
from core.experiments.assignment import Assignment
from core.experiments.exposing import Exposing
from core.experiments.exposure import Exposure, LinkedLead
from core.experiments.units import unit_key
from core.identifiers import LeadId, check_identifier
from core.ports import LeadLookup


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedVariant:
    """What a unit gets, and since when."""

    assignment: Assignment
    exposure: Exposure | None
    """None if it was not exposed."""


class VariantLookup:
    """Says which variant a unit gets.

    Args:
        exposing: Decides and records.
        leads: Says whose a lead is.
    """

    def __init__(self, exposing: Exposing, leads: LeadLookup) -> None:
        self._exposing = exposing
        self._leads = leads

    def assign(
        self, caller: Caller, experiment: str, unit_id: str, *, lead_id: str = "", preview: bool = False
    ) -> AssignedVariant:
        """Return what a unit gets, and record that it was exposed: once, whatever number of calls.

        Args:
            caller: Who asks.
            experiment: Name of the experiment.
            unit_id: The unit.
            lead_id: A lead whose fate counts for the unit. "" for the lead with the unit's id, now or later; if the
                unit's id cannot be a lead's there is none.
            preview: Record nothing.

        Raises:
            InvalidInput: Names what is wrong with the request.
            NotFound: If there is no such experiment, or a seller names a lead that is not stored or another's.
            DependencyDown: If the store does not work.
        """
        unit = unit_key(unit_id)
        named = LeadId(check_identifier(lead_id, "lead_id")) if lead_id else None
        decision = self._exposing.decide(caller.tenant, experiment, unit)
        assignment = decision.assignment
        if assignment.variant is None:
            return AssignedVariant(assignment=assignment, exposure=None)
        if preview:
            return AssignedVariant(assignment=assignment, exposure=self._exposing.stored_exposure(decision))
        lead = self._named(caller, named) if named is not None else self._implied(caller, unit)
        exposure = self._exposing.recorded(decision, lead) or self._exposing.record(
            decision, assignment.variant, None if lead is None else LinkedLead(lead_id=lead)
        )
        return AssignedVariant(assignment=assignment, exposure=exposure)

    def _named(self, caller: Caller, lead_id: LeadId) -> LeadId:
        if caller.owner_id:
            visible(caller, self._leads.get(caller.tenant, lead_id))
        return lead_id

    def _implied(self, caller: Caller, unit: str) -> LeadId | None:
        try:
            return self._named(caller, LeadId(check_identifier(unit, "unit_id")))
        except (InvalidInput, NotFound):
            return None
