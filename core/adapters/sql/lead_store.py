"""Leads, every revision of them and their outcomes in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, insert, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import answer_once
from core.adapters.sql.lead_json import lead_from_json, lead_to_json, write_to_json
from core.adapters.sql.lead_owner import owned_writes
from core.adapters.sql.outcome_revision import raise_outcome_revision, read_outcome_revision
from core.adapters.sql.tables import lead_outcomes, lead_revisions, leads
from core.adapters.sql.upsert import insert_for
from core.caller import Caller
from core.errors import InvalidInput, NotFound
from core.identifiers import LeadId, TenantId
from core.lead import LeadOutcome, LeadWrite, StoredLead
from core.ports import Clock, Page, UpsertCounts

STREAM_ROWS = 500
"""Rows fetched at a time while a whole tenant is read."""


class SqlLeadStore:
    """Keeps leads. Implements :class:`core.ports.LeadStore`.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def upsert(self, caller: Caller, request_id: str, writes: Sequence[LeadWrite]) -> UpsertCounts:
        """Write all leads in one transaction; each gets a new revision.

        Raises:
            InvalidInput: If a lead occurs twice, or a seller names another owner.
            NotFound: If a seller writes a lead that belongs to somebody else; nothing is written.
            AlreadyExists: If ``request_id`` was used for another body.
        """
        _check_once(writes)
        owned = owned_writes(caller, writes)
        with self._database.write(caller.tenant) as connection:
            now = self._clock()
            answer = answer_once(
                connection,
                tenant=caller.tenant,
                method="UpsertLeads",
                request_id=request_id,
                body=[write_to_json(write) for write in owned],
                now=now,
                act=lambda: _write(connection, caller, owned, now),
            )
        return UpsertCounts(**answer)

    @again
    def get(self, tenant: TenantId, lead_id: LeadId) -> StoredLead:
        """Return the newest revision.

        Raises:
            NotFound: If the tenant has no such lead.
        """
        query = select(leads).where(leads.c.tenant == tenant, leads.c.lead_id == lead_id)
        with self._database.read(tenant) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("lead", lead_id)
        return _stored_lead(row)

    @again
    def list(self, tenant: TenantId, *, limit: int, after: str | None, owner_id: str | None) -> Page[StoredLead]:
        """Return up to ``limit`` leads with ids above ``after``, ordered by id."""
        query = select(leads).where(leads.c.tenant == tenant).order_by(leads.c.lead_id).limit(limit + 1)
        if after is not None:
            query = query.where(leads.c.lead_id > after)
        if owner_id is not None:
            query = query.where(leads.c.owner_id == owner_id)
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).all()
        next_key = rows[limit - 1].lead_id if len(rows) > limit else None
        return Page(items=tuple(_stored_lead(row) for row in rows[:limit]), next_key=next_key)

    def labelled(self, tenant: TenantId) -> Iterator[StoredLead]:
        """Yield every lead with an outcome, ordered by (outcome_time, lead_id), as of one moment.

        A connection is in use until the iterator is exhausted or closed.
        """
        query = (
            select(leads)
            .where(leads.c.tenant == tenant, leads.c.outcome_time.is_not(None))
            .order_by(leads.c.outcome_time, leads.c.lead_id)
            .execution_options(yield_per=STREAM_ROWS)
        )
        with self._database.snapshot(tenant) as connection, connection.execute(query) as rows:
            for row in rows:
                yield _stored_lead(row)

    @again
    def outcome_revision(self, tenant: TenantId) -> int:
        """Return a number that rises whenever an outcome of the tenant is written; 0 before the first."""
        with self._database.read(tenant) as connection:
            return read_outcome_revision(connection, tenant)

    def revisions(self, tenant: TenantId, lead_ids: Sequence[LeadId]) -> Mapping[LeadId, int]:
        """Return the newest revision of each of the leads that exist."""
        query = select(leads.c.lead_id, leads.c.revision).where(leads.c.tenant == tenant, leads.c.lead_id.in_(lead_ids))
        with self._database.read(tenant) as connection:
            return {LeadId(lead_id): revision for lead_id, revision in connection.execute(query)}

    def as_of(self, tenant: TenantId, lead_id: LeadId, moment: datetime) -> StoredLead:
        """Return the lead as it was known at ``moment``: only what was recorded by then counts.

        Raises:
            NotFound: If the tenant had no such lead then.
        """
        revisions, outcomes = lead_revisions.c, lead_outcomes.c
        known = (revisions.tenant == tenant, revisions.lead_id == lead_id, revisions.recorded_time <= moment)
        told = (outcomes.tenant == tenant, outcomes.lead_id == lead_id, outcomes.recorded_time <= moment)
        newest = select(lead_revisions).where(*known).order_by(revisions.revision.desc()).limit(1)
        outcome = select(lead_outcomes).where(*told).order_by(outcomes.revision.desc()).limit(1)
        with self._database.read(tenant) as connection:
            row = connection.execute(newest).one_or_none()
            if row is None:
                raise NotFound("lead", lead_id)
            label = connection.execute(outcome).one_or_none()
            create_time = connection.scalar(select(func.min(revisions.recorded_time)).where(*known))
        return StoredLead(
            lead=lead_from_json(row.lead_id, row.body),
            outcome=None if label is None else _outcome(label.converted, label.outcome_time),
            create_time=create_time or row.recorded_time,
            update_time=row.recorded_time,
            revision=row.revision,
        )


