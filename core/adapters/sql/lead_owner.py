"""Whose the leads of a write are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.caller import Caller
from core.errors import InvalidInput
from core.lead import LeadWrite


def owned_writes(caller: Caller, writes: Sequence[LeadWrite]) -> Sequence[LeadWrite]:
    """Return the writes with the owner filled in, if the caller is a seller, who writes leads of their own only.

    Raises:
        InvalidInput: If a seller names another owner.
    """
    if not caller.owner_id:
        return writes
    return [_owned(caller.owner_id, write, index) for index, write in enumerate(writes)]


def _owned(owner_id: str, write: LeadWrite, index: int) -> LeadWrite:
    if write.lead.owner_id not in {"", owner_id}:
        raise InvalidInput.of(f"leads[{index}].owner_id", "must be empty or your own")
    return replace(write, lead=replace(write.lead, owner_id=owner_id))
