"""AccessService."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import uuid4

from leadline.access import ApiKey, IssuedKey, Role
from leadline.convert.access import duration_to_wire, key_from_wire, roles_to_wire
from leadline.errors import LeadlineError
from leadline.transport import Transport
from leadline.v1 import access_service_pb2


class AccessCalls:
    """Gives out and takes back API keys. For admins."""

    _transport: Transport

    def create_api_key(
        self,
        name: str,
        roles: Iterable[Role],
        *,
        owner_id: str = "",
        lifetime: timedelta | None = None,
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> IssuedKey:
        """Make a key. Its secret is in this answer and nowhere else.

        Args:
            name: What the key is for, 1 to 200 characters.
            roles: What its holder may do; ``SELLER`` only alone.
            owner_id: Whose leads a seller may see; for that role, and for no other.
            lifetime: How long it lives; None: until it is revoked.
            request_id: Idempotency key; None makes one. The same id again makes no second key, and no secret.
            timeout: Deadline of the call.
        """
        key = request_id or uuid4().hex
        request = access_service_pb2.CreateApiKeyRequest(
            request_id=key,
            name=name,
            roles=roles_to_wire(roles),
            owner_id=owner_id,
            lifetime=duration_to_wire(lifetime),
        )
        try:
            response = self._transport.call(self._transport.access.CreateApiKey, request, timeout=timeout)
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return IssuedKey(key=key_from_wire(response.key), secret=response.secret)

    def list_api_keys(self, *, page_size: int = 100, timeout: timedelta | None = None) -> Iterator[ApiKey]:
        """Yield every key by id, without secrets; pages are fetched as they are needed."""
        token = ""
        while True:
            request = access_service_pb2.ListApiKeysRequest(page_size=page_size, page_token=token)
            response = self._transport.call(self._transport.access.ListApiKeys, request, timeout=timeout)
            yield from map(key_from_wire, response.keys)
            token = response.next_page_token
            if not token:
                return

    def rotate_api_key(
        self,
        key_id: str,
        *,
        overlap: timedelta | None = None,
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> IssuedKey:
        """Give a key a second secret.

        Args:
            key_id: Which.
            overlap: How long the secret before lives on, up to 90 days; None: one day.
            request_id: Idempotency key; None makes one.
            timeout: Deadline of the call.

        Raises:
            NotFound: If there is no such key.
            FailedPrecondition: If it is revoked, or has two live secrets already.
        """
        key = request_id or uuid4().hex
        request = access_service_pb2.RotateApiKeyRequest(
            request_id=key, key_id=key_id, overlap=duration_to_wire(overlap)
        )
        try:
            response = self._transport.call(self._transport.access.RotateApiKey, request, timeout=timeout)
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return IssuedKey(key=key_from_wire(response.key), secret=response.secret)

    def revoke_api_key(
        self, key_id: str, reason: str = "", *, request_id: str | None = None, timeout: timedelta | None = None
    ) -> ApiKey:
        """End a key with all of its secrets: no server takes it seconds later.

        Args:
            key_id: Which.
            reason: Why, at most 1,000 characters; kept in the audit record.
            request_id: Idempotency key; None makes one.
            timeout: Deadline of the call.

        Raises:
            NotFound: If there is no such key.
        """
        key = request_id or uuid4().hex
        request = access_service_pb2.RevokeApiKeyRequest(request_id=key, key_id=key_id, reason=reason)
        try:
            response = self._transport.call(self._transport.access.RevokeApiKey, request, timeout=timeout)
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return key_from_wire(response.key)
