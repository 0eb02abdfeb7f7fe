"""Served answers in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from core.adapters.sql.database import Database
from core.adapters.sql.tables import predictions as table
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.ports import Prediction

_FIELDS = tuple(field.name for field in fields(Prediction))
_ROWS_AT_ONCE = 100
"""Rows of one SQLite statement; 9 values each stay far below its limit of 32,766."""


class SqlPredictionStore:
    """Keeps served answers. Implements :class:`core.ports.PredictionStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, predictions: Sequence[Prediction]) -> None:
        """Write a batch in one transaction. One that is there already is left as it is: a batch may be sent again.

        Raises:
            DependencyDown: If the database does not work.
        """
        if not predictions:
            return
        with self._database.write(_tenant_of(predictions)) as connection:
            if connection.dialect.name == "sqlite":
                _insert_together(connection, predictions)
            else:
                rows = [{name: getattr(prediction, name) for name in _FIELDS} for prediction in predictions]
                connection.execute(insert_for(connection, table).on_conflict_do_nothing(), rows)


def _tenant_of(predictions: Sequence[Prediction]) -> str:
    # One commit for the batch of a busy moment, whoever asked in it.
    tenants = {prediction.tenant for prediction in predictions}
    return tenants.pop() if len(tenants) == 1 else ALL_TENANTS


def _insert_together(connection: Connection, predictions: Sequence[Prediction]) -> None:
    """Insert many rows with each statement.

    The driver of SQLite lets go of the interpreter's lock for every row of an ``executemany``, and each time takes its
    turn behind all threads that answer calls.
    """
    columns = [(name, _to_driver(connection, name)) for name in _FIELDS]
    group = f"({', '.join('?' * len(_FIELDS))})"
    for start in range(0, len(predictions), _ROWS_AT_ONCE):
        rows = predictions[start : start + _ROWS_AT_ONCE]
        values = [[convert(getattr(row, name)) for name, convert in columns] for row in rows]
        places = ", ".join([group] * len(rows))
        statement = f"INSERT INTO {table.name} ({', '.join(_FIELDS)}) VALUES {places} ON CONFLICT DO NOTHING"  # noqa: S608  names of our own
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(values)))


def _to_driver(connection: Connection, name: str) -> Callable[[Any], Any]:
    convert = table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return convert or (lambda value: value)
