"""What was recommended to do, in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from core.actions.context import facts_from_json, facts_to_json
from core.actions.decision_log import DecisionRow, LoggedAction
from core.adapters.sql.database import Database
from core.adapters.sql.erasure_guard import hold_erasures
from core.adapters.sql.failures import again
from core.adapters.sql.many_ids import among
from core.adapters.sql.tables import action_decisions as table
from core.adapters.sql.tables import lead_events, leads
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.identifiers import LeadId, TenantId

_ROWS_AT_ONCE = 100
"""Rows of one statement: eleven values each stay far below SQLite's limit of 32,766."""


class SqlActionDecisions:
    """Keeps answers. Implements :class:`core.actions.decision_log.DecisionLog`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, rows: Sequence[DecisionRow]) -> None:
        """Write a batch in one transaction. One that is there already is left as it is: a batch may be sent again.

        What was recommended for a lead that was erased since is not kept.

        Raises:
            DependencyDown: If the database does not work.
        """
        if not rows:
            return
        tenants = sorted({row.tenant for row in rows})
        with self._database.write(tenants[0] if len(tenants) == 1 else ALL_TENANTS) as connection:
            # In one order, so that two batches never wait for each other crosswise.
            for tenant in tenants:
                _write(connection, tenant, [row for row in rows if row.tenant == tenant])

    @again
    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Remove what was recommended before a moment and return how many answers.

        Raises:
            DependencyDown: If the database does not work.
        """
        old = delete(table).where(table.c.tenant == tenant, table.c.decide_time < before)
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount


def _write(connection: Connection, tenant: TenantId, rows: Sequence[DecisionRow]) -> None:
    # From here on no lead is erased until this is committed: erasing either was before, and is seen, or comes after.
    hold_erasures(connection, tenant, 0)
    there = _present(connection, tenant, {row.lead_id for row in rows})
    kept = [row for row in rows if row.lead_id in there]
    for start in range(0, len(kept), _ROWS_AT_ONCE):
        values = [_values(row) for row in kept[start : start + _ROWS_AT_ONCE]]
        connection.execute(insert_for(connection, table).values(values).on_conflict_do_nothing())


def _present(connection: Connection, tenant: TenantId, lead_ids: Iterable[str]) -> set[str]:
    wanted = sorted(lead_ids)
    stored = select(leads.c.lead_id).where(leads.c.tenant == tenant, among(leads.c.lead_id, wanted))
    found = set(connection.scalars(stored))
    missing = [lead_id for lead_id in wanted if lead_id not in found]
    if missing:
        seen = select(lead_events.c.lead_id).where(
            lead_events.c.tenant == tenant, among(lead_events.c.lead_id, missing)
        )
        found.update(connection.scalars(seen.distinct()))
    return found


def _values(row: DecisionRow) -> dict[str, Any]:
    body = {
        "exploration": row.exploration,
        "candidates": [list(one) for one in row.candidates],
        "shown": list(row.shown),
        "facts": json.loads(facts_to_json(row.facts)),
    }
    return {
        "tenant": row.tenant,
        "decision_id": row.decision_id,
        "lead_id": row.lead_id,
        "agent_id": row.agent_id,
        "catalog_version": row.catalog_version,
        "version": row.version,
        "basis": row.basis,
        "decide_time": row.decide_time,
        "experiment": row.experiment,
        "variant": row.variant,
        "body": json.dumps(body, separators=(",", ":"), allow_nan=False),
    }


def decision_of(row: Any) -> DecisionRow:
    """Return the answer a row keeps."""
    body = json.loads(row.body)
    return DecisionRow(
        tenant=TenantId(row.tenant),
        decision_id=row.decision_id,
        lead_id=LeadId(row.lead_id),
        agent_id=row.agent_id,
        catalog_version=row.catalog_version,
        version=row.version,
        basis=row.basis,
        decide_time=row.decide_time,
        experiment=row.experiment,
        variant=row.variant,
        exploration=body["exploration"],
        candidates=[LoggedAction(*one) for one in body["candidates"]],
        shown=body["shown"],
        facts=facts_from_json(json.dumps(body["facts"])),
    )
