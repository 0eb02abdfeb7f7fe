"""Locks of experiments, each held until the transaction ends."""

from __future__ import annotations

from sqlalchemy import Connection

from core.adapters.sql.locks import lock_name
from core.identifiers import TenantId


def lock_experiments(connection: Connection, tenant: TenantId) -> None:
    """Let nobody else create, stop or reallocate experiments of the tenant."""
    lock_name(connection, "experiments", tenant)


def lock_units(connection: Connection, tenant: TenantId, experiment: str) -> None:
    """Let nobody else write what became of units of the experiment."""
    lock_name(connection, "experiment_units", tenant, experiment)
