"""Counts feedback for its summary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, case, distinct, extract, func, select, text, type_coerce

from core.adapters.sql.tables import lead_feedback, leads
from core.caller import Caller
from core.feedback.analytics import ContactCount, DayCount, FeedbackCounts
from core.feedback.feedback import FeedbackAction, FeedbackSource

_columns = lead_feedback.c
_DAYS_A_WEEK = 7


def about_own_leads(caller: Caller) -> list[ColumnElement[bool]]:
    """Return what narrows feedback to the tenant's, and a seller's to that about its own leads as they stand now."""
    mine = _columns.tenant == caller.tenant
    if not caller.owner_id:
        return [mine]
    own = select(leads.c.lead_id).where(leads.c.tenant == caller.tenant, leads.c.owner_id == caller.owner_id)
    return [mine, _columns.lead_id.in_(own)]


def count_feedback(connection: Connection, caller: Caller, start: datetime, end: datetime) -> FeedbackCounts:
    """Return the counts of the newest revisions in [start, end].

    Args:
        connection: In PostgreSQL its time zone is UTC, as is all of SQLite.
        caller: Whose.
        start: Inclusive.
        end: Inclusive.
    """
    chosen = [*about_own_leads(caller), _columns.occurred_time >= start, _columns.occurred_time <= end]
    converted = case((_columns.action_type == FeedbackAction.CONVERT.value, _columns.lead_id))
    counted = select(func.count(distinct(_columns.lead_id)), func.count(distinct(converted))).where(*chosen)
    lead_count, converted_count = connection.execute(counted).one()
    return FeedbackCounts(
        days=_days(connection, chosen),
        contacts=_contacts(connection, chosen),
        lead_count=lead_count,
        converted_lead_count=converted_count,
    )


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Parts of the moment something happened, as text."""

    day: ColumnElement[str]
    """For example ``2026-02-20``."""
    hour: ColumnElement[str]
    """``00`` to ``23``."""
    weekday: ColumnElement[Any]
    """0 is Sunday."""


def _calendar(connection: Connection) -> _Calendar:
    moment = _columns.occurred_time
    if connection.dialect.name == "postgresql":
        hour = func.to_char(moment, "HH24")
        return _Calendar(func.to_char(moment, "YYYY-MM-DD"), hour, extract("dow", moment))
    # Cut from the text: its own functions round to the next second, and so to the next day.
    written = type_coerce(moment, String)
    day = func.substr(written, 1, 10)
    return _Calendar(day, func.substr(written, 12, 2), func.strftime("%w", day))


def _days(connection: Connection, chosen: list[ColumnElement[bool]]) -> list[DayCount]:
    day = _calendar(connection).day
    query = (
        select(
            day,
            _columns.action_type,
            _columns.feedback_source,
            func.count(),
            func.sum(_columns.feedback_confidence),
            func.count(_columns.user_rating),
            func.coalesce(func.sum(_columns.user_rating), 0.0),
            func.count(_columns.conversion_value),
            func.coalesce(func.sum(_columns.conversion_value), 0.0),
        )
        .where(*chosen)
        .group_by(text("1"), _columns.action_type, _columns.feedback_source)
    )
    return [_day_count(*row) for row in connection.execute(query)]


def _day_count(day: str, action: str, source: str, count: int, confidences: float, *sums: Any) -> DayCount:
    rating_count, rating_sum, value_count, value_sum = sums
    return DayCount(
        day=date.fromisoformat(day),
        action=FeedbackAction(action),
        source=FeedbackSource(source),
        count=count,
        confidence_sum=confidences,
        rating_count=rating_count,
        rating_sum=rating_sum,
        value_count=value_count,
        value_sum=value_sum,
    )


def _contacts(connection: Connection, chosen: list[ColumnElement[bool]]) -> list[ContactCount]:
    calendar = _calendar(connection)
    slot = (calendar.weekday, calendar.hour, _columns.feedback_source, _columns.contact_successful)
    tells = and_(*chosen, _columns.contact_successful.is_not(None))
    return [
        # Sunday is 0 in SQL, and 6 where Monday is 0.
        ContactCount(
            weekday=(int(day) - 1) % _DAYS_A_WEEK,
            hour=int(hour),
            source=FeedbackSource(source),
            was_successful=bool(success),
            count=count,
        )
        for day, hour, source, success, count in connection.execute(
            select(*slot, func.count()).where(tells).group_by(text("1"), text("2"), *slot[2:])
        )
    ]
