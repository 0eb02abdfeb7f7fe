"""Counts contacts in feedback."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, case, exists, func, or_, select

from core.adapters.sql.database import Database
from core.adapters.sql.tables import lead_feedback, predictions
from core.feedback.feedback import FeedbackAction
from core.identifiers import TenantId
from core.monitoring.realised import ContactCount

_said = lead_feedback.c
_shown = predictions.c


class SqlContactCounts:
    """Counts contacts. Implements :class:`core.monitoring.realised.ContactReader`.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def contacts(self, tenant: TenantId, version: str, start: datetime, end: datetime) -> ContactCount:
        """Return the contacts in [start, end) about leads that a version had scored.

        Raises:
            DependencyDown: If the database does not work.
        """
        scored = exists().where(
            _shown.tenant == tenant,
            _shown.lead_id == _said.lead_id,
            _shown.version == version,
            _shown.score_time <= _said.occurred_time,
        )
        query = select(func.count(), func.sum(case((_said.contact_successful, 1), else_=0))).where(
            _said.tenant == tenant,
            _said.occurred_time >= start,
            _said.occurred_time < end,
            _said.action_type == FeedbackAction.CONTACT.value,
            _said.contact_successful.is_not(None),
            or_(_said.model_version == version, and_(_said.model_version == "", scored)),
        )
        with self._database.read(tenant) as connection:
            total, successful = connection.execute(query).one()
        return ContactCount(successful=int(successful or 0), total=total)
