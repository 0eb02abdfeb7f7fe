"""Finds the units of an experiment of which anything was recorded since a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.adapters.sql.many_ids import IDS_AT_ONCE, among, in_parts
from core.adapters.sql.tables import (
    experiment_exposures,
    experiment_leads,
    experiment_units,
    lead_feedback,
    lead_outcomes,
)
from core.identifiers import TenantId

_shown, _linked, _kept = experiment_exposures.c, experiment_leads.c, experiment_units.c
_told, _written = lead_feedback.c, lead_outcomes.c


def all_units(connection: Connection, tenant: TenantId, experiment: str) -> Iterator[Sequence[str]]:
    """Yield every exposed unit, in order and in parts."""
    query = select(_shown.unit_id).where(_shown.tenant == tenant, _shown.experiment == experiment)
    # In the order of the key. A unit in two arms is there twice: as one, also where a part ends between the two.
    ordered = query.order_by(_shown.unit_id, _shown.variant).limit(IDS_AT_ONCE)
    last = ""
    while part := connection.scalars(ordered.where(_shown.unit_id > last)).all():
        yield list(dict.fromkeys(part))
        last = part[-1]


def changed_units(
    connection: Connection, tenant: TenantId, experiment: str, since: datetime
) -> Iterator[Sequence[str]]:
    """Return, in order and in parts, the units of which anything was recorded since a moment.

    That is an exposure, a lead, or anything about one of their leads. Each question follows one index; from leads to
    units it is that of the links. Where more was said of the tenant's leads than the experiment has links, it is all
    units: to ask for each lead whose it is would take longer than to look at them.
    """
    links = select(func.count()).where(_linked.tenant == tenant, _linked.experiment == experiment)
    most = connection.scalar(links) or 0
    leads = _leads_told_of(connection, tenant, since, most + 1)
    if len(leads) > most:
        return all_units(connection, tenant, experiment)
    found: set[str] = set()
    for columns, time in ((_shown, _shown.exposure_time), (_linked, _linked.first_time)):
        mine = (columns.tenant == tenant, columns.experiment == experiment)
        found.update(connection.scalars(select(columns.unit_id).where(*mine, time >= since)))
    for some in in_parts(sorted(set(leads))):
        of_leads = select(_linked.unit_id).where(_linked.tenant == tenant, among(_linked.lead_id, some))
        found.update(connection.scalars(of_leads.where(_linked.experiment == experiment)))
    return in_parts(sorted(found))


def missing_units(connection: Connection, tenant: TenantId, experiment: str) -> Iterator[Sequence[str]]:
    """Return, in order and in parts, the exposed units of which it is not kept what became of them."""
    shown = select(_shown.unit_id).where(_shown.tenant == tenant, _shown.experiment == experiment)
    kept = select(_kept.unit_id).where(_kept.tenant == tenant, _kept.experiment == experiment)
    return in_parts(sorted(connection.scalars(shown.except_(kept))))


def _leads_told_of(connection: Connection, tenant: TenantId, since: datetime, limit: int) -> list[str]:
    """Return the lead of each thing that was said since a moment, of up to ``limit`` of each kind."""
    # A correction may have made one action another, so that what it says now is no reason to leave it out.
    said = select(_told.lead_id).where(_told.tenant == tenant, _told.updated_at >= since)
    written = select(_written.lead_id).where(_written.tenant == tenant, _written.recorded_time >= since)
    return [lead_id for query in (said, written) for lead_id in connection.scalars(query.limit(limit))]
