"""Experiments in SQL: what was set, where it lies in its layer, how it was stopped, and how units are spread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from core.adapters.sql.audit_log import append_audit
from core.adapters.sql.database import Database
from core.adapters.sql.experiment_creation import SERVICE, add_experiment
from core.adapters.sql.experiment_json import experiment_json
from core.adapters.sql.experiment_locks import lock_experiments
from core.adapters.sql.experiment_rows import (
    allocation_of,
    allocation_row,
    read_allocations,
    read_experiment,
    stored_of,
)
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import answer_once, first_answer
from core.adapters.sql.registry_keys import moment_key, read_moment_key
from core.adapters.sql.tables import experiment_allocations, experiment_progress, experiments
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import NotFound, WrongState
from core.experiments.experiment import Experiment, StoredExperiment
from core.experiments.experiment_store import Allocation
from core.experiments.refreshing import final_time
from core.identifiers import TenantId
from core.ports import Clock, Page

_CREATE, _STOP = "CreateExperiment", "StopExperiment"
_columns = experiments.c
_spread = experiment_allocations.c
_done = experiment_progress.c


class SqlExperimentStore:
    """Keeps experiments. Implements :class:`core.experiments.experiment_store.ExperimentStore`.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def create(
        self, caller: Caller, request_id: str, experiment: Experiment, *, said: str | None = None
    ) -> StoredExperiment:
        """Add an experiment, give it the first free segments of its layer, and audit it.

        Raises:
            AlreadyExists: If the name is taken, also in another case, or ``request_id`` was used for another body.
            NotFound: If the tenant has no such version of a variant.
            WrongState: VERSION_RETIRED if a version is retired; LAYER_FULL if the layer has too few free segments.
        """
        now = self._clock()
        with self._database.write(caller.tenant) as connection:
            name: str = answer_once(
                connection,
                tenant=caller.tenant,
                method=_CREATE,
                request_id=request_id,
                body=[experiment_json(experiment) if said is None else said],
                now=now,
                act=lambda: add_experiment(connection, caller, experiment, now),
            )
            return read_experiment(connection, caller.tenant, name)

    @again
    def repeated(self, caller: Caller, request_id: str, *, said: str) -> StoredExperiment | None:
        """Return what this request to create an experiment made when it came first; None if it never made one.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """
        key = {"tenant": caller.tenant, "method": _CREATE, "request_id": request_id}
        with self._database.read(caller.tenant) as connection:
            name = first_answer(connection, **key, body=[said])
            return None if name is None else read_experiment(connection, caller.tenant, name)

    @again
    def get(self, tenant: TenantId, name: str) -> StoredExperiment:
        """Return one.

        Raises:
            NotFound: If the tenant has no such experiment.
        """
        with self._database.read(tenant) as connection:
            return read_experiment(connection, tenant, name)

    @again
    def list(
        self, tenant: TenantId, *, limit: int, after: str | None, open_at: datetime | None
    ) -> Page[StoredExperiment]:
        """Return up to ``limit``, newest first; with ``open_at`` only those scheduled or running at that moment."""
        query = select(experiments).where(_columns.tenant == tenant)
        query = query.order_by(_columns.create_time.desc(), _columns.name.desc()).limit(limit + 1)
        if open_at is not None:
            query = query.where(_columns.stop_time.is_(None), _ends_after(open_at))
        if after is not None:
            query = query.where(_older(*read_moment_key(after)))
        with self._database.read(tenant) as connection:
            rows = connection.execute(query).all()
        items = tuple(stored_of(row) for row in rows[:limit])
        more = len(rows) > limit
        return Page(
            items=items, next_key=moment_key(items[-1].create_time, items[-1].experiment.name) if more else None
        )

    @again
    def stop(
        self, caller: Caller, request_id: str, name: str, *, winner: str, reason: str, activate_winner: bool = False
    ) -> StoredExperiment:
        """Stop one for good and audit it.

        Args:
            caller: Who does.
            request_id: The idempotency key: a request that comes again gets the experiment as it stands.
            name: Of the experiment.
            winner: The variant that won; "" for none.
            reason: Why.
            activate_winner: What the request said of it, to tell one from another; nothing is activated here.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
            NotFound: If there is no such experiment, or it has no such variant.
            WrongState: EXPERIMENT_STOPPED if it was stopped before, by another request.
        """
        now = self._clock()
        with self._database.write(caller.tenant) as connection:
            answer_once(
                connection,
                tenant=caller.tenant,
                method=_STOP,
                request_id=request_id,
                body=[name, winner, reason, activate_winner],
                now=now,
                act=lambda: _stop(connection, caller, name, winner=winner, reason=reason, now=now),
            )
            return read_experiment(connection, caller.tenant, name)

    @again
    def open_everywhere(self, moment: datetime) -> Sequence[tuple[TenantId, str]]:
        """Return what runs or will, and what was over for less than its conversion window and a day, of all tenants.

        What was over for longer, and not refreshed since, is among them: once it is, it is left alone.
        """
        query = select(_columns.tenant, _columns.name)
        query = query.join(
            experiment_progress, and_(_done.tenant == _columns.tenant, _done.experiment == _columns.name)
        )
        not_final = or_(_columns.final_time.is_(None), _columns.final_time > moment)
        not_settled = or_(_done.refreshed_until.is_(None), _done.refreshed_until < _columns.final_time)
        query = query.where(or_(not_final, not_settled))
        with self._database.read(ALL_TENANTS) as connection:
            rows = connection.execute(query.order_by(_columns.tenant, _columns.name)).all()
        return [(TenantId(row.tenant), row.name) for row in rows]

    @again
    def revision(self) -> str:
        """Return something that changes whenever an experiment or an allocation of any tenant does."""
        # Every change raises one row's number and no row ever goes, so that the sum only rises.
        with self._database.read(ALL_TENANTS) as connection:
            return str(connection.scalar(select(func.coalesce(func.sum(_columns.revision), 0))))

    @again
    def allocation(self, tenant: TenantId, name: str) -> Allocation:
        """Return the newest allocation.

        Raises:
            NotFound: If there is no such experiment.
        """
        query = select(experiment_allocations).where(_spread.tenant == tenant, _spread.experiment == name)
        with self._database.read(tenant) as connection:
            row = connection.execute(query.order_by(_spread.number.desc()).limit(1)).one_or_none()
        if row is None:
            raise NotFound("experiment", name)
        return allocation_of(row)

    @again
    def allocations(self, tenant: TenantId, name: str) -> Sequence[Allocation]:
        """Return all of them, oldest first.

        Raises:
            NotFound: If there is no such experiment.
        """
        with self._database.read(tenant) as connection:
            found = read_allocations(connection, tenant, name)
        if not found:
            raise NotFound("experiment", name)
        return found

    def reallocate(self, tenant: TenantId, name: str, allocation: Allocation) -> bool:
        """Add the allocation after the newest; False, and nothing is written, if somebody else was quicker.

        Raises:
            NotFound: If there is no such experiment.
        """
        newest = select(func.max(_spread.number)).where(_spread.tenant == tenant, _spread.experiment == name)
        with self._database.write(tenant) as connection:
            lock_experiments(connection, tenant)
            last = connection.scalar(newest)
            if last is None:
                raise NotFound("experiment", name)
            if allocation.number != last + 1:
                return False
            connection.execute(insert(experiment_allocations).values(allocation_row(tenant, name, allocation)))
            _change(connection, tenant, name)
            return True


