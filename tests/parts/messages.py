"""Leads as messages."""

from __future__ import annotations

from leadline.v1 import lead_pb2

from core.lead import Lead
from server.convert.lead import lead_to_wire
from tests.parts.fitted import small_version


def sample_lead(number: int = 0) -> Lead:
    """Return one of the leads the versions learned from."""
    leads = small_version(0).leads
    return leads[number % len(leads)][0]


def lead_message(number: int = 0, lead_id: str = "") -> lead_pb2.Lead:
    """Return it as a message."""
    message = lead_to_wire(sample_lead(number))
    if lead_id:
        message.lead_id = lead_id
    return message
