"""Reads what rankers are learned from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.actions.context import facts_from_json
from core.actions.decision_log import DecisionRow
from core.actions.outcome import LATE, LINK, ActionOutcome, OutcomeReport
from core.actions.trials import Trial, trials_of_decisions, trials_of_reports
from core.adapters.sql.action_decision_store import decision_of
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.many_ids import among, in_parts
from core.adapters.sql.tables import action_decisions, action_outcomes
from core.identifiers import LeadId, TenantId

MOST_TRIALS = 200_000
"""The newest."""
_columns = action_outcomes.c


class SqlActionTrials:
    """Reads trials.

    Args:
        database: Where from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def trials(self, tenant: TenantId, *, since: datetime, now: datetime, window: timedelta) -> list[Trial]:
        """Return the trials since a moment, oldest first, at most the newest 200,000.

        Args:
            tenant: Whose.
            since: Only what was reported then or later.
            now: The present moment.
            window: Within which a conversion is an action's.

        Raises:
            DependencyDown: If the database does not work.
        """
        reports = self._reports(tenant, since)
        by_decision: dict[str, list[OutcomeReport]] = defaultdict(list)
        alone: list[OutcomeReport] = []
        for report in reports:
            if report.decision_id and not report.decision_id.startswith(LINK):
                by_decision[report.decision_id].append(report)
            elif report.decision_id != LATE:
                alone.append(report)
        found = [
            *trials_of_decisions(self.decisions(tenant, sorted(by_decision)), by_decision, now, window),
            *trials_of_reports(alone, now, window),
        ]
        return sorted(found, key=lambda trial: (trial.time, trial.lead_id, trial.action_id))[-MOST_TRIALS:]

    def decisions(self, tenant: TenantId, decision_ids: Sequence[str]) -> Iterator[DecisionRow]:
        """Yield answers by their ids; those that were not logged are left out.

        Raises:
            DependencyDown: If the database does not work.
        """
        for part in in_parts(decision_ids):
            yield from map(decision_of, self._decision_rows(tenant, part))

    @again
    def _decision_rows(self, tenant: TenantId, part: Sequence[str]) -> Sequence[Any]:
        mine = (action_decisions.c.tenant == tenant, among(action_decisions.c.decision_id, part))
        with self._database.read(tenant) as connection:
            return connection.execute(select(action_decisions).where(*mine)).all()

    @again
    def _reports(self, tenant: TenantId, since: datetime) -> list[OutcomeReport]:
        query = (
            select(action_outcomes)
            .where(_columns.tenant == tenant, _columns.record_time >= since)
            .order_by(_columns.record_time.desc(), _columns.outcome_id.desc())
            .limit(2 * MOST_TRIALS)
        )
        with self._database.read(tenant) as connection:
            return [_report(row) for row in connection.execute(query)][::-1]


def _report(row: Any) -> OutcomeReport:
    return OutcomeReport(
        tenant=TenantId(row.tenant),
        outcome_id=row.outcome_id,
        lead_id=LeadId(row.lead_id),
        action_id=row.action_id,
        group=row.action_group,
        channel=row.channel,
        outcome=ActionOutcome(row.outcome),
        outcome_time=row.outcome_time,
        record_time=row.record_time,
        agent_id=row.agent_id,
        decision_id=row.decision_id,
        propensity=row.propensity,
        value=row.value,
        context=facts_from_json(row.context) if row.context else None,
    )
