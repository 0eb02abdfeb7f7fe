"""The audit log in SQL: a chain per tenant, written in the transaction of what it records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version as distribution_version

from sqlalchemy import Connection, String, insert, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError

from core.adapters.sql.database import Database
from core.adapters.sql.locks import lock_name
from core.adapters.sql.registry_keys import read_event_key
from core.adapters.sql.tables import audit_records
from core.adapters.sql.walls import ALL_TENANTS
from core.audit.chain import EMPTY, Head, Verdict, next_record, verify
from core.audit.record import AuditEntry, AuditRecord, Decision
from core.caller import Caller
from core.errors import DependencyDown
from core.identifiers import TenantId
from core.ports import Clock, Page

AUDIT = "audit"
"""Name of the dependency in errors."""
STREAM_ROWS = 500
"""Rows fetched at a time while a chain is verified."""

_columns = audit_records.c
_NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Stands for what is no time: no record was written then, so that it counts as changed."""


def append_audit(
    connection: Connection,
    caller: Caller,
    *,
    action: str,
    target: str,
    reason: str,
    now: datetime,
    decision: Decision = Decision.ALLOWED,
) -> AuditRecord:
    """Add a record to the caller's tenant's chain, as the last thing before a transaction commits.

    Args:
        connection: In the writing transaction of the change: both are committed, or neither. The chain is locked until
            it ends; to take another lock afterwards is to risk a deadlock.
        caller: Who did it.
        action: ``Service/Method``.
        target: What it was done to; ids of people as pseudonyms.
        reason: Why.
        now: The present moment.
        decision: Whether it was let through.

    Raises:
        DependencyDown: If the record cannot be written. The transaction must then not commit.
    """
    entry = AuditEntry(
        tenant=caller.tenant,
        actor=caller.actor,
        action=action,
        target=target,
        decision=decision,
        reason=reason,
        server_version=software_version(),
        correlation_id=caller.correlation_id,
    )
    try:
        return _append(connection, entry, now)
    except SQLAlchemyError as error:
        raise DependencyDown(AUDIT) from error


class SqlAuditLog:
    """Reads and verifies the chains, and records what was refused. Implements :class:`core.audit.audit_log.AuditLog`.

    Args:
        database: Where they are.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record_denied(self, caller: Caller, action: str, target: str, reason: str) -> None:
        """Record a privileged call that was refused, in a transaction of its own.

        Raises:
            DependencyDown: If the record cannot be written. The call is to be refused all the same.
        """
        with self._database.write(caller.tenant) as connection:
            denied = Decision.DENIED
            now = self._clock()
            append_audit(connection, caller, action=action, target=target, reason=reason, now=now, decision=denied)

    def tenants(self) -> list[TenantId]:
        """Return every tenant that has records, in order."""
        query = select(_columns.tenant).distinct().order_by(_columns.tenant)
        with self._database.read(ALL_TENANTS) as connection:
            return [TenantId(tenant) for tenant in connection.scalars(query)]

    def list(self, tenant: TenantId, *, limit: int, after: str | None, actor: str, action: str) -> Page[AuditRecord]:
        """Return up to ``limit`` records, newest first, after the page key ``after``.

        Args:
            tenant: Whose chain.
            limit: Most records.
            after: ``next_key`` of the page before.
            actor: Only those of this actor; "" means all.
            action: Only those of this action; "" means all.
        """
        query = select(audit_records).where(_columns.tenant == tenant)
        query = query.order_by(_columns.sequence.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(_columns.sequence < read_event_key(after))
        if actor:
            query = query.where(_columns.actor == actor)
        if action:
            query = query.where(_columns.action == action)
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).all()
        records = tuple(AuditRecord(**row._mapping) for row in rows[:limit])  # noqa: SLF001  public in spite of its name
        return Page(items=records, next_key=str(records[-1].sequence) if len(rows) > limit else None)

    def verify(self, tenant: TenantId, anchor: Head | None = None) -> Verdict:
        """Follow a tenant's chain as it stands, some hundred records in memory at a time."""
        return verify(self._chain(tenant), anchor)

    def _chain(self, tenant: TenantId) -> Iterator[AuditRecord]:
        # SQLite keeps a time as text, which may be no time any more once somebody tampered with it.
        columns = [type_coerce(c, String).label(c.name) if c is _columns.record_time else c for c in _columns]
        query = select(*columns).where(_columns.tenant == tenant).order_by(_columns.sequence)
        streamed = query.execution_options(yield_per=STREAM_ROWS)
        with self._database.snapshot(tenant) as connection, connection.execute(streamed) as rows:
            for row in rows:
                yield AuditRecord(**{**row._mapping, "record_time": _moment(row.record_time)})  # noqa: SLF001  as above


def _moment(stored: datetime | str) -> datetime:
    if isinstance(stored, datetime):
        return stored
    try:
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return _NO_TIME


@cache
def software_version() -> str:
    """Return the version of this software."""
    return distribution_version("leadline-backend")


def _append(connection: Connection, entry: AuditEntry, now: datetime) -> AuditRecord:
    lock_name(connection, "audit", entry.tenant)
    newest = select(_columns.sequence, _columns.hash, _columns.record_time).where(_columns.tenant == entry.tenant)
    last = connection.execute(newest.order_by(_columns.sequence.desc()).limit(1)).one_or_none()
    if last is None:
        record = next_record(EMPTY, entry, now)
    else:
        # A clock that was set back must not make history go back.
        record = next_record(Head(sequence=last.sequence, hash=last.hash), entry, max(now, last.record_time))
    row = {column.name: getattr(record, column.name) for column in _columns}
    connection.execute(insert(audit_records).values(row))
    return record
