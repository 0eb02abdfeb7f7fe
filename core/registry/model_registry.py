"""The registry as its callers use it: rows, events and artefact folders kept in step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from core.caller import Caller
from core.errors import AlreadyExists, ArtifactRefused, InvalidInput, WrongState
from core.identifiers import TenantId, VersionName, check_identifier
from core.ports import ArtifactStore, Clock, Page
from core.registry.integrity import verify_files
from core.registry.manifest import manifest_digest, parse_manifest
from core.registry.retention import PrunePlan, keep_limit, plan_prune
from core.registry.version_store import PruneChoice, VersionStore
from core.version import MANIFEST_FILE, ActivePointer, Manifest, ModelEvent, ModelVersion, ShadowPointer, VersionState

MAX_REASON = 1_000
"""Most characters of a reason."""


class ModelRegistry:
    """Registers, activates, rolls back, loads and prunes model versions.

    Args:
        store: Rows, events and pointers.
        artifacts: The folders of files.
        admit: Tries a version's files out and raises :class:`ArtifactRefused` if they must not serve.
        clock: The present moment.
    """

    def __init__(
        self,
        store: VersionStore,
        artifacts: ArtifactStore,
        admit: Callable[[Mapping[str, bytes]], None],
        clock: Clock,
    ) -> None:
        self._store = store
        self._artifacts = artifacts
        self._admit = admit
        self._clock = clock

    def register(self, caller: Caller, request_id: str, files: Mapping[str, bytes], reason: str) -> ModelVersion:
        """Add a version. It is listed only after its files passed every check and are on disk.

        Args:
            caller: Who registers it.
            request_id: Idempotency key.
            files: Name to content, ``manifest.json`` among them.
            reason: Why, in the caller's words; at most 1000 characters.

        Raises:
            ArtifactRefused: If a file is damaged, missing, unknown or not fit to serve.
            AlreadyExists: If the version's name or ``request_id`` is taken by something else.
        """
        check_identifier(request_id, "request_id")
        check_reason(reason)
        manifest = _checked_manifest(files)
        self._admit(files)
        version = ModelVersion(
            manifest=manifest,
            digest=manifest_digest(files[MANIFEST_FILE]),
            state=VersionState.REGISTERED,
            created_by=caller.actor,
            create_time=self._clock(),
        )
        return self._keep(caller, request_id, version, files, reason)

    def get(self, tenant: TenantId, kind: str, version: str) -> ModelVersion:
        """Return one version.

        Raises:
            NotFound: If the tenant has no such version.
        """
        check_identifier(kind, "kind")
        return self._store.get(tenant, kind, VersionName(check_identifier(version, "version")))

    def list(self, tenant: TenantId, kind: str, *, limit: int, after: str | None) -> Page[ModelVersion]:
        """Return up to ``limit`` versions, newest first, after the page key ``after``."""
        return self._store.list(tenant, check_identifier(kind, "kind"), limit=limit, after=after)

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer, or None if no version ever served."""
        return self._store.active(tenant, check_identifier(kind, "kind"))

    def activate(
        self,
        caller: Caller,
        request_id: str,
        kind: str,
        version: str,
        *,
        expected: str | None,
        reason: str,
        evidence: Mapping[str, str] | None = None,
    ) -> ActivePointer:
        """Make a version the serving one. See :meth:`core.ports.RegistryStore.activate`."""
        _check_write(request_id, kind, reason)
        name = VersionName(check_identifier(version, "version"))
        return self._store.activate(caller, request_id, kind, name, expected=expected, reason=reason, evidence=evidence)

    def shadow(self, tenant: TenantId, kind: str) -> ShadowPointer | None:
        """Return the shadow pointer, or None if no version scores in the shadow."""
        return self._store.shadow(tenant, check_identifier(kind, "kind"))

    def active_everywhere(self, kind: str) -> Mapping[TenantId, ActivePointer]:
        """Return the active pointer of every tenant that has one."""
        return self._store.active_everywhere(check_identifier(kind, "kind"))

    def shadows_everywhere(self, kind: str) -> Mapping[TenantId, ShadowPointer]:
        """Return the shadow pointer of every tenant that has one."""
        return self._store.shadows_everywhere(check_identifier(kind, "kind"))

    def set_shadow(
        self,
        caller: Caller,
        request_id: str,
        kind: str,
        version: str,
        *,
        reason: str,
        evidence: Mapping[str, str] | None = None,
    ) -> ShadowPointer:
        """Let a version score in the shadow. See :meth:`core.ports.RegistryStore.set_shadow`."""
        _check_write(request_id, kind, reason)
        name = VersionName(check_identifier(version, "version"))
        return self._store.set_shadow(caller, request_id, kind, name, reason=reason, evidence=evidence)

    def clear_shadow(self, caller: Caller, request_id: str, kind: str, *, reason: str) -> VersionName | None:
        """Let no version score in the shadow. See :meth:`core.ports.RegistryStore.clear_shadow`."""
        _check_write(request_id, kind, reason)
        return self._store.clear_shadow(caller, request_id, kind, reason=reason)

    def rollback(
        self, caller: Caller, request_id: str, kind: str, *, expected: str | None, reason: str
    ) -> ActivePointer:
        """Make the version that served before the serving one. See :meth:`core.ports.RegistryStore.rollback`."""
        _check_write(request_id, kind, reason)
        return self._store.rollback(caller, request_id, kind, expected=expected, reason=reason)

    def events(
        self, tenant: TenantId, kind: str, *, limit: int, after: str | None, version: str | None
    ) -> Page[ModelEvent]:
        """Return up to ``limit`` events, newest first, after the page key ``after``."""
        check_identifier(kind, "kind")
        name = None if version is None else VersionName(check_identifier(version, "version"))
        return self._store.events(tenant, kind, limit=limit, after=after, version=name)

    def active_at(self, tenant: TenantId, kind: str, moment: datetime) -> VersionName | None:
        """Return the version that was active at ``moment``, or None."""
        return self._store.active_at(tenant, check_identifier(kind, "kind"), moment)

    def load(self, tenant: TenantId, kind: str, version: str) -> tuple[ModelVersion, Mapping[str, bytes]]:
        """Return a version and its files, every digest verified again.

        Raises:
            NotFound: If there is no such version, or no such folder.
            WrongState: If the version is retired.
            ArtifactRefused: If a file is not what was registered.
        """
        row = self.get(tenant, kind, version)
        if row.state is VersionState.RETIRED:
            raise WrongState("VERSION_RETIRED", f"the files of version {version!r} were removed", version=version)
        files = self._artifacts.read(row.digest)
        manifest = _checked_manifest(files)
        if manifest_digest(files[MANIFEST_FILE]) != row.digest or manifest != row.manifest:
            raise ArtifactRefused(MANIFEST_FILE, "is not the one that was registered")
        return row, files

    def prune(self, caller: Caller, request_id: str, kind: str, keep_count: int, *, dry_run: bool) -> PrunePlan:
        """Remove the files of old versions; never the active, previous, shadow or newest ``keep_count`` others.

        Rows are retired before folders go: a crash in between leaves a folder too many, never a version
        without its files, and the same request again removes it.

        Args:
            caller: Who prunes.
            request_id: Idempotency key; not used up by a dry run.
            kind: The kind.
            keep_count: How many to keep besides the protected ones, at most 1000; 0 means 5.
            dry_run: Only say what would be removed.
        """
        check_identifier(request_id, "request_id")
        check_identifier(kind, "kind")
        limit = keep_limit(keep_count)
        choose = _choice(limit)
        if dry_run:
            return self._store.preview_prune(caller, kind, choose)
        plan = self._store.prune(caller, request_id, kind, limit, choose)
        for name in plan.pruned:
            digest = self._store.get(caller.tenant, kind, name).digest
            self._store.while_unused(digest, self._artifacts.delete)
        return plan

    def _keep(
        self, caller: Caller, request_id: str, version: ModelVersion, files: Mapping[str, bytes], reason: str
    ) -> ModelVersion:
        self._artifacts.write(version.digest, files)
        try:
            row = self._store.register(caller, request_id, version, reason)
        except AlreadyExists:
            self._store.while_unused(version.digest, self._artifacts.delete)
            raise
        # A prune by another tenant may have removed the same folder between the write and the row.
        # From here on the row protects it, so that writing once more settles it.
        self._artifacts.write(version.digest, files)
        return row


def _checked_manifest(files: Mapping[str, bytes]) -> Manifest:
    content = files.get(MANIFEST_FILE)
    if content is None:
        raise ArtifactRefused(MANIFEST_FILE, "is missing")
    manifest = parse_manifest(content)
    verify_files(manifest, files)
    return manifest


def _choice(keep_count: int) -> PruneChoice:
    def choose(
        versions: Sequence[ModelVersion], protected: Collection[VersionName], users: Mapping[str, int]
    ) -> PrunePlan:
        return plan_prune(versions, protected=protected, keep_count=keep_count, users=users)

    return choose


def _check_write(request_id: str, kind: str, reason: str) -> None:
    check_identifier(request_id, "request_id")
    check_identifier(kind, "kind")
    check_reason(reason)


def check_reason(reason: str) -> None:
    """Do nothing if a reason may be kept.

    Raises:
        InvalidInput: If it is too long, or holds what no database takes.
    """
    if len(reason) > MAX_REASON:
        raise InvalidInput.of("reason", f"must be at most {MAX_REASON:,} characters")
    if "\x00" in reason:
        raise InvalidInput.of("reason", "must not hold NUL characters")