def _stop(connection: Connection, caller: Caller, name: str, *, winner: str, reason: str, now: datetime) -> None:
    lock_experiments(connection, caller.tenant)
    stored = read_experiment(connection, caller.tenant, name)
    experiment = stored.experiment
    if winner:
        experiment.variant(winner)
    if stored.stop_time is not None:
        raise WrongState("EXPERIMENT_STOPPED", f"experiment {name!r} was stopped before", experiment=name)
    # A clock that was set back must not stop it before it was there.
    stop_time = max(now, stored.create_time)
    over_time = stop_time if experiment.end_time is None else min(stop_time, experiment.end_time)
    told = {"stop_time": stop_time, "final_time": final_time(experiment, over_time)}
    _change(connection, caller.tenant, name, **told, winner=winner, stop_reason=reason)
    append_audit(connection, caller, action=f"{SERVICE}/{_STOP}", target=name, reason=reason, now=now)


def _change(connection: Connection, tenant: TenantId, name: str, **values: Any) -> None:
    mine = (_columns.tenant == tenant, _columns.name == name)
    connection.execute(update(experiments).where(*mine).values(revision=_columns.revision + 1, **values))


def _ends_after(moment: datetime) -> ColumnElement[bool]:
    return or_(_columns.end_time.is_(None), _columns.end_time > moment)


def _older(create_time: datetime, name: str) -> ColumnElement[bool]:
    same_moment = and_(_columns.create_time == create_time, _columns.name < name)
    return or_(_columns.create_time < create_time, same_moment)
