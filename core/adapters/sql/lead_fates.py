"""How leads fared, as far as experiments need to know: from feedback and from what was written with the leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from operator import attrgetter

from sqlalchemy import Connection, select

from core.adapters.sql.many_ids import among, in_parts
from core.adapters.sql.tables import lead_feedback, lead_outcomes
from core.experiments.experiment_store import LeadFate
from core.feedback.feedback import FeedbackAction
from core.identifiers import LeadId, TenantId

CLOSING = (FeedbackAction.CONVERT.value, FeedbackAction.DISMISS.value)
TELLING = (*CLOSING, FeedbackAction.CONTACT.value)
"""Actions that say how a lead fared."""

_told, _written = lead_feedback.c, lead_outcomes.c


def read_fates(connection: Connection, tenant: TenantId, lead_ids: Sequence[LeadId]) -> Mapping[LeadId, LeadFate]:
    """Return how each of the leads fared that anything is known of.

    Two plain questions for 500 leads each, put together here: the plan of a join may go badly wrong in a database
    without fresh statistics.
    """
    found: dict[LeadId, LeadFate] = {}
    for some in in_parts(lead_ids):
        found |= _fates(connection, tenant, some)
    return found


class _Fate:
    """What was said of one lead, as it is read."""

    def __init__(self) -> None:
        self.ends: list[tuple[datetime, bool]] = []
        self.contacts: list[datetime] = []
        self.values: list[tuple[datetime, float]] = []

    def as_known(self) -> LeadFate:
        # Stable: of ends at one moment the one that was appended later counts.
        ends = sorted(self.ends, key=lambda end: end[0])
        return LeadFate(ends=tuple(ends), contact_successes=tuple(self.contacts), values=tuple(self.values))


def _fates(connection: Connection, tenant: TenantId, lead_ids: Sequence[LeadId]) -> dict[LeadId, LeadFate]:
    found: dict[str, _Fate] = {}
    names = ("lead_id", "action_type", "occurred_time", "updated_at", "feedback_id")
    said = select(*(_told[name] for name in names), _told.contact_successful, _told.conversion_value)
    mine = (_told.tenant == tenant, among(_told.lead_id, lead_ids), _told.action_type.in_(TELLING))
    rows = connection.execute(said.where(*mine)).all()
    for row in sorted(rows, key=attrgetter("occurred_time", "updated_at", "feedback_id")):
        lead_id, action, time = row.lead_id, row.action_type, row.occurred_time
        fate = found.setdefault(lead_id, _Fate())
        if action == FeedbackAction.CONTACT.value:
            fate.contacts.extend([time] if row.contact_successful else [])
            continue
        fate.ends.append((time, action == FeedbackAction.CONVERT.value))
        if row.conversion_value is not None:
            fate.values.append((time, row.conversion_value))
    for lead_id, written in _outcomes(connection, tenant, lead_ids).items():
        # After the feedback: at one moment what was written with the lead counts, as for known outcomes.
        found.setdefault(lead_id, _Fate()).ends.extend(_newest_said_again(written))
    return {LeadId(lead_id): fate.as_known() for lead_id, fate in found.items()}


def _outcomes(
    connection: Connection, tenant: TenantId, lead_ids: Sequence[LeadId]
) -> Mapping[str, Sequence[tuple[datetime, bool]]]:
    """Return the outcomes that were written with each lead, in the order of its revisions."""
    query = select(_written.lead_id, _written.revision, _written.outcome_time, _written.converted)
    rows = connection.execute(query.where(_written.tenant == tenant, among(_written.lead_id, lead_ids))).all()
    found: dict[str, list[tuple[datetime, bool]]] = {}
    for row in sorted(rows, key=attrgetter("revision")):
        found.setdefault(row.lead_id, []).append((row.outcome_time, row.converted))
    return found


def _newest_said_again(written: Sequence[tuple[datetime, bool]]) -> list[tuple[datetime, bool]]:
    """Return the outcome that was written last, and with it each time it was written before without another between.

    Whoever writes leads again writes their outcomes again, often with the moment of writing: it is the same end, and
    what was written last still is the newest. What it was corrected to is not later than that.
    """
    last_time, converted = written[-1]
    same = takewhile(lambda end: end[1] == converted, reversed(written))
    return [end for end in same if end[0] <= last_time]
