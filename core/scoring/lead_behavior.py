"""What leads did, for the models that look at it: looked up once for each lead, and kept as it was served."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.access.ownership import visible
from core.behavior.live import QUICK_READ, LeadBehavior
from core.behavior.recording import microseconds_of
from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown, NotFound
from core.features.behavior import BehaviorValues
from core.identifiers import LeadId, TenantId
from core.ports import LeadLookup
from core.resilience.patience import tightened
from core.scoring.model import ScoringModel
from core.scoring.model_runs import Told
from core.scoring.result import ScoreWarning
from core.scoring.stored_leads import LONGEST_READ, KnownLead

BEHAVIOR_UNKNOWN = ScoreWarning(
    code="BEHAVIOR_UNKNOWN",
    message="What the lead did cannot be looked up now; it was scored as a lead without events.",
)
NOT_TOLD = Told(None)
UNKNOWN = Told(None, is_unknown=True)
PATIENT_FAILURES = 3
"""Leads of a call that cannot be looked up before it waits for no other one that is not in memory."""
_NO_TIME = timedelta()


class BehaviorLookup(Protocol):
    """Looks up what leads did. :class:`core.behavior.live.LiveLeads` is one."""

    def try_get(
        self, tenant: TenantId, lead_id: LeadId, moment_us: int, *, within: timedelta = QUICK_READ
    ) -> LeadBehavior | None:
        """Return the features of a lead; None if they cannot be had within a moment, whatever the cause."""


class OfferServed(Protocol):
    """Takes what was served, for a sample to be worked out again from the log.

    :meth:`core.behavior.served_vectors.VectorSampling.served` is one.
    """

    def __call__(
        self,
        tenant: TenantId,
        lead_id: LeadId,
        values: BehaviorValues,
        *,
        moment_us: int,
        up_to_sequence: int,
        plan_hash: str,
        version: str,
    ) -> object:
        """Take the features of a lead at a moment, and which version they were served to. Returns at once."""


class LeadBehaviors:
    """Looks up behaviour for the models that look at it; nobody asks for others.

    Args:
        lookup: Where from.
        leads: Says whose a lead is, where a seller asks.
        offer: Takes what was served; None: nobody does.
    """

    def __init__(self, lookup: BehaviorLookup, leads: LeadLookup, offer: OfferServed | None = None) -> None:
        self._lookup = lookup
        self._leads = leads
        self._offer = offer

    def of(self, caller: Caller, model: ScoringModel, leads: Sequence[KnownLead], moment: datetime) -> list[Told]:
        """Return what leads did, for a model that looks at it.

        A seller that sends a lead along with the call is not told, through its score, what another's lead of that id
        did: its behaviour counts only where the stored lead is the seller's own.
        """
        call = _Call(self._lookup, caller.tenant, microseconds_of(moment))
        return [self._told(caller, call, known, model) for known in leads]

    def aside(self, tenant: TenantId, lead_id: LeadId, moment: datetime) -> Told:
        """Return what a lead did, for an answer nobody is shown; it is not kept."""
        found = self._lookup.try_get(tenant, lead_id, microseconds_of(moment))
        return UNKNOWN if found is None else Told(found.values)

    def _told(self, caller: Caller, call: _Call, known: KnownLead, model: ScoringModel) -> Told:
        lead_id = known.lead.lead_id
        try:
            if caller.owner_id and not known.is_stored and not self._is_own(caller, lead_id):
                return NOT_TOLD
        except (DependencyDown, DeadlineSpent):
            return UNKNOWN
        found = call.look_up(lead_id)
        if found is None:
            return UNKNOWN
        if self._offer is not None:
            self._offer(
                caller.tenant,
                lead_id,
                found.values,
                moment_us=found.moment_us,
                up_to_sequence=found.up_to_sequence,
                plan_hash=model.feature_set.behavior_plan,
                version=model.version.manifest.version,
            )
        return Told(found.values)

    def _is_own(self, caller: Caller, lead_id: LeadId) -> bool:
        try:
            with tightened(LONGEST_READ):
                visible(caller, self._leads.get(caller.tenant, lead_id))
        except NotFound:
            return False
        return True


class _Call:
    """The look-ups of one call: where several fail, the rest of the call does not wait for the store."""

    def __init__(self, lookup: BehaviorLookup, tenant: TenantId, moment_us: int) -> None:
        self._lookup = lookup
        self._tenant = tenant
        self._moment_us = moment_us
        self._failures = 0

    def look_up(self, lead_id: LeadId) -> LeadBehavior | None:
        within = QUICK_READ if self._failures < PATIENT_FAILURES else _NO_TIME
        found = self._lookup.try_get(self._tenant, lead_id, self._moment_us, within=within)
        self._failures += found is None
        return found
