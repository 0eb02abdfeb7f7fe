"""Who is at a training run: claims, signs of life, and the end. Each function changes the claim or says it is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.adapters.sql.active_pointer import read_pointer, read_version
from core.adapters.sql.run_rows import result_json, run_of
from core.adapters.sql.tables import training_runs
from core.errors import NotFound
from core.identifiers import TenantId
from core.registry.run_store import MAX_ATTEMPTS
from core.registry.training_run import RunState, TrainingRun

_columns = training_runs.c
_LOST = "Its worker was lost {attempts} times, each time before the run ended."


def mine(tenant: TenantId, run_id: str) -> tuple[Any, ...]:
    """Return the conditions on one run."""
    return _columns.tenant == tenant, _columns.run_id == run_id


def claim(
    connection: Connection, tenant: TenantId, run_id: str, holder: str, *, lost_after: timedelta, now: datetime
) -> TrainingRun | None:
    """Begin a run, or end it as FAILED if it was begun too often; None if it was not begun.

    Raises:
        NotFound: If the tenant has no such run.
    """
    # Locked in PostgreSQL until the transaction ends; in SQLite a writing transaction is alone.
    row = connection.execute(select(training_runs).where(*mine(tenant, run_id)).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("training_run", run_id)
    if not _is_free(row, now - lost_after):
        return None
    if row.attempt >= MAX_ATTEMPTS:
        ended = _given_up(connection, row, _LOST.format(attempts=row.attempt), now)
        connection.execute(update(training_runs).where(*mine(tenant, run_id)).values(ended))
        return None
    begun = {"state": RunState.RUNNING.value, "holder": holder, "heartbeat_time": now, "start_time": now}
    begun |= {"attempt": row.attempt + 1, "doing": "starting", "progress": 0.0}
    connection.execute(update(training_runs).where(*mine(tenant, run_id)).values(begun))
    return run_of(connection.execute(select(training_runs).where(*mine(tenant, run_id))).one())


def release(connection: Connection, tenant: TenantId, run_id: str, holder: str, *, why: str, now: datetime) -> bool:
    """Let a run wait again, or end it as FAILED if it was begun too often; False if ``holder`` is at it no more."""
    attempts = connection.scalar(select(_columns.attempt).where(*mine(tenant, run_id)))
    if attempts is not None and attempts >= MAX_ATTEMPTS:
        outcome = f"Given up after {attempts} attempts. {why}"
        return give_up(connection, tenant, run_id, holder, why=outcome, now=now)
    waiting = {"state": RunState.PENDING.value, "holder": "", "doing": f"waiting to begin again: {why}"}
    return change(connection, tenant, run_id, holder, waiting)


def give_up(connection: Connection, tenant: TenantId, run_id: str, holder: str, *, why: str, now: datetime) -> bool:
    """End a run as FAILED that will not be begun again; False if ``holder`` is at it no more."""
    row = connection.execute(select(training_runs).where(*mine(tenant, run_id))).one_or_none()
    return row is not None and change(connection, tenant, run_id, holder, _given_up(connection, row, why, now))


def change(connection: Connection, tenant: TenantId, run_id: str, holder: str, values: dict[str, Any]) -> bool:
    """Change a run that ``holder`` is at; False, and nothing changed, if it is at it no more."""
    held = (*mine(tenant, run_id), _columns.holder == holder, _columns.state == RunState.RUNNING.value)
    return connection.execute(update(training_runs).where(*held).values(values)).rowcount == 1


def _given_up(connection: Connection, row: Row[Any], why: str, now: datetime) -> dict[str, Any]:
    """Return the columns of a run that is given up: what it had prepared may have been done, so that it stays told."""
    ended = {"state": RunState.FAILED.value, "outcome": why, "end_time": now, "doing": "", "holder": ""}
    prepared = run_of(row).prepared
    if prepared is None:
        return ended
    ended["evidence"] = result_json(prepared.evidence, prepared.contenders)
    try:
        read_version(connection, row.tenant, row.kind, prepared.version)
    except NotFound:
        return ended
    pointer = read_pointer(connection, row.tenant, row.kind)
    serves = pointer is not None and pointer.version == prepared.version
    told = f"Version {prepared.version} was registered and is {'' if serves else 'not '}serving."
    return ended | {"version": prepared.version, "outcome": f"{why} {told}"}


def _is_free(row: Row[Any], lost_before: datetime) -> bool:
    if row.state == RunState.PENDING.value:
        return True
    return row.state == RunState.RUNNING.value and bool(row.heartbeat_time <= lost_before)
