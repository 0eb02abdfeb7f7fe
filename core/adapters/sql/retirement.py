"""Retires versions, and says which artefact folders are still needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from core.adapters.sql.active_pointer import read_version
from core.adapters.sql.registry_log import Entry
from core.adapters.sql.registry_rows import select_versions, version_of
from core.adapters.sql.shadow_pointer import protected_versions
from core.adapters.sql.tables import model_versions
from core.adapters.sql.walls import across_tenants
from core.identifiers import TenantId, VersionName
from core.registry.retention import PrunePlan
from core.registry.version_store import PruneChoice
from core.version import ModelEventType, VersionState


def retire(entry: Entry, versions: Sequence[VersionName]) -> list[VersionName]:
    """Retire versions and log it; skips the protected and those that are. Needs the lock of the kind.

    Returns:
        Those it retired.

    Raises:
        NotFound: If one does not exist.
    """
    connection, tenant = entry.connection, entry.caller.tenant
    protected = protected_versions(connection, tenant, entry.kind, entry.moment)
    retired: list[VersionName] = []
    for name in dict.fromkeys(versions):
        version = read_version(connection, tenant, entry.kind, name)
        if name in protected or version.state is VersionState.RETIRED:
            continue
        _mark_retired(connection, tenant, entry.kind, name)
        entry.log(ModelEventType.RETIRED, name, {"digest": version.digest})
        retired.append(name)
    return retired


def choose_pruned(connection: Connection, tenant: TenantId, kind: str, choose: PruneChoice, now: datetime) -> PrunePlan:
    """Return what ``choose`` decides about the versions as they stand."""
    newest_first = (model_versions.c.create_time.desc(), model_versions.c.version.desc())
    rows = connection.execute(select_versions(tenant, kind).order_by(*newest_first)).all()
    versions = [version_of(row) for row in rows]
    with across_tenants(connection, tenant):
        users = count_users(connection, {version.digest for version in versions})
    return choose(versions, protected_versions(connection, tenant, kind, now), users)


def count_users(connection: Connection, digests: Collection[str]) -> dict[str, int]:
    """Return how many versions that are not retired have each digest, whoever they belong to.

    Args:
        connection: Sees all tenants.
        digests: Every one of them is in the answer, unused ones with 0.
    """
    digest = model_versions.c.digest
    used = select(digest, func.count()).where(digest.in_(digests), model_versions.c.retired.is_(False))
    found = {row[0]: row[1] for row in connection.execute(used.group_by(digest))}
    return {name: found.get(name, 0) for name in digests}


def _mark_retired(connection: Connection, tenant: TenantId, kind: str, version: VersionName) -> None:
    mine = (model_versions.c.tenant == tenant, model_versions.c.kind == kind, model_versions.c.version == version)
    connection.execute(update(model_versions).where(*mine).values(retired=True))
