"""Writes of leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from leadline.v1 import lead_service_pb2

from core.errors import InvalidInput, Violation
from core.identifiers import TenantId
from core.lead import LeadOutcome, LeadWrite
from server.convert.lead import lead_from_wire, outcome_from_wire

OnOutcomes = Callable[[TenantId], object]
"""Told that outcomes of a tenant were written."""
MAX_WRITES = 500


def writes_from_wire(request: lead_service_pb2.UpsertLeadsRequest, now: datetime) -> list[LeadWrite]:
    """Return the writes.

    An outcome without a time has none here either: the store gives it the moment of the write, so that the same request
    sent again is the same request.

    Args:
        request: The request.
        now: The present moment; no outcome may be later.

    Raises:
        InvalidInput: Names every broken field, or a lead that is written twice.
    """
    if not 1 <= len(request.leads) <= MAX_WRITES:
        raise InvalidInput.of("leads", f"must be 1 to {MAX_WRITES} leads, not {len(request.leads):,}")
    writes: list[LeadWrite] = []
    problems: list[Violation] = []
    seen: dict[str, int] = {}
    for position, wire in enumerate(request.leads):
        path = f"leads[{position}]"
        try:
            lead = lead_from_wire(wire.lead, f"{path}.lead")
            writes.append(LeadWrite(lead=lead, outcome=_outcome(wire, path, now)))
        except InvalidInput as problem:
            problems.extend(problem.violations)
            continue
        first = seen.setdefault(lead.lead_id, position)
        if first != position:
            rule = f"must not be written twice in one request: leads[{first}] has it too"
            problems.append(Violation(field=f"{path}.lead.lead_id", rule=rule))
    if problems:
        raise InvalidInput(problems)
    return writes


def _outcome(wire: lead_service_pb2.LeadWrite, path: str, now: datetime) -> LeadOutcome | None:
    if not wire.HasField("outcome"):
        return None
    return outcome_from_wire(wire.outcome, f"{path}.outcome", now)
