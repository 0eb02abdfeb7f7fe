"""Who saw what, in SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables import experiment_exposures, experiment_leads
from core.adapters.sql.upsert import Insert, insert_for
from core.errors import VersionConflict
from core.experiments.exposure import Exposure, LinkedLead
from core.experiments.units import folded
from core.identifiers import TenantId

_columns, _linked = experiment_exposures.c, experiment_leads.c


class SqlExposureStore:
    """Keeps exposures. Implements :class:`core.experiments.experiment_store.ExposureStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._adding: Insert | None = None
        self._linking: Insert | None = None

    @again
    def record(self, tenant: TenantId, exposure: Exposure, lead: LinkedLead | None) -> Exposure:
        """Keep the first exposure of a unit to a variant, and the lead with it; what is there stays.

        A lead that was linked without a score gets the first one it is shown with. Any number of callers may record
        the same at once: all of them get what one of them wrote.

        Returns:
            The exposure that is kept.

        Raises:
            VersionConflict: If the unit was removed at this very moment.
        """
        with self._database.write(tenant) as connection:
            if self._adding is None or self._linking is None:
                # Once: to build them takes as long as to run them.
                self._adding, self._linking = _adding(connection), _linking(connection)
            added = connection.scalar(self._adding, exposure_row(tenant, exposure)) is not None
            if lead is not None:
                connection.execute(self._linking, lead_row(tenant, exposure, lead))
            return exposure if added else _kept(connection, tenant, exposure)

    @again
    def first(self, tenant: TenantId, experiment: str, unit_id: str) -> Exposure | None:
        """Return the first exposure of a unit to any variant."""
        mine = (_columns.tenant == tenant, _columns.experiment == experiment, _columns.unit_id == unit_id)
        query = select(experiment_exposures).where(*mine).order_by(_columns.exposure_time, _columns.variant).limit(1)
        with self._database.read(tenant) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else exposure_of(row)


def exposure_row(tenant: TenantId, exposure: Exposure) -> dict[str, Any]:
    """Return the row of an exposure."""
    return {
        "tenant": tenant,
        "experiment": exposure.experiment,
        "unit_id": exposure.unit_id,
        "variant": exposure.variant,
        "folded_unit": folded(exposure.unit_id),
        "propensity": exposure.propensity,
        "is_override": exposure.is_override,
        "allocation": exposure.allocation,
        "baseline_score": exposure.baseline_score,
        "exposure_time": exposure.exposure_time,
    }


def exposure_of(row: Row[Any]) -> Exposure:
    """Return the exposure of a row."""
    return Exposure(
        experiment=row.experiment,
        unit_id=row.unit_id,
        variant=row.variant,
        propensity=row.propensity,
        is_override=row.is_override,
        allocation=row.allocation,
        baseline_score=row.baseline_score,
        exposure_time=row.exposure_time,
    )


def lead_row(tenant: TenantId, exposure: Exposure, lead: LinkedLead) -> dict[str, Any]:
    """Return the row of a lead that was linked to a unit at the moment of an exposure."""
    return {
        "tenant": tenant,
        "experiment": exposure.experiment,
        "unit_id": exposure.unit_id,
        "lead_id": lead.lead_id,
        "variant": exposure.variant,
        "score": lead.score,
        "source": lead.source,
        "first_time": exposure.exposure_time,
    }


_KEPT = select(experiment_exposures).where(
    *(_columns[name] == bindparam(name) for name in ("tenant", "experiment", "unit_id", "variant"))
)


def _adding(connection: Connection) -> Insert:
    """Return what adds an exposure, unless it is there, and says whether it did."""
    return insert_for(connection, experiment_exposures).on_conflict_do_nothing().returning(_columns.unit_id)


def _linking(connection: Connection) -> Insert:
    """Return what links a lead, and gives one that was linked without a score the first that it is shown with."""
    statement = insert_for(connection, experiment_leads)
    new = {name: statement.excluded[name] for name in ("variant", "score", "source", "first_time")}
    not_scored = and_(_linked.source == "", statement.excluded.source != "")
    key = ("tenant", "experiment", "unit_id", "lead_id")
    return statement.on_conflict_do_update(index_elements=key, set_=new, where=not_scored)


def _kept(connection: Connection, tenant: TenantId, exposure: Exposure) -> Exposure:
    key = {"tenant": tenant, "experiment": exposure.experiment, "unit_id": exposure.unit_id}
    row = connection.execute(_KEPT, {**key, "variant": exposure.variant}).one_or_none()
    if row is None:
        raise VersionConflict(f"unit {exposure.unit_id!r} was removed meanwhile", unit=exposure.unit_id)
    return exposure_of(row)
