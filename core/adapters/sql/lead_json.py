"""A lead as JSON text. ASCII, so that every text a lead may hold fits every database."""

from __future__ import annotations

import json
from datetime import datetime

from core.identifiers import LeadId
from core.lead import Lead, LeadOutcome, LeadWrite


def lead_to_json(lead: Lead) -> str:
    """Return the JSON text of a lead; what is not known is left out. :func:`lead_from_json` is its inverse."""
    content: dict[str, object] = {
        "title": lead.title,
        "description": lead.description,
        "category": lead.category,
        "location_name": lead.location_name,
        "email": lead.email,
        "phone": lead.phone,
        "owner_id": lead.owner_id,
        "attributes": dict(lead.attributes),
    }
    known = {name: value for name, value in content.items() if value}
    if lead.price is not None:
        known["price"] = lead.price
    if lead.posted_time is not None:
        known["posted_time"] = lead.posted_time.isoformat()
    return json.dumps(known, sort_keys=True, separators=(",", ":"), allow_nan=False)


def lead_from_json(lead_id: str, text: str) -> Lead:
    """Return the lead that :func:`lead_to_json` wrote."""
    content = json.loads(text)
    posted = content.pop("posted_time", None)
    return Lead(
        lead_id=LeadId(lead_id),
        posted_time=None if posted is None else datetime.fromisoformat(posted),
        **content,
    )


def write_to_json(write: LeadWrite) -> list[object]:
    """Return what a write says, to tell one request from another."""
    return [write.lead.lead_id, lead_to_json(write.lead), _said(write.outcome)]


def _said(outcome: LeadOutcome | None) -> list[object] | None:
    if outcome is None:
        return None
    # A time left open stays open here: the same request an hour later is still the same request.
    moment = outcome.outcome_time
    return [outcome.converted, None if moment is None else moment.isoformat()]
