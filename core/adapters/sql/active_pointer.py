"""Moves the active pointer by compare-and-swap. Every function here needs the lock of the kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete

from core.adapters.sql.model_metrics import mark_active
from core.adapters.sql.registry_log import Entry
from core.adapters.sql.registry_rows import pointer_of, select_pointer, select_versions, version_of
from core.adapters.sql.tables import active_versions, model_versions, shadow_versions
from core.adapters.sql.upsert import insert_for
from core.errors import NotFound, VersionConflict, WrongState
from core.identifiers import VersionName
from core.version import ActivePointer, ModelEventType, ModelVersion, VersionState


def activate(
    entry: Entry, version: VersionName, expected: str | None, evidence: Mapping[str, str] | None = None
) -> ActivePointer:
    """Let ``version`` serve; in the shadow it scores no more. If it serves already nothing happens or is logged.

    Raises:
        NotFound: If there is no such version.
        WrongState: If it is retired.
        VersionConflict: If another version is active than expected.
    """
    pointer = read_pointer(entry.connection, entry.caller.tenant, entry.kind)
    _check_expected(pointer, expected)
    target = read_version(entry.connection, entry.caller.tenant, entry.kind, version)
    if target.state is VersionState.RETIRED:
        raise WrongState("VERSION_RETIRED", f"the files of version {version!r} were removed", version=version)
    if pointer is not None and pointer.version == version:
        return pointer
    previous = None if pointer is None else pointer.version
    moved = _move(entry, pointer, target)
    moves = {"previous": previous or "", "pointer_revision": str(moved.revision)}
    entry.log(ModelEventType.ACTIVATED, version, {**(evidence or {}), **moves})
    return moved


def roll_back(entry: Entry, expected: str | None) -> ActivePointer:
    """Let the version serve that served before; the one it takes over from becomes the previous one.

    Raises:
        WrongState: NO_PREVIOUS_VERSION if there is none, or it is retired.
        VersionConflict: If another version is active than expected.
    """
    pointer = read_pointer(entry.connection, entry.caller.tenant, entry.kind)
    _check_expected(pointer, expected)
    if pointer is None or pointer.previous is None:
        raise _no_previous(entry.kind)
    target = read_version(entry.connection, entry.caller.tenant, entry.kind, pointer.previous)
    if target.state is VersionState.RETIRED:
        raise _no_previous(entry.kind)
    moved = _move(entry, pointer, target)
    evidence = {"rolled_back_from": pointer.version, "pointer_revision": str(moved.revision)}
    entry.log(ModelEventType.ROLLED_BACK, moved.version, evidence)
    return moved


def read_pointer(connection: Connection, tenant: str, kind: str) -> ActivePointer | None:
    """Return the active pointer, or None if no version ever served."""
    return pointer_of(connection.execute(select_pointer(tenant, kind)).one_or_none())


def read_version(connection: Connection, tenant: str, kind: str, version: VersionName) -> ModelVersion:
    """Return one version.

    Raises:
        NotFound: If the tenant has no such version.
    """
    found = find_version(connection, tenant, kind, version)
    if found is None:
        raise NotFound("model_version", version)
    return found


def find_version(connection: Connection, tenant: str, kind: str, version: VersionName) -> ModelVersion | None:
    """Return one version, or None if the tenant has no such version."""
    query = select_versions(tenant, kind).where(model_versions.c.version == version)
    row = connection.execute(query).one_or_none()
    return None if row is None else version_of(row)


def _check_expected(pointer: ActivePointer | None, expected: str | None) -> None:
    active = "" if pointer is None else pointer.version
    if expected is None or expected == active:
        return
    message = f"{active!r} is active, not {expected!r}" if active else f"no version is active, not {expected!r}"
    raise VersionConflict(message, active=active, expected=expected)


def _move(entry: Entry, pointer: ActivePointer | None, target: ModelVersion) -> ActivePointer:
    name = target.manifest.version
    previous = None if pointer is None else pointer.version
    revision = 1 if pointer is None else pointer.revision + 1
    moved = ActivePointer(version=name, digest=target.digest, previous=previous, revision=revision)
    row: dict[str, Any] = {"version": name, "digest": target.digest, "previous": previous, "revision": revision}
    statement = insert_for(entry.connection, active_versions)
    values = statement.values(tenant=entry.caller.tenant, kind=entry.kind, **row)
    entry.connection.execute(values.on_conflict_do_update(index_elements=["tenant", "kind"], set_=row))
    shadows = shadow_versions.c
    mine = (shadows.tenant == entry.caller.tenant, shadows.kind == entry.kind, shadows.version == name)
    entry.connection.execute(delete(shadow_versions).where(*mine))
    mark_active(entry.connection, entry.caller.tenant, entry.kind, name, entry.moment)
    return moved


def _no_previous(kind: str) -> WrongState:
    return WrongState("NO_PREVIOUS_VERSION", f"no version of {kind!r} served before this one", kind=kind)
