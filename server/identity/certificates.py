"""Knows callers by the names in their certificates."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.access.grant import Grant, roles_of
from core.caller import Caller
from core.errors import InvalidInput, Unauthenticated
from core.identifiers import TenantId, check_identifier

_SETTING = "LEADLINE_MTLS_IDENTITIES"
_NAMES = "x509_subject_alternative_name"
_FIELDS = frozenset({"tenant", "roles", "owner_id"})


class CertificateIdentities:
    """Who each name in a caller's certificate is. The certificate has been checked when the connection was made.

    Args:
        callers: By the name (DNS, URI or other) in the certificate's subject alternative names.
    """

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = {name.encode(): caller for name, caller in callers.items()}

    def caller(self, peer: Mapping[str, Iterable[bytes]]) -> Caller | None:
        """Return who is at the other end of a connection, None if it showed no certificate.

        Raises:
            Unauthenticated: If none of the names is listed, or they belong to different callers.
        """
        names = peer.get(_NAMES)
        if not names:
            return None
        found = {self._callers[name].actor: self._callers[name] for name in names if name in self._callers}
        if len(found) != 1:
            raise Unauthenticated
        return next(iter(found.values()))


def read_identities(file: Path) -> CertificateIdentities:
    """Return the identities in a TOML file.

    Each is a table ``[identities."NAME"]`` with tenant, roles and, for sellers, owner_id.

    Raises:
        InvalidInput: If the file cannot be read or an identity is not valid.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InvalidInput.of(_SETTING, "must be a TOML file that can be read") from problem
    listed = content.get("identities")
    if not isinstance(listed, dict) or not listed or content.keys() != {"identities"}:
        raise InvalidInput.of(_SETTING, 'must hold tables [identities."NAME"], and nothing else')
    return CertificateIdentities({name: _caller(name, fields) for name, fields in listed.items()})


def _caller(name: str, fields: Any) -> Caller:
    roles = fields.get("roles") if isinstance(fields, dict) else None
    if not isinstance(roles, list) or fields.keys() - _FIELDS:
        raise InvalidInput.of(_SETTING, f"must give {name!r} a tenant, a list of roles, and for a seller an owner_id")
    try:
        grant = Grant(roles=roles_of(map(str, roles)), owner_id=str(fields.get("owner_id", "")))
        tenant = TenantId(check_identifier(str(fields.get("tenant", "")), "tenant"))
    except InvalidInput as problem:
        raise InvalidInput.of(_SETTING, f"must give {name!r} what is valid: {problem.message}") from None
    return Caller(tenant=tenant, actor=f"certificate:{name}", roles=grant.roles, owner_id=grant.owner_id)
