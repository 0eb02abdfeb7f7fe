"""Offers to train. The durable queue of runs is the database: an offer that is lost is made again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.identifiers import TenantId
from workers.schedule import OFFER_LASTS, TRAINING, task_name


def offer_runs(app: Any, waiting: Sequence[tuple[TenantId, str]]) -> int:
    """Send an offer for each run that waits, unless there are offers that nobody has taken yet.

    Args:
        app: The Celery app.
        waiting: (tenant, run_id), oldest first.

    Returns:
        How many offers were sent.
    """
    if not waiting or _untaken(app):
        return 0
    for tenant, run_id in waiting:
        app.send_task(
            task_name("train"), kwargs={"tenant": tenant, "run_id": run_id}, expires=OFFER_LASTS.total_seconds()
        )
    return len(waiting)


def _untaken(app: Any) -> int:
    with app.connection_for_write() as connection:
        try:
            return int(connection.default_channel.queue_declare(TRAINING, passive=True).message_count)
        except connection.channel_errors:  # in Redis, a queue that holds nothing is not there
            return 0
