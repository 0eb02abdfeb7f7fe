"""Events and rows as Arrow tables, which DuckDB reads where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_type_hints

import pyarrow as pa

from core.adapters.backfill.as_of import AsOf
from core.event import Event
from core.features.streams.columns import EventColumns

_TYPES = {str: pa.string(), int: pa.int64(), int | None: pa.int64(), bool | None: pa.bool_()}
_EVENT = pa.schema([(name, _TYPES[kind]) for name, kind in get_type_hints(Event).items()])
_ROW = pa.schema(
    [
        ("number", pa.int64()),
        ("lead_id", pa.string()),
        ("item_id", pa.string()),
        ("moment_us", pa.int64()),
        ("up_to_sequence", pa.int64()),
    ]
)


def event_table(events: EventColumns) -> pa.Table:
    """Return the events with a column for each field; whole numbers are of 64 bits."""
    return pa.table([pa.array(events[field.name], field.type) for field in _EVENT], schema=_EVENT)


def row_table(rows: Sequence[AsOf]) -> pa.Table:
    """Return the rows with their numbers, from 0."""
    columns = (
        range(len(rows)),
        [row.lead_id for row in rows],
        [row.item_id for row in rows],
        [row.moment_us for row in rows],
        [row.up_to_sequence for row in rows],
    )
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, _ROW, strict=True)], schema=_ROW)
