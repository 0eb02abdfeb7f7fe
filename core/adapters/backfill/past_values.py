"""Features as they must have been when they were served, by the interpreter that does not serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import BackfillLimits, DuckDbBackfill
from core.behavior.served_vectors import ServedVector
from core.event import Event
from core.features.streams.columns import EventColumns
from core.features.streams.declaration import StreamPlan, Value


class DuckDbPastValues:
    """Implements :class:`core.behavior.feature_check.PastValues`.

    Args:
        plan: Of leads.
        limits: What it may use.
    """

    def __init__(self, plan: StreamPlan, limits: BackfillLimits | None = None) -> None:
        self._backfill = DuckDbBackfill(plan, limits)

    def of(self, events: Sequence[Event], vectors: Sequence[ServedVector]) -> Sequence[Mapping[str, Value]]:
        """Return the features as of each vector's moment and newest event, in order."""
        rows = [
            AsOf(lead_id=vector.lead_id, moment_us=vector.moment_us, up_to_sequence=vector.up_to_sequence)
            for vector in vectors
        ]
        return self._backfill.values(EventColumns.of(events), rows)
