"""Names for people in audit records that tell one from another, but not who it is."""

from __future__ import annotations

from core.identifiers import LeadId, TenantId
from core.pseudonym import keyed_name

_PURPOSE = b"leadline audit pseudonym"


def pseudonym(secret: bytes, tenant: TenantId, lead_id: LeadId) -> str:
    """Return the pseudonym of a lead, for example ``lead-3f2a…`` with 32 hexadecimal digits.

    The same lead always has the same one; equal ids in two tenants have different ones. Without the secret nobody
    can find out whether a pseudonym is that of a given id.

    Args:
        secret: The server's, at least 32 bytes.
        tenant: Whose lead it is.
        lead_id: Its id.
    """
    return f"lead-{keyed_name(secret, _PURPOSE, tenant, lead_id)}"
