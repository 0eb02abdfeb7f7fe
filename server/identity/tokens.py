"""Knows JSON Web Tokens by their signatures and claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from core.access.grant import Grant, roles_of
from core.caller import Caller
from core.errors import InvalidInput
from core.identifiers import TenantId, check_identifier
from server.identity.caller import Verified
from server.identity.key_set import KeySet
from server.settings import JwtSettings

LEEWAY = timedelta(seconds=5)
"""How far the clocks may be apart."""
_REQUIRED = ["exp", "nbf", "iss", "aud", "sub"]
_LONGEST_SUBJECT = 128


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """Checks signature, issuer, audience and times, then reads our claims.

    Args:
        settings: What is accepted. Nothing a token says about algorithms or where keys are changes it.
        keys: Of the issuer.
    """

    settings: JwtSettings
    keys: KeySet

    def __call__(self, text: str) -> Verified | None:
        """Return who the token is about, None if it is not valid.

        Raises:
            DependencyDown: If the issuer's keys cannot be read.
        """
        try:
            header = jwt.get_unverified_header(text)
            key_id = header.get("kid")
            if header.get("alg") not in self.settings.algorithms or not isinstance(key_id, str):
                return None
            key = self.keys.find(key_id)
            return None if key is None else _verified(self._claims(text, key))
        except (jwt.PyJWTError, InvalidInput, ValueError, TypeError, OverflowError, RecursionError):
            return None

    def _claims(self, text: str, key: jwt.PyJWK) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            text,
            key,
            algorithms=list(self.settings.algorithms),
            audience=self.settings.audience,
            issuer=self.settings.issuer,
            leeway=LEEWAY,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
        return claims


def _verified(claims: dict[str, Any]) -> Verified:
    tenant, roles = claims.get("leadline_tenant"), claims.get("leadline_roles")
    owner_id, subject = claims.get("leadline_owner", ""), claims["sub"]
    if not (isinstance(tenant, str) and isinstance(owner_id, str) and isinstance(roles, list)):
        raise TypeError
    if not 1 <= len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise ValueError
    grant = Grant(roles=roles_of(map(str, roles)), owner_id=owner_id)
    caller = Caller(
        tenant=TenantId(check_identifier(tenant, "leadline_tenant")),
        actor=f"token:{subject}",
        roles=grant.roles,
        owner_id=grant.owner_id,
    )
    return Verified(caller=caller, expire_time=datetime.fromtimestamp(int(claims["exp"]), UTC) + LEEWAY)
