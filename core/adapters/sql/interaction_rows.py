"""From features of a lead and an item to a row, each in its column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer

from core.adapters.sql.columns import UtcTime
from core.adapters.sql.tables import interaction_features
from core.features.streams.declaration import Value
from core.identifiers import TenantId
from core.interactions.store import PairRow, StoredPair

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row_of(tenant: TenantId, row: PairRow) -> dict[str, Any]:
    """Return the columns of a pair. A feature without a column of its name has none; its state holds it."""
    return {
        "tenant": tenant,
        **row.pair._asdict(),
        **{name: _cell(name, value) for name, value in row.values.items() if name in interaction_features.c},
        "last_computed_at": _moment(row.stored.moment_us),
        "sequence": row.stored.sequence,
        "plan_hash": row.stored.plan_hash,
        "state": row.stored.state,
    }


def stored_of(row: Any) -> StoredPair:
    """Return the sums of a row that was read."""
    return StoredPair(
        sequence=row.sequence,
        plan_hash=row.plan_hash,
        moment_us=(row.last_computed_at - _EPOCH) // timedelta(microseconds=1),
        state=row.state,
    )


def _cell(name: str, value: Value) -> Any:
    kind = interaction_features.c[name].type
    if value is None or isinstance(value, str):
        return value
    if isinstance(kind, UtcTime):
        return _moment(int(value))
    # Above 256 of them, different sessions are estimated.
    return round(value) if isinstance(kind, Integer) else value


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
