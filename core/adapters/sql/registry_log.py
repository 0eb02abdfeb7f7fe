"""The append-only history of a kind: writing it, and reading the past from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from core.adapters.sql.tables import model_events as events
from core.caller import Caller
from core.identifiers import TenantId, VersionName
from core.version import ModelEventType

SERVING_EVENTS = (ModelEventType.ACTIVATED.value, ModelEventType.ROLLED_BACK.value)
"""After these the version of the event serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What all events of one write have in common. The write holds the lock of the kind."""

    connection: Connection
    caller: Caller
    kind: str
    reason: str
    moment: datetime

    def log(self, event_type: ModelEventType, version: VersionName, evidence: Mapping[str, str]) -> None:
        """Add one event."""
        row = {
            "tenant": self.caller.tenant,
            "kind": self.kind,
            "version": version,
            "type": event_type.value,
            "actor": self.caller.actor,
            "reason": self.reason,
            "evidence": json.dumps(evidence, sort_keys=True),
            "event_time": self.moment,
        }
        self.connection.execute(insert(events).values(row))


def next_event_time(connection: Connection, tenant: TenantId, kind: str, now: datetime) -> datetime:
    """Return ``now``, or the time of the newest event if the clock says it is later: history never goes back."""
    newest = select(events.c.event_time).where(events.c.tenant == tenant, events.c.kind == kind)
    last = connection.scalar(newest.order_by(events.c.id.desc()).limit(1))
    return now if last is None else max(now, last)


def serving_at(connection: Connection, tenant: TenantId, kind: str, moment: datetime) -> VersionName | None:
    """Return the version that served at ``moment``, or None."""
    serving = (
        select(events.c.version)
        .where(events.c.tenant == tenant, events.c.kind == kind)
        .where(events.c.type.in_(SERVING_EVENTS), events.c.event_time <= moment)
        .order_by(events.c.id.desc())
        .limit(1)
    )
    version = connection.scalar(serving)
    return None if version is None else VersionName(version)
