"""What versions said of leads, from the labels themselves and from the log of predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from core.adapters.sql.database import Database
from core.adapters.sql.tables import predictions
from core.feedback.label import Label
from core.identifiers import LeadId, TenantId
from core.monitoring.served_scores import ServedScore
from core.scoring.result import ScoreSource

LEADS_AT_ONCE = 500
"""Leads looked up with one statement."""


class SqlServedScores:
    """Reads what was served. Implements :class:`core.monitoring.served_scores.ServedScores`.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_version(self, tenant: TenantId, version: str, labels: Sequence[Label]) -> Mapping[LeadId, ServedScore]:
        """Return the last thing ``version``, as a MODEL, said of each lead before its label matured.

        The answer whose token came back with a label's feedback counts first, then the log of predictions. What was
        said, and when, is what the log says: the token holds what was shown, which the online correction may have
        moved. Where the log lost the line it is what the token says, as of when the label matured.

        Raises:
            DependencyDown: If the database does not work.
        """
        found: dict[LeadId, ServedScore] = {}
        with self._database.snapshot(tenant) as connection:
            for start in range(0, len(labels), LEADS_AT_ONCE):
                group = {label.lead_id: label for label in labels[start : start + LEADS_AT_ONCE]}
                found |= _of_group(connection, tenant, version, group)
        return found


def _of_group(
    connection: Connection, tenant: TenantId, version: str, labels: Mapping[LeadId, Label]
) -> dict[LeadId, ServedScore]:
    found: dict[LeadId, ServedScore] = {}
    shown: dict[LeadId, ServedScore] = {}
    for lead_id, label in labels.items():
        if label.shown_version == version and label.shown_probability is not None:
            shown[lead_id] = ServedScore(
                probability=label.shown_probability, score_time=label.mature_time, token_id=label.shown_token_id
            )
    for row in _logged(connection, tenant, version, labels):
        lead_id = LeadId(row.lead_id)
        mature_time, told = labels[lead_id].mature_time, shown.get(lead_id)
        wanted = row.score_time <= mature_time if told is None else row.token_id == told.token_id
        if wanted:
            found[lead_id] = ServedScore(
                probability=row.probability,
                # A clock of whoever sent the token may be behind.
                score_time=min(row.score_time, mature_time),
                token_id=row.token_id,
            )
    return shown | found


def _logged(connection: Connection, tenant: TenantId, version: str, labels: Mapping[LeadId, Label]) -> Sequence[Any]:
    """Return (lead_id, token_id, probability, score_time) in the order in which it was said of each lead."""
    columns = predictions.c
    query = (
        select(columns.lead_id, columns.token_id, columns.probability, columns.score_time)
        .where(
            columns.tenant == tenant,
            columns.lead_id.in_(list(labels)),
            columns.version == version,
            columns.source == ScoreSource.MODEL.value,
        )
        .order_by(columns.lead_id, columns.score_time, columns.token_id)
    )
    return connection.execute(query).all()
