"""A Redis client that never makes anybody wait."""

from __future__ import annotations

from datetime import timedelta

import redis
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from core.errors import InvalidInput

PATIENCE = timedelta(milliseconds=50)
"""Longest wait for a connection, and for an answer."""
CONNECTIONS = 16
"""Of one process. Whoever would need one more does without the cache."""


def redis_client(url: str, patience: timedelta = PATIENCE) -> redis.Redis:
    """Return a client; nothing connects yet.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``.
        patience: Longest wait for a connection, and for an answer.

    Raises:
        InvalidInput: If the URL is of another form.
    """
    seconds = patience.total_seconds()
    try:
        # No retries and no checks before use: both would add to the wait. RESP2 needs no greeting.
        return redis.Redis.from_url(
            url,
            protocol=2,
            max_connections=CONNECTIONS,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
    except (ValueError, TypeError) as error:
        raise InvalidInput.of("redis_url", "must be redis://host:port/number") from error
