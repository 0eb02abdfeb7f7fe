"""Experiments and their allocations as rows, and back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from core.adapters.sql.experiment_json import canonical, experiment_json, experiment_of
from core.adapters.sql.tables import experiment_allocations, experiments
from core.errors import NotFound
from core.experiments.experiment import StoredExperiment
from core.experiments.experiment_store import Allocation
from core.experiments.refreshing import final_time
from core.identifiers import TenantId


def folded_name(name: str) -> str:
    """Return what two names have in common that differ in case only."""
    return name.casefold()


def experiment_row(tenant: TenantId, stored: StoredExperiment) -> dict[str, Any]:
    """Return the row of an experiment that was just created."""
    experiment = stored.experiment
    return {
        "tenant": tenant,
        "name": experiment.name,
        "folded_name": folded_name(experiment.name),
        "body": experiment_json(experiment),
        "layer": experiment.layer,
        "segment_start": stored.segment_start,
        "segment_end": stored.segment_end,
        "created_by": stored.created_by,
        "create_time": stored.create_time,
        "end_time": experiment.end_time,
        "stop_time": None,
        "final_time": final_time(experiment, experiment.end_time),
        "winner": "",
        "stop_reason": "",
        "revision": 1,
    }


def stored_of(row: Row[Any]) -> StoredExperiment:
    """Return the experiment of a row of ``experiments``."""
    return StoredExperiment(
        experiment=experiment_of(row.body),
        segment_start=row.segment_start,
        segment_end=row.segment_end,
        create_time=row.create_time,
        created_by=row.created_by,
        stop_time=row.stop_time,
        winner=row.winner,
        stop_reason=row.stop_reason,
    )


def read_experiment(connection: Connection, tenant: TenantId, name: str) -> StoredExperiment:
    """Return one experiment.

    Raises:
        NotFound: If the tenant has no such experiment.
    """
    mine = (experiments.c.tenant == tenant, experiments.c.name == name)
    row = connection.execute(select(experiments).where(*mine)).one_or_none()
    if row is None:
        raise NotFound("experiment", name)
    return stored_of(row)


def allocation_row(tenant: TenantId, name: str, allocation: Allocation) -> dict[str, Any]:
    """Return the row of an allocation."""
    return {
        "tenant": tenant,
        "experiment": name,
        "number": allocation.number,
        "body": canonical(dict(allocation.shares)),
        "start_time": allocation.start_time,
    }


def read_allocations(connection: Connection, tenant: TenantId, name: str) -> list[Allocation]:
    """Return all allocations of an experiment, oldest first."""
    columns = experiment_allocations.c
    query = select(experiment_allocations).where(columns.tenant == tenant, columns.experiment == name)
    return [allocation_of(row) for row in connection.execute(query.order_by(columns.number))]


def allocation_of(row: Row[Any]) -> Allocation:
    """Return the allocation of a row."""
    return Allocation(number=row.number, shares=json.loads(row.body), start_time=row.start_time)
