"""Beats: any number of them, of which one has the lock and sends, while the others stand by."""

from __future__ import annotations

import time
from typing import Any

from celery.signals import beat_init
from redbeat import RedBeatScheduler
from redbeat.schedulers import LUA_EXTEND_TO_SCRIPT, acquire_distributed_beat_lock, get_redis

from workers.log import log, name_process
from workers.marks import Mark

STAND_BY_SECONDS = 1.0
"""How often one that stands by tries the lock."""
MOST_WAITING = 1_000
"""Tasks in the queue beyond which a beat sends no more: nobody takes them."""


class OneOfManyScheduler(RedBeatScheduler):
    """RedBeat, with a sign of life, and an eye on how many tasks wait."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self.mark = Mark(app.leadline_settings.workers_dir, "beat")

    def tick(self, *arguments: Any, **options: Any) -> Any:
        """Send what is due, and leave a sign of life. Raises when the lock was lost: the process is started anew."""
        wait = super().tick(*arguments, **options)
        self.mark.leave()
        return wait

    def apply_async(self, entry: Any, *arguments: Any, **options: Any) -> Any:
        """Send a task unless too many wait already."""
        queue = entry.options["queue"]
        key = self.app.conf.broker_transport_options["global_keyprefix"] + queue
        waiting = get_redis(self.app).llen(key)
        if waiting >= MOST_WAITING:
            log.warning("nobody takes tasks", queue=queue, count=waiting)
            return None
        return super().apply_async(entry, *arguments, **options)

    def close(self) -> None:
        """Give the lock back."""
        super().close()
        self.mark.remove()


def stand_by(sender: Any, **_: Any) -> None:
    """Wait for the lock, with signs of life. Takes the place of RedBeat's own wait, which gives none."""
    scheduler = sender.scheduler
    client = get_redis(scheduler.app)
    lock = client.lock(scheduler.lock_key, timeout=scheduler.lock_timeout)
    # redis-py's own script adds to the time that is left; this one sets it.
    lock.lua_extend = client.register_script(LUA_EXTEND_TO_SCRIPT)
    log.info("beat stands by")
    while not lock.acquire(blocking=False):
        scheduler.mark.leave()
        time.sleep(STAND_BY_SECONDS)
    log.info("beat has the lock")
    scheduler.lock = lock


name_process("beat")
beat_init.disconnect(acquire_distributed_beat_lock)
beat_init.connect(stand_by, weak=False)
