"""Adds a version. Needs the lock of the kind and of the digest."""

from __future__ import annotations

from sqlalchemy import insert

from core.adapters.sql.active_pointer import find_version
from core.adapters.sql.model_metrics import add_metrics
from core.adapters.sql.registry_log import Entry
from core.adapters.sql.tables import model_versions
from core.errors import AlreadyExists
from core.registry.manifest import manifest_to_json
from core.version import ModelEventType, ModelVersion, VersionState


def add_version(entry: Entry, version: ModelVersion) -> ModelVersion:
    """Add a version with its metrics and events, or return it as it stands if it is there already.

    Raises:
        AlreadyExists: If the name belongs to other files, or to a version whose files were removed.
    """
    manifest = version.manifest
    known = find_version(entry.connection, entry.caller.tenant, manifest.kind, manifest.version)
    if known is None:
        _insert(entry, version)
        return version
    if known.digest != version.digest:
        raise AlreadyExists("model_version", manifest.version, "is registered with other files")
    if known.state is VersionState.RETIRED:
        raise AlreadyExists("model_version", manifest.version, "was retired; a new version needs a new name")
    return known


def _insert(entry: Entry, version: ModelVersion) -> None:
    manifest = version.manifest
    row = {
        "tenant": entry.caller.tenant,
        "kind": manifest.kind,
        "version": manifest.version,
        "digest": version.digest,
        "manifest": manifest_to_json(manifest).decode("ascii"),
        "created_by": version.created_by,
        "create_time": version.create_time,
    }
    entry.connection.execute(insert(model_versions).values(row))
    add_metrics(entry.connection, entry.caller.tenant, manifest, entry.moment)
    entry.log(ModelEventType.REGISTERED, manifest.version, {"digest": version.digest})
    evidence = {metric.name: repr(metric.value) for metric in manifest.metrics}
    entry.log(ModelEventType.VALIDATED, manifest.version, evidence)
