"""What all tasks have in common: how often they are tried, and what ends one that kills its process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import redis
from celery import Task
from celery.exceptions import Reject

from core.errors import InvalidInput, NotFound
from workers.log import log

MOST_DELIVERIES = 3
"""How often a message may come back because the process that had it was gone."""
_COUNT_KEPT = timedelta(days=1)


class DeliveredTooOften(Exception):
    """A message whose process is gone every time: the task itself may be what ends it."""


class LeadlineTask(Task):
    """Tried again a few times, later and later; then it becomes a dead letter."""

    abstract = True
    is_kept_when_dead = True
    # A retry is sent on as it came: a message of another release would else be lost at its first failure.
    typing = False
    autoretry_for: tuple[type[Exception], ...] = (Exception,)
    # These would fail in the same way again.
    dont_autoretry_for = (InvalidInput, NotFound)
    retry_backoff_max = 600
    retry_jitter = True

    @classmethod
    def on_bound(cls, app: Any) -> None:
        """Take over how often to try from the settings."""
        if cls.autoretry_for:
            cls.max_retries = app.leadline_settings.task_retries
            cls.retry_backoff = int(app.leadline_settings.task_retry_wait.total_seconds())

    def before_start(self, task_id: str, _arguments: Any, _kwargs: Mapping[str, Any]) -> None:
        """Refuse a task that was delivered too often. Costs nothing at the first delivery."""
        if not (self.request.delivery_info or {}).get("redelivered"):
            return
        deliveries = 1 + _count(self.app.leadline_settings.broker_url, task_id)
        log.warning("task came back", task=self.name, task_id=task_id, attempt=deliveries)
        if deliveries > MOST_DELIVERIES:
            # The worker is told, and sends it to the dead letters.
            raise Reject(DeliveredTooOften(), requeue=False)


class Tick(LeadlineTask):
    """Not tried again and not kept: the next one comes soon."""

    abstract = True
    is_kept_when_dead = False
    autoretry_for = ()
    max_retries = 0


class Letter(LeadlineTask):
    """Tried again like others, but no letter is written about a letter."""

    abstract = True
    is_kept_when_dead = False


def _count(broker_url: str, task_id: str) -> int:
    """Return how often this was called with an id, this time included."""
    key = f"leadline:redelivered:{task_id}"
    client = redis.Redis.from_url(broker_url, socket_timeout=2.0, socket_connect_timeout=2.0)
    with client, client.pipeline() as pipe:
        pipe.incr(key)
        pipe.expire(key, _COUNT_KEPT)
        return int(pipe.execute()[0])
