"""Adds many events in one statement, as quickly as each database can.

PostgreSQL takes one array for each column. The arrays are written here as text, column by column: a driver that turns
every value of a batch into a parameter of its own takes several times as long as the database itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, LargeBinary

from core.adapters.sql.tables import catalog_items, lead_events
from core.event import Event

_NUL = "\x00"
_TYPES = {BigInteger: "bigint", Boolean: "boolean"}
ItemFacts = tuple[str, str, int | None]
"""Type, location and price of an item."""


def add_events(connection: Connection, tenant: str, events: Sequence[Event], digests: Sequence[bytes]) -> int:
    """Add those whose ids are new, the first of each, and return how many they were.

    Args:
        connection: In a writing transaction.
        tenant: Whose they are.
        events: As they are to be kept; at least one. Text without NUL.
        digests: Of each as it was sent.
    """
    if connection.dialect.name == "postgresql":
        given: dict[str, Any] = {"tenant": tenant, "body_digest": _digests(digests)}
        for name, is_text, values in zip(Event._fields, _IS_TEXT, zip(*events, strict=True), strict=True):
            given[name] = _texts(values) if is_text else _numbers(values)
        return connection.exec_driver_sql(_POSTGRESQL, given).rowcount
    rows = [(tenant, *event, digest) for event, digest in zip(events, digests, strict=True)]
    return connection.exec_driver_sql(_SQLITE, rows).rowcount


def read_item_facts(connection: Connection, tenant: str, item_ids: Sequence[str]) -> dict[str, ItemFacts]:
    """Return what the catalogue says of items, deleted ones too; what it does not know is missing."""
    if not item_ids:
        return {}
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(_FACTS_POSTGRESQL, {"tenant": tenant, "ids": _texts(item_ids)})
    else:
        rows = connection.exec_driver_sql(_FACTS_SQLITE, {"tenant": tenant, "ids": _json_texts(item_ids)})
    return {item_id: (item_type, location, price_e4) for item_id, item_type, location, price_e4 in rows}


def _texts(values: Sequence[str]) -> str:
    """Return the text of an array of texts. No value holds NUL, which PostgreSQL does not know: it parts them."""
    joined = _NUL.join(values).replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace(_NUL, '","') + '"}'


def _numbers(values: Sequence[Any]) -> str:
    """Return the text of an array of numbers or truth values, None among them."""
    return "{" + ",".join(map(str, values)).replace("None", "NULL") + "}"


def _digests(digests: Sequence[bytes]) -> str:
    return "{" + ",".join(map(bytes.hex, digests)) + "}"


def _json_texts(ids: Sequence[str]) -> str:
    # Identifiers need no escapes.
    return '["' + '","'.join(ids) + '"]'


def _is_text(column: Column[Any]) -> bool:
    return not isinstance(column.type, BigInteger | Boolean | LargeBinary)


def _array_type(column: Column[Any]) -> str:
    return next((name for known, name in _TYPES.items() if isinstance(column.type, known)), "text")


_IS_TEXT = tuple(_is_text(lead_events.c[name]) for name in Event._fields)
_COLUMNS = ("tenant", *Event._fields, "body_digest")
_NAMES = ", ".join(_COLUMNS)
_ARRAYS = ", ".join(f"%({name})s::{_array_type(lead_events.c[name])}[]" for name in (*Event._fields, "body_digest"))
_FACTS_POSTGRESQL = f"""
SELECT found.item_id, found.item_type, found.location_name, found.price_e4
FROM unnest(%(ids)s::text[]) AS asked (item_id) CROSS JOIN LATERAL (
  SELECT item_id, item_type, location_name, price_e4
  FROM {catalog_items.name}
  WHERE tenant = %(tenant)s::text AND item_id = asked.item_id
  LIMIT 1
) AS found
"""  # noqa: S608  our own names. One look into the index for each: a long list of ids would be a scan of the whole.
_FACTS_SQLITE = (
    f"SELECT item_id, item_type, location_name, price_e4 FROM {catalog_items.name} "  # noqa: S608  our own names
    "WHERE tenant = :tenant AND item_id IN (SELECT value FROM json_each(:ids))"
)
_SQLITE = (
    f"INSERT INTO {lead_events.name} ({_NAMES}) "  # noqa: S608  our own names
    f"VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT DO NOTHING"
)
_POSTGRESQL = f"""
INSERT INTO {lead_events.name} ({_NAMES})
SELECT %(tenant)s::text, {", ".join(Event._fields)}, decode(body_digest, 'hex')
FROM unnest({_ARRAYS}) AS sent ({", ".join((*Event._fields, "body_digest"))})
ON CONFLICT (tenant, event_id) DO NOTHING
"""  # noqa: S608  names of our own tables and columns
