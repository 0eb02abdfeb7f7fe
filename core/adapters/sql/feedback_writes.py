"""Writes feedback: new, or as a correction of what was said under the same id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from core.adapters.sql.feedback_rows import row_of, superseded_row
from core.adapters.sql.tables import lead_feedback, lead_feedback_history, leads
from core.adapters.sql.upsert import insert_for
from core.caller import Caller
from core.errors import InvalidInput, NotFound, VersionConflict
from core.feedback.feedback import StoredFeedback

_columns = lead_feedback.c


def check_leads(connection: Connection, caller: Caller, lead_ids: Sequence[str]) -> None:
    """Do nothing if the caller may write about all of these leads.

    Raises:
        NotFound: If one is not stored, or is not the seller's: the same error for both.
    """
    missing = set(lead_ids) - _own_leads(connection, caller, lead_ids)
    for lead_id in lead_ids:
        if lead_id in missing:
            raise NotFound("lead", lead_id)


def write_all(connection: Connection, caller: Caller, wanted: Sequence[StoredFeedback]) -> list[StoredFeedback]:
    """Write first revisions; what is there already under an id is corrected.

    Args:
        connection: In a writing transaction.
        caller: Who writes.
        wanted: As first revisions; each id once.

    Returns:
        What was written, in order.

    Raises:
        InvalidInput: If a correction is about another lead.
        NotFound: If a seller corrects feedback about a lead that is not its own.
        VersionConflict: If what is corrected was removed at this very moment.
    """
    added = _add(connection, caller, wanted)
    if len(added) == len(wanted):
        return list(wanted)
    return [new if new.feedback.feedback_id in added else _correct(connection, caller, new) for new in wanted]


def _own_leads(connection: Connection, caller: Caller, lead_ids: Sequence[str]) -> set[str]:
    own = select(leads.c.lead_id).where(leads.c.tenant == caller.tenant, leads.c.lead_id.in_(set(lead_ids)))
    if caller.owner_id:
        own = own.where(leads.c.owner_id == caller.owner_id)
    return set(connection.scalars(own))


def _add(connection: Connection, caller: Caller, wanted: Sequence[StoredFeedback]) -> set[str]:
    """Add what is new and return its ids. Who writes the same id at the same moment waits here."""
    statement = insert_for(connection, lead_feedback).on_conflict_do_nothing().returning(_columns.feedback_id)
    return set(connection.scalars(statement, [row_of(caller.tenant, new) for new in wanted]))


def _correct(connection: Connection, caller: Caller, new: StoredFeedback) -> StoredFeedback:
    feedback = new.feedback
    mine = (_columns.tenant == caller.tenant, _columns.feedback_id == feedback.feedback_id)
    old = connection.execute(select(lead_feedback).where(*mine).with_for_update()).one_or_none()
    if old is None:
        raise VersionConflict(f"feedback {feedback.feedback_id!r} was removed meanwhile", id=feedback.feedback_id)
    _check_same_lead(connection, caller, old, new)
    # A clock that was set back must not make history go back.
    recorded = max(new.record_time, old.updated_at)
    corrected = replace(new, revision=old.revision + 1, create_time=old.created_at, record_time=recorded)
    connection.execute(insert(lead_feedback_history).values(superseded_row(old, recorded)))
    connection.execute(update(lead_feedback).where(*mine).values(row_of(caller.tenant, corrected)))
    return corrected


def _check_same_lead(connection: Connection, caller: Caller, old: Row[Any], new: StoredFeedback) -> None:
    if old.lead_id == new.feedback.lead_id:
        return
    if caller.owner_id and old.lead_id not in _own_leads(connection, caller, [old.lead_id]):
        raise NotFound("feedback", new.feedback.feedback_id)
    raise InvalidInput.of("feedback.lead_id", "must be the lead of what is corrected")
