"""Canaries: short tasks that a worker sends itself through the broker. One that finishes proves the whole way.

A worker can be alive and deaf: after a broken connection its process runs, and takes nothing any more. So what counts
is not the process but when the last canary finished. A worker whose last one is too old ends by itself, and whoever
watches it starts another.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import redis
from celery import bootsteps
from celery.worker import state
from kombu.entity import Queue

from workers.log import log
from workers.marks import Mark
from workers.schedule import task_name
from workers.settings import WorkerSettings

EXIT_CODE = 70
"""Of a worker that ends because its canaries do not finish."""
_LOOK_SECONDS = 1.0
_PING_SECONDS = 2.0
_this_worker: list[Mark] = []
"""The mark of the worker this process is, or was forked from."""


def finish() -> None:
    """Leave the worker's sign of life; what the task does."""
    for mark in _this_worker:
        mark.leave()


def queue_name() -> str:
    """Return the name of a queue that only the worker of this process takes from."""
    return f"canary.{os.uname().nodename}.{os.getpid()}"


class Patience:
    """Knows since when a worker had every reason to finish a canary, and did not.

    Args:
        now: A clock that never jumps, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._excused = now()

    def excuse(self) -> None:
        """Begin anew: there is no room for a canary, or the broker is away."""
        self._excused = self._now()

    def silent_for(self, last_canary: float | None) -> timedelta:
        """Return for how long."""
        return timedelta(seconds=self._now() - max(self._excused, last_canary or 0.0))


class Watch(bootsteps.StartStopStep):
    """Has the worker take from a queue of its own, and ends it when canaries stop to finish."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **_: Any) -> None:
        self._settings: WorkerSettings = worker.app.leadline_settings
        self._mark = Mark(self._settings.workers_dir, "worker")
        self._stopping = threading.Event()
        self._patience = Patience()
        _this_worker[:] = [self._mark]
        lives = 1_000 * int(self._settings.canary_max_age.total_seconds())
        queue = Queue(queue_name(), routing_key=queue_name(), durable=False, queue_arguments={"x-expires": lives})
        worker.app.amqp.queues.select_add(queue)

    def start(self, worker: Any) -> None:
        """Begin to watch, after the pool was forked."""
        self._patience.excuse()
        threading.Thread(target=self._run, args=[worker], name="canary watch", daemon=True).start()

    def stop(self, _worker: Any) -> None:
        """End watching: the worker stops, and takes nothing more."""
        self._stopping.set()
        self._mark.remove()

    terminate = stop

    def _run(self, worker: Any) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            if self._is_deaf(worker):
                log.error("no canary finished: the worker exits", seconds=self._settings.canary_max_age.total_seconds())
                os._exit(EXIT_CODE)

    def _is_deaf(self, worker: Any) -> bool:
        if len(state.active_requests) >= self._settings_concurrency(worker):
            self._patience.excuse()
        if self._patience.silent_for(self._mark.moment()) <= self._settings.canary_max_age / 2:
            return False
        if not answers(self._settings.broker_url):
            self._patience.excuse()
        return self._patience.silent_for(self._mark.moment()) > self._settings.canary_max_age

    def _settings_concurrency(self, worker: Any) -> int:
        return int(worker.concurrency or 1)


class Singer(bootsteps.StartStopStep):
    """Sends a canary every now and then, as long as the worker has a connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        self._every = consumer.app.leadline_settings.canary_every
        self._max_age = consumer.app.leadline_settings.canary_max_age
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Begin; at the start and after each reconnection."""
        self._sing(consumer.app)
        self._timer = consumer.timer.call_repeatedly(self._every.total_seconds(), self._sing, (consumer.app,))

    def stop(self, _consumer: Any) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sing(self, app: Any) -> None:
        try:
            app.send_task(
                task_name("canary"),
                queue=queue_name(),
                routing_key=queue_name(),
                expires=self._max_age.total_seconds(),
                retry=False,
            )
        except OSError as problem:  # what kombu raises for every broken connection
            log.warning("canary not sent", exception=type(problem).__name__)


def answers(broker_url: str) -> bool:
    """Return whether the broker answers a new connection soon. Other schemes than Redis' own count as an answer."""
    if not broker_url.startswith(("redis://", "rediss://")):
        return True
    try:
        with redis.Redis.from_url(
            broker_url, socket_timeout=_PING_SECONDS, socket_connect_timeout=_PING_SECONDS
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def add_to(app: Any, settings: WorkerSettings) -> None:
    """Have the workers of an app send canaries, unless they are switched off."""
    if settings.canary_every is not None:
        app.steps["worker"].add(Watch)
        app.steps["consumer"].add(Singer)
