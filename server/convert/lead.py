"""Leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from leadline.v1 import lead_pb2

from core.errors import InvalidInput, LeadlineError
from core.identifiers import LeadId
from core.lead import MAX_ATTRIBUTES, AttributeValue, Lead, LeadOutcome, StoredLead
from core.scoring.scorer import MAX_BATCH
from server.convert.attributes import attributes_from_wire
from server.convert.times import time_from_wire, time_to_wire

_NONE: Mapping[str, AttributeValue] = {}


def lead_from_wire(lead: lead_pb2.Lead, path: str) -> Lead:
    """Return the lead.

    Raises:
        InvalidInput: Names every broken field below ``path``.
    """
    try:
        return Lead(
            lead_id=LeadId(lead.lead_id),
            title=lead.title,
            description=lead.description,
            category=lead.category,
            location_name=lead.location_name,
            price=lead.price if lead.HasField("price") else None,
            email=lead.email,
            phone=lead.phone,
            posted_time=time_from_wire(lead.posted_time, "posted_time") if lead.HasField("posted_time") else None,
            owner_id=lead.owner_id,
            attributes=attributes_from_wire(lead.attributes, MAX_ATTRIBUTES) if lead.attributes else _NONE,
        )
    except InvalidInput as problem:
        raise problem.under(path) from None


def leads_from_wire(leads: Sequence[lead_pb2.Lead]) -> list[Lead | LeadlineError]:
    """Return each lead of a batch, or what is wrong with it under ``leads[i]``.

    Raises:
        InvalidInput: If there are none, or more than a batch may have.
    """
    if not 1 <= len(leads) <= MAX_BATCH:
        raise InvalidInput.of("leads", f"must be 1 to {MAX_BATCH:,} leads, not {len(leads):,}")
    read: list[Lead | LeadlineError] = []
    for position, lead in enumerate(leads):
        try:
            read.append(lead_from_wire(lead, f"leads[{position}]"))
        except InvalidInput as problem:
            read.append(problem)
    return read


def lead_to_wire(lead: Lead) -> lead_pb2.Lead:
    """Return the lead as a message."""
    wire = lead_pb2.Lead(
        lead_id=lead.lead_id,
        title=lead.title,
        description=lead.description,
        category=lead.category,
        location_name=lead.location_name,
        price=lead.price,
        email=lead.email,
        phone=lead.phone,
        posted_time=None if lead.posted_time is None else time_to_wire(lead.posted_time),
        owner_id=lead.owner_id,
    )
    for name, value in lead.attributes.items():
        if isinstance(value, str):
            wire.attributes[name].text = value
        elif isinstance(value, bool):
            wire.attributes[name].flag = value
        else:
            wire.attributes[name].number = value
    return wire


def outcome_from_wire(outcome: lead_pb2.LeadOutcome, path: str, now: datetime) -> LeadOutcome:
    """Return the outcome.

    Raises:
        InvalidInput: If its time is out of range or after ``now``.
    """
    if not outcome.HasField("outcome_time"):
        return LeadOutcome(converted=outcome.converted)
    known = time_from_wire(outcome.outcome_time, f"{path}.outcome_time")
    if known > now:
        raise InvalidInput.of(f"{path}.outcome_time", "must not be in the future")
    return LeadOutcome(converted=outcome.converted, outcome_time=known)


def stored_lead_to_wire(stored: StoredLead) -> lead_pb2.StoredLead:
    """Return a stored lead as a message."""
    wire = lead_pb2.StoredLead(
        lead=lead_to_wire(stored.lead),
        create_time=time_to_wire(stored.create_time),
        update_time=time_to_wire(stored.update_time),
        revision=stored.revision,
    )
    if stored.outcome is not None:
        wire.outcome.converted = stored.outcome.converted
        if stored.outcome.outcome_time is not None:
            wire.outcome.outcome_time.CopyFrom(time_to_wire(stored.outcome.outcome_time))
    return wire
