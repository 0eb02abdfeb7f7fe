"""What must happen to units when something they rest on goes: erased leads, pruned feedback."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import Connection, Table, and_, delete, select, update

from core.adapters.sql.experiment_locks import lock_units
from core.adapters.sql.many_ids import among, in_parts
from core.adapters.sql.tables import (
    experiment_exposures,
    experiment_leads,
    experiment_progress,
    experiment_units,
    experiments,
)
from core.identifiers import LeadId, TenantId

_set, _linked, _progress = experiments.c, experiment_leads.c, experiment_progress.c


def notice_removals(connection: Connection, tenant: TenantId, lead_ids: Iterable[str], moment: datetime) -> None:
    """Have the experiments of these leads worked out anew at their next refresh, but those that are final by then.

    Args:
        connection: In the writing transaction that removes something about the leads.
        tenant: Whose leads they are.
        lead_ids: The leads.
        moment: The present one.
    """
    found: set[str] = set()
    for some in in_parts(sorted(set(lead_ids))):
        query = select(_linked.experiment).distinct()
        found.update(connection.scalars(query.where(_linked.tenant == tenant, among(_linked.lead_id, some))))
    final = select(_set.name).where(_set.tenant == tenant, _set.final_time <= moment)
    _work_out_anew(connection, tenant, found.difference(connection.scalars(final)))


def notice_erasure(connection: Connection, tenant: TenantId, names: Iterable[str]) -> None:
    """Have experiments worked out anew at their next refresh.

    Those that were refreshed once they were final are left alone: of them only the units that :func:`remove_units_of`
    removed are worked out again.

    Args:
        connection: In the writing transaction that erases a lead, after all else: who prunes feedback takes the same
            locks in that order.
        tenant: Whose lead it is.
        names: The experiments that rested on it.
    """
    refreshed = and_(_set.tenant == _progress.tenant, _set.name == _progress.experiment)
    settled = select(_set.name).join(experiment_progress, refreshed).where(_set.tenant == tenant)
    left_alone = connection.scalars(settled.where(_progress.refreshed_until >= _set.final_time))
    _work_out_anew(connection, tenant, set(names).difference(left_alone))


def remove_units_of(connection: Connection, tenant: TenantId, lead_id: LeadId) -> tuple[int, AbstractSet[str]]:
    """Remove the unit a lead was itself, and what became of the units that rest on it.

    The other units are worked out anew, without the lead, at the next refresh.

    Args:
        connection: In the writing transaction that erases the lead, before its rows in ``experiment_leads`` go.
        tenant: Whose lead it is.
        lead_id: The lead.

    Returns:
        How many rows of its own went, and the experiments that rested on it: for :func:`notice_erasure`.
    """
    resting = _units_resting_on(connection, tenant, lead_id)
    own = _experiments_of_unit(connection, tenant, lead_id)
    for experiment in sorted(resting.keys() | own):
        # A refresh under way has read the lead, and would write what became of it after this.
        lock_units(connection, tenant, experiment)
    for experiment, unit_ids in resting.items():
        _remove(connection, experiment_units, tenant, experiment, unit_ids)
    tables = (experiment_exposures, experiment_leads, experiment_units)
    removed = sum(_remove(connection, table, tenant, name, [lead_id]) for name in sorted(own) for table in tables)
    return removed, resting.keys()


def _work_out_anew(connection: Connection, tenant: TenantId, names: Iterable[str]) -> None:
    # One after the other in one order, so that no two who remove wait for each other in a circle.
    for experiment in sorted(names):
        mine = (_progress.tenant == tenant, _progress.experiment == experiment)
        connection.execute(update(experiment_progress).where(*mine).values(removals=_progress.removals + 1))


def _units_resting_on(connection: Connection, tenant: TenantId, lead_id: LeadId) -> dict[str, list[str]]:
    """Return the units of a lead by experiment."""
    query = select(_linked.experiment, _linked.unit_id).where(_linked.tenant == tenant, _linked.lead_id == lead_id)
    found: dict[str, list[str]] = {}
    for experiment, unit_id in connection.execute(query):
        found.setdefault(experiment, []).append(unit_id)
    return found


def _experiments_of_unit(connection: Connection, tenant: TenantId, unit_id: str) -> set[str]:
    # The names first, so that an index leads to the unit in each of them.
    names = connection.scalars(select(experiments.c.name).where(experiments.c.tenant == tenant)).all()
    columns = experiment_exposures.c
    query = select(columns.experiment).where(columns.tenant == tenant, columns.unit_id == unit_id)
    return {
        name for some in in_parts(names) for name in connection.scalars(query.where(among(columns.experiment, some)))
    }


def _remove(connection: Connection, table: Table, tenant: TenantId, experiment: str, unit_ids: Sequence[str]) -> int:
    removed = 0
    for some in in_parts(unit_ids):
        mine = (table.c.tenant == tenant, table.c.experiment == experiment, among(table.c.unit_id, some))
        removed += connection.execute(delete(table).where(*mine)).rowcount
    return removed
