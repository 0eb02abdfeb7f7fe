"""What was done with leads before, read from what became of actions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, Text, and_, bindparam, cast, exists, func, or_, select

from core.actions.action import MOST_CAP
from core.actions.history import Contact
from core.actions.outcome import ENDED, LINK, TAKEN, ActionOutcome
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables import action_outcomes
from core.identifiers import LeadId, TenantId

MOST_REPORTS = 2 * MOST_CAP
"""The newest of a lead: as many as the largest cap has contacts, each with its end. Of what is older only rejections
are looked at."""
_DAY = timedelta(days=1)
_columns = action_outcomes.c
_taken = [one.value for one in sorted(TAKEN, key=lambda outcome: outcome.value)]


def begins() -> ColumnElement[bool]:
    """Return the condition of reports that begin a contact: taken, and nothing before says so of the same."""
    before = action_outcomes.alias()
    told_before = exists().where(
        before.c.tenant == _columns.tenant,
        before.c.lead_id == _columns.lead_id,
        before.c.decision_id == _columns.decision_id,
        before.c.action_id == _columns.action_id,
        before.c.outcome.in_(_taken),
        or_(
            before.c.outcome_time < _columns.outcome_time,
            and_(before.c.outcome_time == _columns.outcome_time, before.c.outcome_id < _columns.outcome_id),
        ),
    )
    recommended = and_(_columns.decision_id.not_like(f"{LINK}%"), ~told_before)
    return and_(_columns.outcome.in_(_taken), or_(_columns.decision_id == "", recommended))


_ALL_OF_LEAD = (
    # All of the lead: an end that was reported since may be of a contact before.
    select(
        _columns.outcome_id,
        _columns.decision_id,
        _columns.action_id,
        _columns.action_group,
        _columns.channel,
        _columns.agent_id,
        _columns.outcome,
        _columns.outcome_time,
    )
    .where(_columns.tenant == bindparam("tenant"), _columns.lead_id == bindparam("lead_id"))
    .order_by(_columns.outcome_time.desc(), _columns.record_time.desc(), _columns.outcome_id.desc())
)
_OF_LEAD = _ALL_OF_LEAD.limit(MOST_REPORTS)
_REJECTIONS_OF_LEAD = _ALL_OF_LEAD.where(_columns.outcome == ActionOutcome.REJECTED.value)
_OF_AGENT = (
    select(_columns.action_id, _columns.outcome_time)
    .where(
        _columns.tenant == bindparam("tenant"),
        _columns.agent_id == bindparam("agent_id"),
        _columns.outcome_time >= bindparam("since"),
        begins(),
    )
    .order_by(_columns.outcome_time)
)
_OF_DAY = (
    select(_columns.action_id, func.count())
    .where(
        _columns.tenant == bindparam("tenant"),
        _columns.outcome_time >= bindparam("since"),
        _columns.outcome_time < bindparam("until"),
        begins(),
    )
    .group_by(_columns.action_id)
)
_ACTION_IDS = bindparam("action_ids", type_=Text())
"""As JSON: to write hundreds of parameters into a statement takes longer than running it."""
_OF_ACTIONS = {
    "sqlite": _OF_DAY.where(_columns.action_id.in_(select(func.json_each(_ACTION_IDS).table_valued("value").c.value))),
    "postgresql": _OF_DAY.where(
        _columns.action_id.in_(
            select(func.json_array_elements_text(cast(_ACTION_IDS, JSON)).table_valued("value").c.value)
        )
    ),
}
"""By dialect. Statements are built once: putting one together takes longer than running it."""


class SqlContactHistory:
    """Reads contacts. Implements :class:`core.actions.history.ContactHistory`.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def of_lead(self, tenant: TenantId, lead_id: LeadId, since: datetime) -> Sequence[Contact]:
        """Return the contacts of a lead since a moment, oldest first, and every rejection.

        Raises:
            DependencyDown: If the database does not work.
        """
        with self._database.read(tenant) as connection:
            wanted = {"tenant": tenant, "lead_id": lead_id}
            rows = list(connection.execute(_OF_LEAD, wanted))
            if len(rows) == MOST_REPORTS:
                seen = {row.outcome_id for row in rows}
                rows += [row for row in connection.execute(_REJECTIONS_OF_LEAD, wanted) if row.outcome_id not in seen]
        found = contacts_of(rows[::-1])
        return [one for one in found if one.time >= since or one.outcome is ActionOutcome.REJECTED]

    @again
    def agent_times(self, tenant: TenantId, agent_id: str, since: datetime) -> Mapping[str, Sequence[datetime]]:
        """Return when an agent took each action since a moment, oldest first.

        Raises:
            DependencyDown: If the database does not work.
        """
        times: dict[str, list[datetime]] = defaultdict(list)
        with self._database.read(tenant) as connection:
            for row in connection.execute(_OF_AGENT, {"tenant": tenant, "agent_id": agent_id, "since": since}):
                times[row.action_id].append(row.outcome_time)
        return times

    @again
    def day_counts(
        self, tenant: TenantId, day_start: datetime, action_ids: Sequence[str] | None = None
    ) -> Mapping[str, int]:
        """Return how often each action was taken in the 24 hours from a moment on.

        Raises:
            DependencyDown: If the database does not work.
        """
        of_day = {"tenant": tenant, "since": day_start, "until": day_start + _DAY}
        with self._database.read(tenant) as connection:
            if action_ids is None:
                rows = connection.execute(_OF_DAY, of_day)
            else:
                wanted = {**of_day, "action_ids": json.dumps(list(action_ids))}
                rows = connection.execute(_OF_ACTIONS[connection.dialect.name], wanted)
            return {row[0]: row[1] for row in rows}


def contacts_of(rows: Sequence[Any]) -> list[Contact]:
    """Return the contacts that reports of one lead tell of, by time.

    Args:
        rows: Oldest first.
    """
    found: dict[tuple[str, str, bool], Contact] = {}
    for row in rows:
        outcome = ActionOutcome(row.outcome)
        key = (_contact_of(row), row.action_id, outcome in TAKEN)
        before = found.get(key)
        if before is not None:
            found[key] = _told_again(before, outcome, row.outcome_time)
        elif not row.decision_id.startswith(LINK):
            found[key] = _contact(row, outcome)
    return sorted(found.values(), key=lambda contact: contact.time)


def _contact_of(row: Any) -> str:
    decision_id: str = row.decision_id
    return decision_id or f"{LINK}{row.outcome_id}"


def _contact(row: Any, outcome: ActionOutcome) -> Contact:
    return Contact(
        action_id=row.action_id,
        group=row.action_group,
        channel=row.channel,
        agent_id=row.agent_id,
        outcome=outcome,
        time=row.outcome_time,
    )


def _told_again(contact: Contact, outcome: ActionOutcome, moment: datetime) -> Contact:
    if outcome not in TAKEN:
        return replace(contact, outcome=outcome, time=moment)
    return replace(contact, outcome=outcome) if outcome in ENDED else contact
