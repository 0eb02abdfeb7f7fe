"""Training runs and the checks that ask for them, in SQL."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select

from core.adapters.sql.audit_log import append_audit
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import answer_once, first_answer
from core.adapters.sql.locks import lock_name
from core.adapters.sql.registry_keys import moment_key, read_moment_key
from core.adapters.sql.run_claims import change, claim, give_up, mine, release
from core.adapters.sql.run_rows import canonical, prepared_json, result_json, run_of, triggers_json
from core.adapters.sql.tables import retraining_checks, training_runs
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import NotFound
from core.identifiers import TenantId
from core.ports import Clock, Page
from core.registry.training_run import (
    Contender,
    PreparedVersion,
    RunDecision,
    RunState,
    TrainingRequest,
    TrainingRun,
    TriggerReading,
)

_METHOD = "RequestRetraining"
_columns = training_runs.c
_UNDER_WAY = (RunState.PENDING.value, RunState.RUNNING.value)


class SqlRunStore:
    """Keeps training runs. Implements :class:`core.registry.run_store.RunStore`.

    Times of claims come from the clocks of the machines at work: these must agree to well below the time after which
    a worker counts as lost.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def request(
        self, caller: Caller, request_id: str, request: TrainingRequest, *, said: str | None = None
    ) -> TrainingRun:
        """Add a PENDING run, or return the one that is under way, or that the window has already.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """
        with self._database.write(caller.tenant) as connection:
            run_id: str = answer_once(
                connection,
                tenant=caller.tenant,
                method=_METHOD,
                request_id=request_id,
                body=_body(request, request.reason if said is None else said),
                now=self._clock(),
                act=lambda: self._run_for(connection, caller, request),
            )
            return _read(connection, caller.tenant, run_id)

    @again
    def repeated(self, caller: Caller, request_id: str, request: TrainingRequest, *, said: str) -> TrainingRun | None:
        """Return the run this request got when it came first; None if it never got one.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """
        with self._database.read(caller.tenant) as connection:
            run_id = first_answer(
                connection,
                tenant=caller.tenant,
                method=_METHOD,
                request_id=request_id,
                body=_body(request, said),
            )
            return None if run_id is None else _read(connection, caller.tenant, run_id)

    @again
    def get(self, tenant: TenantId, run_id: str) -> TrainingRun:
        """Return one run.

        Raises:
            NotFound: If the tenant has no such run.
        """
        with self._database.read(tenant) as connection:
            return _read(connection, tenant, run_id)

    @again
    def list(self, tenant: TenantId, kind: str, *, limit: int, after: str | None) -> Page[TrainingRun]:
        """Return up to ``limit`` runs, newest first, after the page key ``after``."""
        query = select(training_runs).where(_columns.tenant == tenant, _columns.kind == kind)
        query = query.order_by(_columns.create_time.desc(), _columns.run_id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(_older(*read_moment_key(after)))
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).all()
        runs = tuple(run_of(row) for row in rows[:limit])
        more = len(rows) > limit
        return Page(items=runs, next_key=moment_key(runs[-1].create_time, runs[-1].run_id) if more else None)

    @again
    def recent(self, tenant: TenantId, kind: str, since: datetime) -> Sequence[TrainingRun]:
        """Return the runs asked for since a moment, newest first."""
        query = select(training_runs).where(_columns.tenant == tenant, _columns.kind == kind)
        query = query.where(_columns.create_time >= since)
        query = query.order_by(_columns.create_time.desc(), _columns.run_id.desc())
        with self._database.read(tenant) as connection:
            return [run_of(row) for row in connection.execute(query)]

    @again
    def waiting(self, lost_after: timedelta) -> Sequence[tuple[TenantId, str]]:
        """Return (tenant, run_id) of what nobody is at, oldest first."""
        lost = and_(_columns.state == RunState.RUNNING.value, _columns.heartbeat_time <= self._clock() - lost_after)
        query = select(_columns.tenant, _columns.run_id).where(or_(_columns.state == RunState.PENDING.value, lost))
        with self._database.read(ALL_TENANTS) as connection:
            rows = connection.execute(query.order_by(_columns.create_time, _columns.run_id)).all()
        return [(TenantId(row.tenant), row.run_id) for row in rows]

    def claim(self, tenant: TenantId, run_id: str, holder: str, lost_after: timedelta) -> TrainingRun | None:
        """Begin a run as ``holder``; None if somebody else is at it, or it has ended.

        Raises:
            NotFound: If the tenant has no such run.
        """
        with self._database.write(tenant) as connection:
            return claim(connection, tenant, run_id, holder, lost_after=lost_after, now=self._clock())

    def release(self, tenant: TenantId, run_id: str, holder: str, why: str) -> bool:
        """Give a run back that did not end; False if it is not ``holder``'s any more."""
        with self._database.write(tenant) as connection:
            return release(connection, tenant, run_id, holder, why=why, now=self._clock())

    def give_up(self, tenant: TenantId, run_id: str, holder: str, why: str) -> bool:
        """End a run as FAILED that will not be begun again; False if it is not ``holder``'s any more."""
        with self._database.write(tenant) as connection:
            return give_up(connection, tenant, run_id, holder, why=why, now=self._clock())

    def alive(self, tenant: TenantId, run_id: str, holder: str) -> bool:
        """Give a sign of life and nothing else; False if the run is not ``holder``'s any more."""
        return self._change(tenant, run_id, holder, {"heartbeat_time": self._clock()})

    def report(self, tenant: TenantId, run_id: str, holder: str, doing: str, progress: float) -> bool:
        """Give a sign of life; False if the run is not ``holder``'s any more."""
        told = {"heartbeat_time": self._clock(), "doing": doing, "progress": min(max(progress, 0.0), 1.0)}
        return self._change(tenant, run_id, holder, told)

    def prepare(self, tenant: TenantId, run_id: str, holder: str, prepared: PreparedVersion) -> bool:
        """Write down what is about to be done; False if the run is not ``holder``'s any more."""
        return self._change(
            tenant, run_id, holder, {"heartbeat_time": self._clock(), "evidence": prepared_json(prepared)}
        )

    def finish(
        self,
        tenant: TenantId,
        run_id: str,
        holder: str,
        *,
        state: RunState,
        decision: RunDecision,
        outcome: str,
        version: str,
        evidence: Mapping[str, str],
        contenders: Sequence[Contender],
    ) -> bool:
        """End a run; False if it is not ``holder``'s any more."""
        ended: dict[str, Any] = {
            "state": state.value,
            "decision": decision.value,
            "outcome": outcome,
            "version": version,
            "evidence": result_json(evidence, contenders),
            "doing": "",
            "end_time": self._clock(),
        }
        if state is RunState.SUCCEEDED:
            ended["progress"] = 1.0
        return self._change(tenant, run_id, holder, ended)

    def record_check(
        self,
        tenant: TenantId,
        kind: str,
        *,
        window: str,
        decision: str,
        reason: str,
        triggers: Sequence[TriggerReading],
        run_id: str,
        now: datetime,
    ) -> None:
        """Keep what a check saw and what the policy said of it, whatever came of it."""
        row = {
            "tenant": tenant,
            "kind": kind,
            "trigger_window": window,
            "decision": decision,
            "reason": reason,
            "triggers": triggers_json(triggers),
            "run_id": run_id,
            "check_time": now,
        }
        with self._database.write(tenant) as connection:
            connection.execute(insert(retraining_checks).values(row))

    def prune_checks(self, tenant: TenantId, before: datetime) -> int:
        """Forget checks made before a moment; return how many. Runs stay."""
        columns = retraining_checks.c
        old = delete(retraining_checks).where(columns.tenant == tenant, columns.check_time < before)
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount

    def _run_for(self, connection: Connection, caller: Caller, request: TrainingRequest) -> str:
        lock_name(connection, "training", caller.tenant, request.kind)
        present = _present(connection, caller.tenant, request)
        run_id = present or f"run_{uuid.uuid4().hex}"
        now = self._clock()
        if present is None:
            connection.execute(insert(training_runs).values(_row(caller, request, run_id, now)))
        if present is None or request.force:
            append_audit(
                connection,
                caller,
                action=f"ModelService/{_METHOD}",
                target=f"{request.kind}/{run_id}",
                reason=request.reason,
                now=now,
            )
        return run_id

    def _change(self, tenant: TenantId, run_id: str, holder: str, values: dict[str, Any]) -> bool:
        with self._database.write(tenant) as connection:
            return change(connection, tenant, run_id, holder, values)