def _check_once(writes: Sequence[LeadWrite]) -> None:
    seen: set[str] = set()
    for index, write in enumerate(writes):
        if write.lead.lead_id in seen:
            raise InvalidInput.of(f"leads[{index}].lead_id", "must occur once in a request")
        seen.add(write.lead.lead_id)


def _write(connection: Connection, caller: Caller, writes: Sequence[LeadWrite], now: datetime) -> dict[str, int]:
    # In one order everywhere: two requests with the same leads would otherwise wait for each other.
    ordered = sorted(writes, key=lambda write: write.lead.lead_id)
    if not ordered:
        return {"created": 0, "updated": 0}
    rows = [_row(caller.tenant, write, now) for write in ordered]
    written = {row.lead_id: row for row in connection.execute(_upsert(connection, caller.owner_id), rows)}
    _check_all_written(writes, written)
    connection.execute(insert(lead_revisions), [_revision(row, written[row["lead_id"]]) for row in rows])
    outcomes = [_outcome_row(row, written[row["lead_id"]]) for row in rows if row["outcome_time"] is not None]
    if outcomes:
        connection.execute(insert(lead_outcomes), outcomes)
        raise_outcome_revision(connection, caller.tenant)
    created = sum(row.revision == 1 for row in written.values())
    return {"created": created, "updated": len(written) - created}


def _check_all_written(writes: Sequence[LeadWrite], written: Mapping[str, Row[Any]]) -> None:
    for write in writes:
        if write.lead.lead_id not in written:
            raise NotFound("lead", write.lead.lead_id)


def _upsert(connection: Connection, owner_id: str) -> Any:
    statement = insert_for(connection, leads)
    new = statement.excluded
    changes: dict[str, ColumnElement[Any]] = {name: new[name] for name in ("body", "owner_id", "posted_time")}
    changes["revision"] = leads.c.revision + 1
    for name in ("outcome_converted", "outcome_time"):
        changes[name] = func.coalesce(new[name], leads.c[name])
    # The later of both: who waited for another write read the clock before it.
    changes["update_time"] = case((leads.c.update_time > new.update_time, leads.c.update_time), else_=new.update_time)
    # Asked of the row as it is locked: whoever got there first, even now, owns it.
    mine = leads.c.owner_id == owner_id if owner_id else None
    key = [leads.c.tenant, leads.c.lead_id]
    upsert = statement.on_conflict_do_update(index_elements=key, set_=changes, where=mine)
    return upsert.returning(leads.c.lead_id, leads.c.revision, leads.c.update_time)


def _row(tenant: TenantId, write: LeadWrite, now: datetime) -> dict[str, Any]:
    lead, outcome = write.lead, write.outcome
    return {
        "tenant": tenant,
        "lead_id": lead.lead_id,
        "revision": 1,
        "body": lead_to_json(lead),
        "owner_id": lead.owner_id,
        "posted_time": lead.posted_time,
        "outcome_converted": None if outcome is None else outcome.converted,
        "outcome_time": None if outcome is None else outcome.outcome_time or now,
        "create_time": now,
        "update_time": now,
    }


def _revision(row: Mapping[str, Any], written: Row[Any]) -> dict[str, Any]:
    return {
        "tenant": row["tenant"],
        "lead_id": row["lead_id"],
        "revision": written.revision,
        "body": row["body"],
        "recorded_time": written.update_time,
    }


def _outcome_row(row: Mapping[str, Any], written: Row[Any]) -> dict[str, Any]:
    return {
        "tenant": row["tenant"],
        "lead_id": row["lead_id"],
        "revision": written.revision,
        "converted": row["outcome_converted"],
        "outcome_time": row["outcome_time"],
        "recorded_time": written.update_time,
    }


def _stored_lead(row: Row[Any]) -> StoredLead:
    known = row.outcome_time is not None
    return StoredLead(
        lead=lead_from_json(row.lead_id, row.body),
        outcome=_outcome(row.outcome_converted, row.outcome_time) if known else None,
        create_time=row.create_time,
        update_time=row.update_time,
        revision=row.revision,
    )


def _outcome(converted: bool, outcome_time: datetime) -> LeadOutcome:
    return LeadOutcome(converted=converted, outcome_time=outcome_time)
