"""Finds out who calls, in whichever of the ways are switched on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import grpc

from core.access.api_key import MARK
from core.caller import LOCAL_CALLER, Caller
from core.errors import Unauthenticated
from server.identity.caller import Metadata
from server.identity.certificates import CertificateIdentities
from server.identity.remembered import Remembered

_CREDENTIAL_KEY = "authorization"
_SCHEME = "bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """Reads the bearer credential of a call, or the certificate of its connection.

    A credential that is sent decides: when it is wrong, the certificate does not help.
    """

    api_keys: Remembered | None = None
    tokens: Remembered | None = None
    certificates: CertificateIdentities | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked who they are."""
        return self.api_keys is None and self.tokens is None and self.certificates is None

    def __call__(self, context: grpc.ServicerContext) -> Caller:
        """Return the caller.

        Raises:
            Unauthenticated: If there is no valid credential; says nothing about what is wrong.
            DependencyDown: If that cannot be known at the moment.
        """
        if self.is_open:
            return LOCAL_CALLER
        text = _bearer(context.invocation_metadata())
        if text is not None:
            return self._memory(text).caller(text)
        # Its declared type is wrong: there may be several values of a name.
        peer = cast("Mapping[str, Iterable[bytes]]", context.auth_context())
        caller = None if self.certificates is None else self.certificates.caller(peer)
        if caller is None:
            raise Unauthenticated
        return caller

    def peek(self, metadata: Metadata) -> str:
        """Return the tenant of a credential that was good before, "" for any other. Asks nobody, and raises nothing.

        "(certificate)" for callers who show nothing but a certificate, whichever tenants they are of.
        """
        if self.is_open:
            return LOCAL_CALLER.tenant
        try:
            text = _bearer(metadata)
            if text is None and self.certificates is not None:
                return _CERTIFICATE
            caller = None if text is None else self._memory(text).peek(text)
        except Unauthenticated:
            return ""
        return "" if caller is None else caller.tenant

    def _memory(self, text: str) -> Remembered:
        memory = self.api_keys if text.startswith(MARK) else self.tokens
        if memory is None:
            raise Unauthenticated
        return memory


_CERTIFICATE = "(certificate)"
"""Stands in for the tenants of callers with a certificate and no token: the certificate is not to be seen this early,
but the connection would not be there without a valid one."""


def _bearer(metadata: Metadata) -> str | None:
    """Return the one bearer credential, None if there is no credential at all."""
    values = [value for key, value in metadata if key == _CREDENTIAL_KEY]
    if not values:
        return None
    if len(values) > 1 or not isinstance(values[0], str):
        raise Unauthenticated
    scheme, _, text = values[0].partition(" ")
    if scheme.lower() != _SCHEME or not text:
        raise Unauthenticated
    return text
