"""Reads features of leads for callers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.access.ownership import visible
from core.behavior.feature_vector import FeatureVector, check_batch, check_names, chosen
from core.behavior.live import LiveLeads
from core.behavior.scaling import FeatureScaling, ScalingMethod
from core.behavior.served_vectors import VectorSampling
from core.caller import Caller
from core.errors import LeadlineError, WrongState
from core.identifiers import LeadId, TenantId, check_identifier
from core.ports import Clock, LeadLookup

ScalingOf = Callable[[TenantId], tuple[str, FeatureScaling] | None]
"""Returns the version of a tenant that serves and the scaling it was trained with; None if there is none."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)


def no_scaling(_tenant: TenantId) -> None:
    """Return no scaling, as for a tenant without a model."""


def moment_us_of(moment: datetime) -> int:
    """Return an aware moment in microseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureQuery:
    """What is asked of each lead.

    Attributes:
        names: Only these features; empty: all.
        scaling: How to scale numbers; None: not at all.
    """

    names: Sequence[str] = ()
    scaling: ScalingMethod | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFeatures:
    """Reads features of leads that a caller may see.

    Attributes:
        live: Leads in memory.
        leads: Says whose a lead is.
        sampling: Keeps a share of what is served.
        clock: The present moment.
        scaling_of: Says what to scale by.
    """

    live: LiveLeads
    leads: LeadLookup
    sampling: VectorSampling
    clock: Clock
    scaling_of: ScalingOf = field(default=no_scaling)

    def get(self, caller: Caller, lead_id: str, query: FeatureQuery) -> FeatureVector:
        """Return the features of one lead.

        Raises:
            InvalidInput: If the id is malformed, or there is no feature of a name.
            NotFound: If the caller is a seller and the lead is not its own.
            WrongState: NO_SCALING if there is nothing to scale by.
            DependencyDown: If the lead is not in memory and the store does not work.
        """
        return self._one(caller, check_identifier(lead_id, "lead_id"), self._scaler(caller, query), query)

    def get_many(
        self, caller: Caller, lead_ids: Sequence[str], query: FeatureQuery
    ) -> list[FeatureVector | LeadlineError]:
        """Return the features of each lead, or why there are none.

        Raises:
            InvalidInput: If there are none or more than 100 leads, or there is no feature of a name.
            WrongState: NO_SCALING if there is nothing to scale by.
        """
        check_batch("lead_ids", len(lead_ids))
        scaler = self._scaler(caller, query)
        found: list[FeatureVector | LeadlineError] = []
        for place, lead_id in enumerate(lead_ids):
            try:
                known = check_identifier(lead_id, f"lead_ids[{place}]")
                found.append(self._one(caller, known, scaler, query))
            except LeadlineError as problem:
                found.append(problem)
        return found

    def _scaler(self, caller: Caller, query: FeatureQuery) -> tuple[str, FeatureScaling] | None:
        check_names(self.live.plan, query.names)
        if query.scaling is None:
            return None
        scaler = self.scaling_of(caller.tenant)
        if scaler is None:
            message = (
                "no active lead_score version was trained with behaviour features, so there is nothing to scale by"
            )
            raise WrongState("NO_SCALING", message)
        return scaler

    def _one(
        self, caller: Caller, lead_id: str, scaler: tuple[str, FeatureScaling] | None, query: FeatureQuery
    ) -> FeatureVector:
        began = time.perf_counter()
        lead = LeadId(lead_id)
        if caller.owner_id:
            visible(caller, self.leads.get(caller.tenant, lead))
        found = self.live.get(caller.tenant, lead, moment_us_of(self.clock()))
        plan_hash = self.live.plan.hash
        self.sampling.served(
            caller.tenant,
            lead,
            found.values,
            moment_us=found.moment_us,
            up_to_sequence=found.up_to_sequence,
            plan_hash=plan_hash,
        )
        values = chosen(found.values, query.names)
        return FeatureVector(
            lead_id=lead,
            values=values if scaler is None or query.scaling is None else scaler[1].apply(values, query.scaling),
            event_count=found.event_count,
            last_event_us=found.last_event_us,
            moment_us=found.moment_us,
            up_to_sequence=found.up_to_sequence,
            plan_hash=plan_hash,
            processing=timedelta(seconds=time.perf_counter() - began),
            scaling_version="" if scaler is None else scaler[0],
        )
