"""State and log of the online learner in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.engine import Row

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.locks import lock_name
from core.adapters.sql.tables.learning import online_states, online_updates
from core.adapters.sql.upsert import insert_for
from core.identifiers import LeadId, TenantId
from core.scoring.online.online_store import StoredState
from core.scoring.online.platt import Weights
from core.scoring.online.state import OnlineState, state_from_json, state_to_json
from core.scoring.online.update import LoggedUpdate, update_from_json, update_to_json

_Value = TypeVar("_Value", str, LeadId, int)
_states, _updates = online_states.c, online_updates.c
KEYS_AT_ONCE = 500
"""Values of one IN."""


class SqlOnlineStore:
    """Keeps the learner. Implements :class:`core.scoring.online.online_store.OnlineStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def newest(self, tenant: TenantId, kind: str) -> StoredState | None:
        """Return the newest state, None before the first update."""
        with self._database.read(tenant) as connection:
            return _newest(connection, tenant, kind)

    def append(self, tenant: TenantId, kind: str, updates: Sequence[LoggedUpdate], state: OnlineState) -> bool:
        """Write updates and the state after them, if the log ends right before them and holds none of their labels."""
        with self._database.write(tenant) as connection:
            lock_name(connection, "online", tenant, kind)
            stored = _newest(connection, tenant, kind)
            end = 0 if stored is None else stored.state.sequence
            keys = [logged.update.label_key for logged in updates]
            if updates[0].sequence != end + 1 or _learned(connection, tenant, kind, keys):
                return False
            connection.execute(insert(online_updates), [_row(tenant, kind, logged) for logged in updates])
            row = {"sequence": state.sequence, "body": state_to_json(state), "update_time": updates[-1].update_time}
            statement = insert_for(connection, online_states).values(tenant=tenant, kind=kind, **row)
            connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "kind"], set_=row))
            return True

    @again
    def learned(self, tenant: TenantId, kind: str, label_keys: Collection[str]) -> set[str]:
        """Return those of the labels that were learned, for whichever version."""
        with self._database.read(tenant) as connection:
            return _learned(connection, tenant, kind, label_keys)

    @again
    def outcomes(self, tenant: TenantId, kind: str, lead_ids: Collection[LeadId], after: int) -> Mapping[LeadId, int]:
        """Return the outcome learned last of each lead, from updates with a sequence above ``after``."""
        query = _log_of(tenant, kind, after)
        found: dict[LeadId, int] = {}
        with self._database.read(tenant) as connection:
            for some in _parts(lead_ids):
                for row in connection.execute(query.where(_updates.lead_id.in_(some))):
                    logged = _logged(row)
                    found[logged.update.lead_id] = logged.update.outcome
        return found

    @again
    def weights_since(
        self, tenant: TenantId, kind: str, after: int, moment: datetime
    ) -> Sequence[tuple[datetime, Weights]]:
        """Return when weights changed, and to what, oldest first: from the last change at or before ``moment`` on."""
        mine = [_updates.tenant == tenant, _updates.kind == kind, _updates.sequence > after]
        start = select(func.max(_updates.update_time)).where(*mine, _updates.update_time <= moment)
        found: list[LoggedUpdate] = []
        # Three plain questions: as one, a database without fresh statistics goes through the log once for each row.
        with self._database.snapshot(tenant) as connection:
            since = connection.scalar(start) or moment
            # All updates of one transaction have one time; its last one holds what was known from then on.
            last = select(func.max(_updates.sequence)).where(*mine, _updates.update_time >= since)
            sequences = connection.scalars(last.group_by(_updates.update_time)).all()
            for some in _parts(sequences):
                query = select(online_updates).where(*mine, _updates.sequence.in_(some))
                found.extend(map(_logged, connection.execute(query)))
        return sorted(((one.update_time, one.weights) for one in found), key=lambda entry: entry[0])

    @again
    def log(self, tenant: TenantId, kind: str, *, limit: int, after: int) -> Sequence[LoggedUpdate]:
        """Return up to ``limit`` updates in order, from the one after sequence ``after`` on."""
        with self._database.read(tenant) as connection:
            return [_logged(row) for row in connection.execute(_log_of(tenant, kind, after).limit(limit))]


def _newest(connection: Connection, tenant: TenantId, kind: str) -> StoredState | None:
    query = select(online_states).where(_states.tenant == tenant, _states.kind == kind)
    row = connection.execute(query).one_or_none()
    return None if row is None else StoredState(state=state_from_json(row.body), update_time=row.update_time)


def _learned(connection: Connection, tenant: TenantId, kind: str, label_keys: Collection[str]) -> set[str]:
    query = select(_updates.label_key).where(_updates.tenant == tenant, _updates.kind == kind)
    found: set[str] = set()
    for some in _parts(label_keys):
        found.update(connection.scalars(query.where(_updates.label_key.in_(some))))
    return found


def _log_of(tenant: TenantId, kind: str, after: int) -> Select[Any]:
    mine = [_updates.tenant == tenant, _updates.kind == kind, _updates.sequence > after]
    return select(online_updates).where(*mine).order_by(_updates.sequence)


def _row(tenant: TenantId, kind: str, logged: LoggedUpdate) -> dict[str, object]:
    update = logged.update
    return {
        "tenant": tenant,
        "kind": kind,
        "sequence": logged.sequence,
        "lead_id": update.lead_id,
        "label_key": update.label_key,
        "body": update_to_json(update, logged.weights),
        "update_time": logged.update_time,
    }


def _logged(row: Row[Any]) -> LoggedUpdate:
    update, weights = update_from_json(row.body, LeadId(row.lead_id), row.label_key)
    return LoggedUpdate(sequence=row.sequence, update=update, weights=weights, update_time=row.update_time)


def _parts(values: Collection[_Value]) -> Iterator[Sequence[_Value]]:
    listed = list(values)
    for start in range(0, len(listed), KEYS_AT_ONCE):
        yield listed[start : start + KEYS_AT_ONCE]
