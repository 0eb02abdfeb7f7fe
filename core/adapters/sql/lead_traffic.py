"""How many new leads are scored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables import predictions
from core.identifiers import TenantId


class SqlLeadTraffic:
    """Counts leads in the log of predictions. Implements :class:`core.experiments.planner.LeadTraffic`.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def new_leads(self, tenant: TenantId, since: datetime) -> int:
        """Return how many leads were scored for the first time since a moment.

        Raises:
            DependencyDown: If the database does not work.
        """
        lately, before = predictions.alias("lately"), predictions.alias("before")
        seen = (
            select(before.c.lead_id)
            .where(
                before.c.tenant == tenant,
                before.c.lead_id == lately.c.lead_id,
                before.c.score_time < since,
            )
            .exists()
        )
        query = select(func.count(lately.c.lead_id.distinct())).where(
            lately.c.tenant == tenant, lately.c.score_time >= since, ~seen
        )
        with self._database.read(tenant) as connection:
            return int(connection.scalar(query) or 0)
