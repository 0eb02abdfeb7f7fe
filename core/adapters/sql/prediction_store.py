"""Served answers in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from core.adapters.sql.database import Database
from core.adapters.sql.tables import predictions as table
from core.adapters.sql.upsert import insert_for
from core.ports import Prediction

_FIELDS = tuple(field.name for field in fields(Prediction))


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
        rows = [{name: getattr(prediction, name) for name in _FIELDS} for prediction in predictions]
        with self._database.write() as connection:
            connection.execute(insert_for(connection, table).on_conflict_do_nothing(), rows)