def _present(connection: Connection, tenant: TenantId, request: TrainingRequest) -> str | None:
    """Return the run that is under way, else the one of the window."""
    of_kind = select(_columns.run_id).where(_columns.tenant == tenant, _columns.kind == request.kind)
    found: str | None = connection.scalar(of_kind.where(_columns.state.in_(_UNDER_WAY)).limit(1))
    if found is None:
        found = connection.scalar(of_kind.where(_columns.trigger_window == request.trigger_window))
    return found


def _row(caller: Caller, request: TrainingRequest, run_id: str, now: datetime) -> dict[str, Any]:
    return {
        "tenant": caller.tenant,
        "run_id": run_id,
        "kind": request.kind,
        "trigger_window": request.trigger_window,
        "state": RunState.PENDING.value,
        "decision": RunDecision.NONE.value,
        "requested_by": caller.actor,
        "reason": request.reason,
        "outcome": "",
        "force": request.force,
        "validation_split": request.validation_split,
        "parameters": canonical(dict(request.parameters)),
        "triggers": triggers_json(request.triggers),
        "evidence": "{}",
        "doing": "",
        "progress": 0.0,
        "attempt": 0,
        "holder": "",
        "version": "",
        "create_time": now,
    }


def _read(connection: Connection, tenant: TenantId, run_id: str) -> TrainingRun:
    row = connection.execute(select(training_runs).where(*mine(tenant, run_id))).one_or_none()
    if row is None:
        raise NotFound("training_run", run_id)
    return run_of(row)


def _body(request: TrainingRequest, said: str) -> list[Any]:
    """Return what the caller said: not what the policy made of it, which is another thing a moment later."""
    return [request.kind, request.force, request.validation_split, dict(request.parameters), said]


def _older(create_time: datetime, run_id: str) -> ColumnElement[bool]:
    same_moment = and_(_columns.create_time == create_time, _columns.run_id < run_id)
    return or_(_columns.create_time < create_time, same_moment)
