"""What Celery is told. Why each value: docs/workers.md."""

from __future__ import annotations

from typing import Any

from kombu.entity import Exchange, Queue

from workers.schedule import CHECKS, TRAINING, beat_schedule
from workers.settings import MARGIN_SECONDS, WorkerSettings

KEYS = "leadline:"
"""Every key in Redis begins with it."""
BEAT_LOCK_SECONDS = 12
"""A beat that does not renew its lock for so long has lost it, and one that stands by takes over."""
BEAT_LOOP_SECONDS = 3
"""How often the lock is renewed, or tried."""
SOFT_SHUTDOWN_SECONDS = 5.0
"""A worker that is told to stop at once lets tasks go on for so long, then gives them back."""
_SOCKET_SECONDS = 5.0
TRAINING_TASKS = (
    "leadline.train",
    "leadline.train_recommender_of",
    "leadline.train_action_ranker_of",
    "leadline.give_default_heads",
)
"""Long: they have a queue and a limit of their own."""


def celery_config(settings: WorkerSettings) -> dict[str, Any]:
    """Return the configuration of the app."""
    return {**_broker(settings), **_tasks(settings), **_worker(settings), **_beat(settings)}


def _broker(settings: WorkerSettings) -> dict[str, Any]:
    return {
        "broker_url": settings.broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": _SOCKET_SECONDS,
        "broker_transport_options": {
            "global_keyprefix": KEYS,
            # Longer than the longest task, or it would run twice at once.
            "visibility_timeout": settings.visibility.total_seconds(),
            # By default messages of dead workers are looked for every 100 s only.
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            # A broker that vanished without a word must not be waited for for ever.
            "socket_timeout": _SOCKET_SECONDS,
            "socket_connect_timeout": _SOCKET_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
    }


def _tasks(settings: WorkerSettings) -> dict[str, Any]:
    limit = settings.task_timeout.total_seconds()
    exchange = Exchange("leadline", type="direct")
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "result_backend": None,
        "result_expires": None,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "task_track_started": False,
        "task_soft_time_limit": 0.8 * limit,
        "task_time_limit": limit,
        "task_default_queue": CHECKS,
        "task_queues": [Queue(name, exchange, routing_key=name) for name in (CHECKS, TRAINING)],
        "task_create_missing_queues": False,
        "task_routes": {name: {"queue": TRAINING} for name in TRAINING_TASKS},
        "task_publish_retry_policy": {
            "max_retries": 2,
            "interval_start": 0.1,
            "interval_step": 0.3,
            "interval_max": 0.5,
        },
        "task_annotations": {
            name: {
                # The run's own limit comes first, and says why it ended.
                "soft_time_limit": None,
                "time_limit": settings.limits.time.total_seconds() + MARGIN_SECONDS / 2,
            }
            for name in TRAINING_TASKS
        },
        "enable_utc": True,
        "timezone": "UTC",
    }


def _worker(settings: WorkerSettings) -> dict[str, Any]:
    return {
        "worker_concurrency": settings.concurrency,
        "worker_prefetch_multiplier": 1,
        "worker_max_memory_per_child": settings.memory_mb * 1024,
        "worker_soft_shutdown_timeout": SOFT_SHUTDOWN_SECONDS,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_send_task_events": False,
        "worker_consumer": "workers.consumer:QuietConsumer",
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


def _beat(settings: WorkerSettings) -> dict[str, Any]:
    return {
        "beat_schedule": beat_schedule(settings),
        "beat_scheduler": "workers.beat:OneOfManyScheduler",
        "beat_max_loop_interval": BEAT_LOOP_SECONDS,
        "redbeat_redis_url": settings.broker_url,
        "redbeat_redis_options": {"socket_timeout": _SOCKET_SECONDS, "socket_connect_timeout": _SOCKET_SECONDS},
        "redbeat_key_prefix": f"{KEYS}beat:",
        "redbeat_lock_timeout": BEAT_LOCK_SECONDS,
    }
