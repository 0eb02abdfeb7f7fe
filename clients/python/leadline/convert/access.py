"""API keys on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration

from leadline.access import ApiKey, Role
from leadline.convert.enums import enum_table
from leadline.convert.times import time_from_wire
from leadline.errors import InvalidRequest, Violation
from leadline.v1 import access_service_pb2

_ROLES: Final = enum_table(access_service_pb2.Role.items(), "ROLE_", Role)
_NUMBERS: Final = {role: number for number, role in _ROLES.items()}


def roles_to_wire(roles: Iterable[Role]) -> list[access_service_pb2.Role.ValueType]:
    """Return roles as the contract numbers them.

    Raises:
        InvalidRequest: If one cannot be sent.
    """
    try:
        return [access_service_pb2.Role.ValueType(_NUMBERS[role]) for role in roles]
    except KeyError:
        raise InvalidRequest.of([Violation(field="roles", rule="must be roles that the server knows")]) from None


def duration_to_wire(length: timedelta | None) -> Duration | None:
    """Return a length of time as a message, None for none."""
    if length is None:
        return None
    wire = Duration()
    wire.FromTimedelta(length)
    return wire


def key_from_wire(wire: access_service_pb2.ApiKey) -> ApiKey:
    """Return a message as a key."""
    return ApiKey(
        key_id=wire.key_id,
        name=wire.name,
        roles=tuple(_ROLES.get(number, Role.UNKNOWN) for number in wire.roles),
        owner_id=wire.owner_id,
        create_time=time_from_wire(wire.create_time) if wire.HasField("create_time") else None,
        expire_time=time_from_wire(wire.expire_time) if wire.HasField("expire_time") else None,
        revoke_time=time_from_wire(wire.revoke_time) if wire.HasField("revoke_time") else None,
        created_by=wire.created_by,
        live_secret_count=wire.live_secret_count,
    )
