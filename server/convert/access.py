"""API keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from leadline.v1 import access_service_pb2 as pb

from core.access.api_key import ApiKey, ApiKeyTerms
from core.access.grant import Grant
from core.caller import Role
from core.errors import InvalidInput
from server.convert.times import time_to_wire

DEFAULT_PAGE = 100
_NANOS = 1_000_000_000
_MOST_SECONDS = 100 * 365 * 86_400
_TO_WIRE = {role: pb.Role.Value(f"ROLE_{role.name}") for role in Role}
_FROM_WIRE = {number: role for role, number in _TO_WIRE.items()}


def terms_from_wire(request: pb.CreateApiKeyRequest) -> ApiKeyTerms:
    """Return what is asked of a new key.

    Raises:
        InvalidInput: Names the broken field.
    """
    lifetime = _duration(request.lifetime, "lifetime") if request.HasField("lifetime") else None
    grant = Grant(roles=_roles(request.roles), owner_id=request.owner_id)
    return ApiKeyTerms(name=request.name, grant=grant, lifetime=lifetime)


def overlap_from_wire(request: pb.RotateApiKeyRequest) -> timedelta | None:
    """Return how long the secret before lives on, None if the request does not say.

    Raises:
        InvalidInput: If it is no length of time.
    """
    return _duration(request.overlap, "overlap") if request.HasField("overlap") else None


def key_to_wire(key: ApiKey, now: datetime) -> pb.ApiKey:
    """Return a key as a message, without anything of its secrets."""
    expire, revoke = key.expire_time, key.revoke_time
    return pb.ApiKey(
        key_id=key.key_id,
        name=key.name,
        roles=sorted(_TO_WIRE[role] for role in key.grant.roles),
        owner_id=key.grant.owner_id,
        create_time=time_to_wire(key.create_time),
        expire_time=None if expire is None else time_to_wire(expire),
        revoke_time=None if revoke is None else time_to_wire(revoke),
        created_by=key.created_by,
        live_secret_count=len(key.live_secrets(now)),
    )


def _roles(numbers: Iterable[pb.Role.ValueType]) -> frozenset[Role]:
    try:
        return frozenset(_FROM_WIRE[number] for number in numbers)
    except KeyError:
        raise InvalidInput.of("roles", "must be roles this server knows") from None


def _duration(wire: Duration, field: str) -> timedelta:
    if not (0 <= wire.seconds <= _MOST_SECONDS and 0 <= wire.nanos < _NANOS):
        raise InvalidInput.of(field, "must be a length of time, not negative, with nanos from 0 to 999999999")
    return timedelta(seconds=wire.seconds, microseconds=wire.nanos // 1000)
