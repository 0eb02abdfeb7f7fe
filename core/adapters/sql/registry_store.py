"""Model versions, their history and the active pointers in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from core.adapters.sql.active_pointer import activate, read_pointer, read_version, roll_back
from core.adapters.sql.audit_log import append_audit
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import Json, answer_once
from core.adapters.sql.locks import lock_name
from core.adapters.sql.registration import add_version
from core.adapters.sql.registry_keys import read_event_key, read_version_key, version_key
from core.adapters.sql.registry_log import Entry, next_event_time, serving_at
from core.adapters.sql.registry_rows import event_of, present_pointer_of, select_versions, version_of
from core.adapters.sql.retirement import choose_pruned, count_users, retire
from core.adapters.sql.shadow_pointer import clear_shadow, read_shadow, read_shadows, set_shadow
from core.adapters.sql.tables import active_versions, model_events, model_versions
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.identifiers import TenantId, VersionName
from core.ports import Clock, Page
from core.registry.retention import PrunePlan
from core.registry.version_store import PruneChoice
from core.version import ActivePointer, ModelEvent, ModelVersion, ShadowPointer, VersionState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    caller: Caller
    method: str
    request_id: str
    kind: str
    body: Sequence[str | int | None]
    """What it says besides its kind and reason."""
    reason: str
    target: Callable[[Json], str]
    """Names the versions it was about, from its answer."""


class SqlRegistryStore:
    """Keeps the registry. Implements :class:`core.registry.version_store.VersionStore`.

    Every write holds the lock of its (tenant, kind), so that the history of a kind is one line, and leaves an audit
    record in its transaction.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def register(self, caller: Caller, request_id: str, version: ModelVersion, reason: str) -> ModelVersion:
        """Add a version with its metrics and its REGISTERED and VALIDATED events.

        A version that is there already, with the same digest and not retired, is returned as it stands.

        Raises:
            AlreadyExists: If the name or ``request_id`` is taken by something else.
        """
        kind, name = version.manifest.kind, version.manifest.version
        request = _Request(
            caller=caller,
            method="RegisterModelVersion",
            request_id=request_id,
            kind=kind,
            reason=reason,
            body=(name, version.digest),
            target=lambda _: name,
        )

        def act(entry: Entry) -> Json:
            lock_name(entry.connection, "digest", version.digest)
            return add_version(entry, version).state.value

        answer = self._once(request, act)
        return replace(self.get(caller.tenant, kind, name), state=VersionState(answer))

    @again
    def get(self, tenant: TenantId, kind: str, version: VersionName) -> ModelVersion:
        """Return one version.

        Raises:
            NotFound: If the tenant has no such version.
        """
        with self._database.read(tenant) as connection:
            return read_version(connection, tenant, kind, version)

    @again
    def list(self, tenant: TenantId, kind: str, *, limit: int, after: str | None) -> Page[ModelVersion]:
        """Return up to ``limit`` versions, newest first, after the page key ``after``."""
        order = (model_versions.c.create_time, model_versions.c.version)
        query = select_versions(tenant, kind).order_by(*(column.desc() for column in order)).limit(limit + 1)
        if after is not None:
            query = query.where(_older(*read_version_key(after)))
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).all()
        items = tuple(version_of(row) for row in rows[:limit])
        return Page(items=items, next_key=version_key(items[-1]) if len(rows) > limit else None)

    @again
    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer, or None if no version ever served."""
        with self._database.read(tenant) as connection:
            return read_pointer(connection, tenant, kind)

    @again
    def served_tenants(self, kind: str, most: int) -> Sequence[TenantId]:
        """Return up to ``most`` tenants that have an active version, in order."""
        columns = active_versions.c
        query = select(columns.tenant).where(columns.kind == kind).order_by(columns.tenant).limit(most)
        with self._database.read(ALL_TENANTS) as connection:
            return [TenantId(tenant) for tenant in connection.scalars(query)]

    @again
    def active_everywhere(self, kind: str) -> Mapping[TenantId, ActivePointer]:
        """Return the active pointer of every tenant that has one."""
        query = select(active_versions).where(active_versions.c.kind == kind)
        with self._database.read(ALL_TENANTS) as connection:
            rows = connection.execute(query).all()
        return {TenantId(row.tenant): present_pointer_of(row) for row in rows}

    @again
    def shadows_everywhere(self, kind: str) -> Mapping[TenantId, ShadowPointer]:
        """Return the shadow pointer of every tenant that has one."""
        with self._database.read(ALL_TENANTS) as connection:
            return read_shadows(connection, kind)

    def activate(
        self,
        caller: Caller,
        request_id: str,
        kind: str,
        version: VersionName,
        *,
        expected: str | None,
        reason: str,
        evidence: Mapping[str, str] | None = None,
    ) -> ActivePointer:
        """Move the active pointer by compare-and-swap and log ACTIVATED; nothing moves if the version serves already.

        Raises:
            NotFound: If there is no such version.
            WrongState: If the version is retired.
            VersionConflict: If another version is active than expected.
        """
        request = _Request(
            caller=caller,
            method="ActivateModelVersion",
            request_id=request_id,
            kind=kind,
            reason=reason,
            body=(version, expected),
            target=lambda _: version,
        )

        def act(entry: Entry) -> Json:
            return asdict(activate(entry, version, expected, evidence))

        return ActivePointer(**self._once(request, act))

    def rollback(
        self, caller: Caller, request_id: str, kind: str, *, expected: str | None, reason: str
    ) -> ActivePointer:
        """Swap the active and the previous version and log ROLLED_BACK.

        Raises:
            WrongState: NO_PREVIOUS_VERSION if there is none.
            VersionConflict: If another version is active than expected.
        """

        def act(entry: Entry) -> Json:
            return asdict(roll_back(entry, expected))

        request = _Request(
            caller=caller,
            method="RollbackModel",
            request_id=request_id,
            kind=kind,
            reason=reason,
            body=(expected,),
            target=lambda answer: str(answer["version"]),
        )
        return ActivePointer(**self._once(request, act))

    @again
    def shadow(self, tenant: TenantId, kind: str) -> ShadowPointer | None:
        """Return the shadow pointer, or None if no version scores in the shadow."""
        with self._database.read(tenant) as connection:
            return read_shadow(connection, tenant, kind)

    def set_shadow(
        self,
        caller: Caller,
        request_id: str,
        kind: str,
        version: VersionName,
        *,
        reason: str,
        evidence: Mapping[str, str] | None = None,
    ) -> ShadowPointer:
        """Let a version score in the shadow in place of the one that does, and log SHADOWED.

        Raises:
            NotFound: If there is no such version.
            WrongState: If the version is retired, or serves.
        """
        request = _Request(
            caller=caller,
            method="SetShadowVersion",
            request_id=request_id,
            kind=kind,
            reason=reason,
            body=(version,),
            target=lambda _: version,
        )

        def act(entry: Entry) -> Json:
            pointer = set_shadow(entry, version, evidence or {})
            return {**asdict(pointer), "start_time": pointer.start_time.isoformat()}

        answer = self._once(request, act)
        return ShadowPointer(**{**answer, "start_time": datetime.fromisoformat(answer["start_time"])})

    def clear_shadow(self, caller: Caller, request_id: str, kind: str, *, reason: str) -> VersionName | None:
        """Let no version score in the shadow, and return the one that did.

        Raises:
            AlreadyExists: If ``request_id`` was used for another request.
        """
        request = _Request(
            caller=caller,
            method="ClearShadowVersion",
            request_id=request_id,
            kind=kind,
            reason=reason,
            body=(),
            target=lambda version: version or "",
        )
        cleared = self._once(request, clear_shadow)
        return None if cleared is None else VersionName(cleared)

    def retire(
        self, caller: Caller, request_id: str, kind: str, versions: Sequence[VersionName], reason: str
    ) -> Sequence[ModelVersion]:
        """Mark versions RETIRED and log it; skips the active, previous and shadow one and those under test.

        Raises:
            NotFound: If one does not exist.
        """
        request = _Request(
            caller=caller,
            method="RetireModelVersions",
            request_id=request_id,
            kind=kind,
            reason=reason,
            body=sorted(versions),
            target=",".join,
        )

        def act(entry: Entry) -> Json:
            return retire(entry, versions)

        names = self._once(request, act)
        return [self.get(caller.tenant, kind, name) for name in names]

    def preview_prune(self, caller: Caller, kind: str, choose: PruneChoice) -> PrunePlan:
        """Return what :meth:`prune` would do now. Changes nothing."""
        with self._database.snapshot(caller.tenant) as connection:
            return choose_pruned(connection, caller.tenant, kind, choose, self._clock())

    def prune(self, caller: Caller, request_id: str, kind: str, keep_count: int, choose: PruneChoice) -> PrunePlan:
        """Retire what ``choose`` says, in one transaction with the choice, and log it.

        Raises:
            AlreadyExists: If ``request_id`` was used for another request.
        """

        def act(entry: Entry) -> Json:
            plan = choose_pruned(entry.connection, caller.tenant, kind, choose, entry.moment)
            retire(entry, plan.pruned)
            return asdict(plan)

        reason = f"older than the {keep_count} newest"
        request = _Request(
            caller=caller,
            method="PruneModelVersions",
            request_id=request_id,
            kind=kind,
            reason=reason,
            body=(keep_count,),
            target=lambda answer: ",".join(answer["pruned"]),
        )
        answer = self._once(request, act)
        return PrunePlan(
            pruned=tuple(answer["pruned"]), kept=tuple(answer["kept"]), reclaimed_bytes=answer["reclaimed_bytes"]
        )

    def while_unused(self, digest: str, delete: Callable[[str], int]) -> int:
        """Return ``delete(digest)``, or 0 without a call if a version that is not retired has the digest."""
        with self._database.write(ALL_TENANTS) as connection:
            lock_name(connection, "digest", digest)
            return 0 if count_users(connection, [digest])[digest] else delete(digest)

    @again
    def events(
        self, tenant: TenantId, kind: str, *, limit: int, after: str | None, version: VersionName | None
    ) -> Page[ModelEvent]:
        """Return up to ``limit`` events, newest first, after the page key ``after``."""
        columns = model_events.c
        query = select(model_events).where(columns.tenant == tenant, columns.kind == kind)
        query = query.order_by(columns.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(columns.id < read_event_key(after))
        if version is not None:
            query = query.where(columns.version == version)
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).all()
        next_key = str(rows[limit - 1].id) if len(rows) > limit else None
        return Page(items=tuple(event_of(row) for row in rows[:limit]), next_key=next_key)

    @again
    def active_at(self, tenant: TenantId, kind: str, moment: datetime) -> VersionName | None:
        """Return the version that was active at ``moment``, from the events alone."""
        with self._database.read(tenant) as connection:
            return serving_at(connection, tenant, kind, moment)

    @again
    def _once(self, request: _Request, act: Callable[[Entry], Json]) -> Json:
        caller, kind = request.caller, request.kind
        with self._database.write(caller.tenant) as connection:

            def locked() -> Json:
                lock_name(connection, "registry", caller.tenant, kind)
                # Read under the lock: the order of the times is the order of the events.
                moment = next_event_time(connection, caller.tenant, kind, self._clock())
                entry = Entry(connection=connection, caller=caller, kind=kind, reason=request.reason, moment=moment)
                answer = act(entry)
                _audit(request, entry, answer)
                return answer

            return answer_once(
                connection,
                tenant=caller.tenant,
                method=request.method,
                request_id=request.request_id,
                body=[kind, *request.body, request.reason],
                now=self._clock(),
                act=locked,
            )


def _audit(request: _Request, entry: Entry, answer: Json) -> None:
    action = f"ModelService/{request.method}"
    # A prune may find nothing to remove.
    target = "/".join(filter(None, (entry.kind, request.target(answer))))
    append_audit(entry.connection, entry.caller, action=action, target=target, reason=request.reason, now=entry.moment)


def _older(create_time: datetime, version: str) -> ColumnElement[bool]:
    columns = model_versions.c
    same_moment = and_(columns.create_time == create_time, columns.version < version)
    return or_(columns.create_time < create_time, same_moment)
