"""Whose leads a caller may see: a seller's are its own, and no others exist for it.

Writes are checked by the store, within its transaction.
"""

from __future__ import annotations

from core.caller import Caller
from core.errors import InvalidInput, NotFound
from core.identifiers import LeadId
from core.lead import Lead, StoredLead
from core.ports import LeadLookup


def visible(caller: Caller, stored: StoredLead) -> StoredLead:
    """Return a stored lead if the caller may see it.

    Raises:
        NotFound: If it belongs to another owner; the same error as for a lead that does not exist.
    """
    if caller.owner_id and stored.lead.owner_id != caller.owner_id:
        raise NotFound("lead", stored.lead.lead_id)
    return stored


def listed_owner(caller: Caller, asked: str) -> str | None:
    """Return the owner a list is narrowed to, None for everybody's.

    Args:
        caller: A seller's list holds its own leads, whatever it asks for.
        asked: "" for everybody's.
    """
    return caller.owner_id or asked or None


def check_inline(caller: Caller, lead: Lead, path: str) -> None:
    """Check a lead that came with the call.

    Raises:
        InvalidInput: If a seller says that it belongs to another owner.
    """
    if caller.owner_id and lead.owner_id not in {"", caller.owner_id}:
        raise InvalidInput.of(f"{path}.owner_id", "must be empty or your own")


def check_own(caller: Caller, leads: LeadLookup, lead_id: LeadId) -> None:
    """Do nothing if the caller may know of a lead. Only for sellers is the store asked.

    Raises:
        NotFound: If the caller is a seller and the lead is not stored, or another's.
    """
    if caller.owner_id:
        visible(caller, leads.get(caller.tenant, lead_id))
