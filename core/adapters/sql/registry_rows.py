"""Rows of the registry as values of the domain."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, Select, and_, select

from core.adapters.sql.tables import active_versions, model_versions
from core.identifiers import VersionName
from core.registry.manifest import parse_manifest
from core.version import ActivePointer, ModelEvent, ModelEventType, ModelVersion, VersionState


def select_versions(tenant: str, kind: str) -> Select[Any]:
    """Return a query for the versions of a kind, each with the name of the active one."""
    same = and_(active_versions.c.tenant == model_versions.c.tenant, active_versions.c.kind == model_versions.c.kind)
    return (
        select(model_versions, active_versions.c.version.label("active"))
        .select_from(model_versions.outerjoin(active_versions, same))
        .where(model_versions.c.tenant == tenant, model_versions.c.kind == kind)
    )


def select_pointer(tenant: str, kind: str) -> Select[Any]:
    """Return a query for the active pointer of a kind."""
    return select(active_versions).where(active_versions.c.tenant == tenant, active_versions.c.kind == kind)


def version_of(row: Row[Any]) -> ModelVersion:
    """Return the version of a row of :func:`select_versions`."""
    serving = VersionState.ACTIVE if row.active == row.version else VersionState.REGISTERED
    return ModelVersion(
        manifest=parse_manifest(row.manifest.encode("ascii")),
        digest=row.digest,
        state=VersionState.RETIRED if row.retired else serving,
        created_by=row.created_by,
        create_time=row.create_time,
    )


def pointer_of(row: Row[Any] | None) -> ActivePointer | None:
    """Return the pointer of a row of :func:`select_pointer`."""
    return None if row is None else present_pointer_of(row)


def present_pointer_of(row: Row[Any]) -> ActivePointer:
    """Return the pointer of a row of ``active_versions``."""
    previous = None if row.previous is None else VersionName(row.previous)
    return ActivePointer(version=VersionName(row.version), digest=row.digest, previous=previous, revision=row.revision)


def event_of(row: Row[Any]) -> ModelEvent:
    """Return the event of a row of ``model_events``."""
    return ModelEvent(
        event_id=row.id,
        kind=row.kind,
        version=VersionName(row.version),
        type=ModelEventType(row.type),
        actor=row.actor,
        reason=row.reason,
        evidence=json.loads(row.evidence),
        event_time=row.event_time,
    )
