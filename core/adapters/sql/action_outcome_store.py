"""What became of actions, in SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select

from core.actions.context import facts_to_json
from core.actions.known_action import OUTCOME_WINDOW
from core.actions.outcome import ENDED, LINK, TAKEN, ActionOutcome, OutcomeReport
from core.actions.recording import ToldOutcome
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import answer_once, first_answer
from core.adapters.sql.tables import action_outcomes, lead_events, leads
from core.caller import Caller
from core.errors import NotFound
from core.identifiers import LeadId, TenantId

METHOD = "RecordActionOutcome"
_columns = action_outcomes.c


class SqlActionOutcomes:
    """Keeps reports. Implements :class:`core.actions.recording.OutcomeStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def record(self, caller: Caller, told: ToldOutcome, report: OutcomeReport) -> str:
        """Keep a report; see :meth:`core.actions.recording.OutcomeStore.record`.

        A report that no answer led to is joined to the contact it is about: of the same moment, or, if it says how it
        ended, the newest within 30 days before it.
        """
        with self._database.write(caller.tenant) as connection:

            def act() -> str:
                check_lead(connection, caller, report.lead_id)
                connection.execute(insert(action_outcomes).values(_values(_joined(connection, report))))
                return report.outcome_id

            outcome_id: str = answer_once(
                connection,
                tenant=caller.tenant,
                method=METHOD,
                request_id=told.request_id,
                body=told.body(),
                now=report.record_time,
                act=act,
                likely=report.outcome_id,
            )
        return outcome_id

    @again
    def recorded(self, caller: Caller, told: ToldOutcome) -> str | None:
        """Return the id of a request that came before; see :meth:`core.actions.recording.OutcomeStore.recorded`."""
        with self._database.read(caller.tenant) as connection:
            found: str | None = first_answer(
                connection, tenant=caller.tenant, method=METHOD, request_id=told.request_id, body=told.body()
            )
        return found

    @again
    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Remove what was recorded before a moment, but for rejections, which hold for good; return how many.

        Raises:
            DependencyDown: If the database does not work.
        """
        old = delete(action_outcomes).where(
            _columns.tenant == tenant,
            _columns.record_time < before,
            _columns.outcome != ActionOutcome.REJECTED.value,
        )
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount


def check_lead(connection: Connection, caller: Caller, lead_id: LeadId) -> None:
    """Do nothing if the caller may know of a lead: it is stored, and a seller's own, or has events.

    Raises:
        NotFound: If not; the same error for a foreign lead as for none.
    """
    own = leads.c.owner_id == caller.owner_id if caller.owner_id else leads.c.lead_id == lead_id
    stored = exists().where(leads.c.tenant == caller.tenant, leads.c.lead_id == lead_id, own)
    known: Any = stored
    if not caller.owner_id:
        # A seller has no leads that are not stored: whose would their events be?
        known = or_(stored, exists().where(lead_events.c.tenant == caller.tenant, lead_events.c.lead_id == lead_id))
    if not connection.scalar(select(known)):
        raise NotFound("lead", lead_id)


def _joined(connection: Connection, report: OutcomeReport) -> OutcomeReport:
    if report.decision_id or report.outcome not in TAKEN:
        return report
    first = connection.scalar(_first_report(report))
    return report if first is None else replace(report, decision_id=f"{LINK}{first}", context=None)


def _first_report(report: OutcomeReport) -> Any:
    """Select the report that began the contact which a report without an answer is about."""
    mine = (
        _columns.tenant == report.tenant,
        _columns.lead_id == report.lead_id,
        _columns.action_id == report.action_id,
        _columns.decision_id == "",
    )
    moment = report.outcome_time
    same = (_columns.outcome_time == moment, _columns.outcome.in_([one.value for one in TAKEN]))
    query = select(_columns.outcome_id).where(*mine)
    if report.outcome in ENDED:
        begun = (_columns.outcome_time.between(moment - OUTCOME_WINDOW, moment),)
        accepted = _columns.outcome == ActionOutcome.ACCEPTED.value
        query = query.where(or_(and_(*same), and_(*begun, accepted)))
    else:
        query = query.where(*same)
    return query.order_by(_columns.outcome_time.desc(), _columns.outcome_id).limit(1)


def _values(report: OutcomeReport) -> dict[str, Any]:
    return {
        "tenant": report.tenant,
        "outcome_id": report.outcome_id,
        "lead_id": report.lead_id,
        "agent_id": report.agent_id,
        "action_id": report.action_id,
        "action_group": report.group,
        "channel": report.channel,
        "outcome": report.outcome.value,
        "outcome_time": report.outcome_time,
        "record_time": report.record_time,
        "decision_id": report.decision_id,
        "propensity": report.propensity,
        "value": report.value,
        "context": "" if report.context is None else facts_to_json(report.context),
    }
