"""Counts what came of each action."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from core.actions.outcome import ENDED, LATE, LINK, TAKEN, ActionOutcome
from core.actions.tallies import Tally
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables import action_outcomes
from core.identifiers import TenantId

_columns = action_outcomes.c


class SqlActionTallies:
    """Implements :class:`core.actions.serving.TallyReader`, and counts reports for training.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def newest(self, tenant: TenantId) -> datetime | None:
        """Return when the newest report was recorded.

        Raises:
            DependencyDown: If the database does not work.
        """
        with self._database.read(tenant) as connection:
            newest: datetime | None = connection.scalar(
                select(func.max(_columns.record_time)).where(_columns.tenant == tenant)
            )
        return newest

    @again
    def count_known(self, tenant: TenantId, since: datetime) -> int:
        """Return how many reports since a moment are of actions that were chosen with a known probability below 1.

        Raises:
            DependencyDown: If the database does not work.
        """
        query = select(func.count()).where(
            _columns.tenant == tenant, _columns.record_time >= since, _columns.propensity < 1.0
        )
        with self._database.read(tenant) as connection:
            return connection.scalar(query) or 0

    @again
    def tallies(self, tenant: TenantId, since: datetime, settled: datetime) -> list[Tally]:
        """Return what came of each action.

        Args:
            tenant: Whose.
            since: Only reports of that moment and later count.
            settled: An action that was taken before, of which nothing was heard since, brought nothing.

        Raises:
            DependencyDown: If the database does not work.
        """
        query = select(_columns.action_id, *_counted(settled)).where(
            _columns.tenant == tenant, _columns.outcome_time >= since
        )
        with self._database.read(tenant) as connection:
            rows = connection.execute(query.group_by(_columns.action_id)).all()
        return [
            Tally(
                action_id=row.action_id,
                group=row.action_group,
                trials=row.trials,
                converted=row.converted,
                pending=row.taken - row.trials,
                rejected=row.rejected,
                not_now=row.not_now,
                value_total=float(row.value_total or 0.0),
            )
            for row in rows
        ]


def _counted(settled: datetime) -> list[Any]:
    own = LINK + _columns.outcome_id
    contact = case((_columns.decision_id == "", own), else_=_columns.decision_id)
    taken = and_(_columns.outcome.in_([one.value for one in TAKEN]), _columns.decision_id != LATE)
    ended = and_(taken, or_(_columns.outcome.in_([one.value for one in ENDED]), _columns.outcome_time < settled))
    converted = and_(taken, _is(ActionOutcome.CONVERTED))

    def contacts(condition: ColumnElement[bool]) -> Any:
        return func.count(case((condition, contact)).distinct())

    return [
        func.max(_columns.action_group).label("action_group"),
        contacts(taken).label("taken"),
        contacts(ended).label("trials"),
        contacts(converted).label("converted"),
        contacts(_is(ActionOutcome.REJECTED)).label("rejected"),
        contacts(_is(ActionOutcome.NOT_NOW)).label("not_now"),
        func.sum(case((converted, _columns.value), else_=0.0)).label("value_total"),
    ]


def _is(outcome: ActionOutcome) -> ColumnElement[bool]:
    return _columns.outcome == outcome.value
