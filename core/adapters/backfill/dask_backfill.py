"""The past of a plan over several machines: each computes some of the leads with the very same statements."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from distributed import Client

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import BackfillLimits, DuckDbBackfill
from core.features.streams.admissible import check_plan
from core.features.streams.columns import EventColumns
from core.features.streams.declaration import Reading, StreamPlan, Value

PARTITIONS_PER_WORKER = 4
"""More parts than workers, so that one with little to do takes over from one with much."""
EVENTS_PER_PARTITION = 20_000
"""About; what is sent in one piece stays below the ten megabytes of which Dask warns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Some of the leads: all their events, and the rows that ask for them.

    Attributes:
        numbers: The rows' places among all rows.
    """

    events: EventColumns
    rows: Sequence[AsOf]
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionAnswer:
    """What a worker found for one partition.

    Attributes:
        numbers: As in the partition.
        readings: One for each row of the partition.
        process_id: Of the worker.
    """

    numbers: Sequence[int]
    readings: Sequence[Reading]
    process_id: int


class DaskBackfill:
    """Computes a plan's features as of any moments on the workers of a Dask cluster.

    Workers add up and send back readings; features are computed from them here, so that no worker needs, or is sent,
    the functions of a plan.

    Args:
        plan: What to compute.
        client: Connected to the cluster; the caller closes it.
        limits: What each partition may use on its worker.

    Raises:
        InvalidInput: If the plan has an aggregate that cannot be kept live either.
    """

    def __init__(self, plan: StreamPlan, client: Client, limits: BackfillLimits | None = None) -> None:
        check_plan(plan)
        self._plan = plan
        self._client = client
        self._limits = limits

    def answers(self, events: EventColumns, rows: Sequence[AsOf]) -> list[PartitionAnswer]:
        """Return what each partition's worker found; arguments as of :meth:`DuckDbBackfill.readings`.

        A partition whose worker is lost is computed by another one.
        """
        workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        count = max(PARTITIONS_PER_WORKER * workers, len(events) // EVENTS_PER_PARTITION, 1)
        added_up = replace(self._plan, features=())
        futures = [
            self._client.submit(_answer, added_up, self._limits, partition, pure=False)
            for partition in partitions(events, rows, count)
        ]
        found: list[PartitionAnswer] = self._client.gather(futures)  # type: ignore[no-untyped-call]
        return found

    def readings(self, events: EventColumns, rows: Sequence[AsOf]) -> list[Reading]:
        """Return a reading for each row, in their order; arguments as of :meth:`DuckDbBackfill.readings`."""
        found = {
            number: reading
            for answer in self.answers(events, rows)
            for number, reading in zip(answer.numbers, answer.readings, strict=True)
        }
        return [found[number] for number in range(len(rows))]

    def values(self, events: EventColumns, rows: Sequence[AsOf]) -> list[dict[str, Value]]:
        """Return the features for each row, in their order; arguments as of :meth:`DuckDbBackfill.readings`."""
        return [self._plan.values(reading) for reading in self.readings(events, rows)]


def partitions(events: EventColumns, rows: Sequence[AsOf], count: int) -> list[Partition]:
    """Divide leads by a hash of their ids; the same lead is in the same one of ``count`` parts on every machine.

    Returns:
        The parts that have rows.
    """
    asked, told = defaultdict(list), defaultdict(list)
    for number, row in enumerate(rows):
        asked[crc32(row.lead_id.encode()) % count].append(number)
    for place, lead_id in enumerate(events["lead_id"]):
        told[crc32(lead_id.encode()) % count].append(place)
    return [
        Partition(events=events.take(told[part]), rows=[rows[number] for number in numbers], numbers=numbers)
        for part, numbers in sorted(asked.items())
    ]


def _answer(plan: StreamPlan, limits: BackfillLimits | None, partition: Partition) -> PartitionAnswer:
    """Answer one partition, on a worker."""
    readings = DuckDbBackfill(plan, limits).readings(partition.events, partition.rows)
    return PartitionAnswer(numbers=partition.numbers, readings=readings, process_id=os.getpid())
