"""Adds to labelled leads what each had done when it was scored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import DuckDbBackfill
from core.behavior.recording import microseconds_of
from core.event import Event
from core.features.behavior import BehaviorValues, has_events
from core.features.streams.columns import EventColumns
from core.features.streams.declaration import StreamPlan, ValueType
from training.table import LeadTable


def with_behavior(table: LeadTable, events: Iterable[Event], plan: StreamPlan) -> LeadTable:
    """Return the table with the features of what each lead did up to its moment.

    An event counts for a row if it was recorded before the row's moment: what the server knew when it scored. Rows
    without a moment know nothing. Where no row has an event before its moment the table stays as it is.

    Args:
        table: Labelled leads.
        events: Of these leads, in any order; others are passed over.
        plan: What to compute.
    """
    ids = {lead.lead_id for lead in table.leads}
    columns = EventColumns.of(event for event in events if event.lead_id in ids)
    if not len(columns):
        return table
    behavior = _values(table, columns, plan)
    active = sum(map(has_events, behavior))
    if not active:
        return table
    return replace(
        table,
        behavior=behavior,
        fingerprint=_fingerprint(table.fingerprint, plan, behavior),
        facts={
            **table.facts,
            "behavior_plan": plan.hash,
            "behavior_event_count": len(columns),
            "behavior_lead_count": active,
        },
    )


def _values(table: LeadTable, events: EventColumns, plan: StreamPlan) -> tuple[BehaviorValues | None, ...]:
    rows = [
        AsOf(lead_id=lead.lead_id, moment_us=microseconds_of(moment))
        for lead, moment in zip(table.leads, table.moments, strict=True)
        if moment is not None
    ]
    learned = [feature.name for feature in plan.features if feature.value_type is not ValueType.TIME]
    found = iter(DuckDbBackfill(plan).values(events, rows))
    return tuple(
        None if moment is None else {name: values[name] for values in (next(found),) for name in learned}
        for moment in table.moments
    )


def _fingerprint(rows: str, plan: StreamPlan, behavior: Sequence[BehaviorValues | None]) -> str:
    digest = hashlib.sha256(f"{rows}:{plan.hash}".encode())
    for values in behavior:
        digest.update(json.dumps(values, separators=(",", ":")).encode())
    return digest.hexdigest()
