"""Moves the shadow pointer. Every function that changes something needs the lock of the kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select

from core.adapters.sql.active_pointer import read_pointer, read_version
from core.adapters.sql.experiment_protection import versions_under_test
from core.adapters.sql.registry_log import Entry
from core.adapters.sql.tables import shadow_versions
from core.adapters.sql.upsert import insert_for
from core.errors import WrongState
from core.identifiers import TenantId, VersionName
from core.version import ModelEventType, ShadowPointer, VersionState


def set_shadow(entry: Entry, version: VersionName, evidence: Mapping[str, str]) -> ShadowPointer:
    """Let ``version`` score in the shadow, in place of the one that does. If it does already nothing happens.

    Raises:
        NotFound: If there is no such version.
        WrongState: If it is retired, or serves.
    """
    connection, tenant, kind = entry.connection, entry.caller.tenant, entry.kind
    target = read_version(connection, tenant, kind, version)
    if target.state is VersionState.RETIRED:
        raise WrongState("VERSION_RETIRED", f"the files of version {version!r} were removed", version=version)
    if target.state is VersionState.ACTIVE:
        raise WrongState("VERSION_ACTIVE", f"version {version!r} serves: it needs no shadow", version=version)
    present = read_shadow(connection, tenant, kind)
    if present is not None and present.version == version:
        return present
    pointer = ShadowPointer(version=version, digest=target.digest, reason=entry.reason, start_time=entry.moment)
    row = {"version": version, "digest": target.digest, "reason": entry.reason, "start_time": entry.moment}
    values = insert_for(connection, shadow_versions).values(tenant=tenant, kind=kind, **row)
    connection.execute(values.on_conflict_do_update(index_elements=["tenant", "kind"], set_=row))
    before = "" if present is None else present.version
    entry.log(ModelEventType.SHADOWED, version, {**evidence, "previous_shadow": before})
    return pointer


def clear_shadow(entry: Entry) -> VersionName | None:
    """Let no version score in the shadow; return the one that did."""
    present = read_shadow(entry.connection, entry.caller.tenant, entry.kind)
    if present is None:
        return None
    entry.connection.execute(delete(shadow_versions).where(*_mine(entry.caller.tenant, entry.kind)))
    return present.version


def read_shadow(connection: Connection, tenant: str, kind: str) -> ShadowPointer | None:
    """Return the shadow pointer, or None if no version scores in the shadow."""
    row = connection.execute(select(shadow_versions).where(*_mine(tenant, kind))).one_or_none()
    return None if row is None else _pointer_of(row)


def read_shadows(connection: Connection, kind: str) -> dict[TenantId, ShadowPointer]:
    """Return the shadow pointer of every tenant that the connection sees and that has one."""
    query = select(shadow_versions).where(shadow_versions.c.kind == kind)
    return {TenantId(row.tenant): _pointer_of(row) for row in connection.execute(query)}


def protected_versions(connection: Connection, tenant: str, kind: str, now: datetime) -> frozenset[VersionName]:
    """Return the versions that must not be retired: the active, previous and shadow one, and those under test."""
    pointer, shadow = read_pointer(connection, tenant, kind), read_shadow(connection, tenant, kind)
    names = {shadow.version} if shadow else set()
    if pointer is not None:
        names |= {pointer.version} if pointer.previous is None else {pointer.version, pointer.previous}
    return versions_under_test(connection, tenant, kind, now) | names


def _pointer_of(row: Row[Any]) -> ShadowPointer:
    return ShadowPointer(
        version=VersionName(row.version), digest=row.digest, reason=row.reason, start_time=row.start_time
    )


def _mine(tenant: str, kind: str) -> tuple[ColumnElement[bool], ...]:
    return shadow_versions.c.tenant == tenant, shadow_versions.c.kind == kind
