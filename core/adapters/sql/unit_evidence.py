"""Reads all that the outcomes of some units are worked out from."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from sqlalchemy import Connection, select

from core.adapters.sql.exposure_store import exposure_of
from core.adapters.sql.lead_fates import read_fates
from core.adapters.sql.many_ids import among
from core.adapters.sql.tables import experiment_exposures, experiment_leads
from core.experiments.experiment_store import LeadFate, UnitEvidence
from core.experiments.exposure import Exposure, LinkedLead
from core.identifiers import LeadId, TenantId

_NOTHING = LeadFate()


def read_evidence(
    connection: Connection, tenant: TenantId, experiment: str, unit_ids: Sequence[str]
) -> list[UnitEvidence]:
    """Return the evidence of those of the units that were exposed.

    Args:
        connection: Sees the tenant's rows.
        tenant: Whose.
        experiment: Name of the experiment.
        unit_ids: At most 500.
    """
    exposures = _first_exposures(connection, tenant, experiment, unit_ids)
    links = _links(connection, tenant, experiment, unit_ids)
    lead_ids = sorted({link.lead_id for of_unit in links.values() for link in of_unit})
    fates = read_fates(connection, tenant, lead_ids)
    return [
        UnitEvidence(
            exposure=exposure,
            leads=tuple((link, fates.get(link.lead_id, _NOTHING)) for link in links.get(unit_id, ())),
        )
        for unit_id, exposure in exposures.items()
    ]


def _first_exposures(
    connection: Connection, tenant: TenantId, experiment: str, unit_ids: Sequence[str]
) -> dict[str, Exposure]:
    columns = experiment_exposures.c
    mine = (columns.tenant == tenant, columns.experiment == experiment, among(columns.unit_id, unit_ids))
    rows = connection.execute(select(experiment_exposures).where(*mine)).all()
    # Newest first: the first one is what stays.
    ordered = sorted(rows, key=attrgetter("exposure_time", "variant"), reverse=True)
    return {row.unit_id: exposure_of(row) for row in ordered}


def _links(
    connection: Connection, tenant: TenantId, experiment: str, unit_ids: Sequence[str]
) -> dict[str, list[LinkedLead]]:
    columns = experiment_leads.c
    mine = (columns.tenant == tenant, columns.experiment == experiment, among(columns.unit_id, unit_ids))
    rows = connection.execute(select(experiment_leads).where(*mine)).all()
    found: dict[str, list[LinkedLead]] = {}
    for row in sorted(rows, key=attrgetter("first_time", "lead_id")):
        link = LinkedLead(lead_id=LeadId(row.lead_id), score=row.score, source=row.source)
        found.setdefault(row.unit_id, []).append(link)
    return found
