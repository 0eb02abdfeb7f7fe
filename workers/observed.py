"""What workers log of tasks, and where tasks go that failed for good."""

from __future__ import annotations

import time
from typing import Any

from celery import signals
from celery.exceptions import Reject

from workers.log import log, problem_of, told_of

_begun: dict[str, float] = {}
"""Id of a task to when it began; a process runs one at a time."""


def connect(app: Any) -> None:
    """Have the tasks of an app observed."""
    signals.worker_ready.connect(_on_ready, weak=False)
    signals.worker_shutting_down.connect(_on_stop, weak=False)
    signals.task_prerun.connect(_on_begin, weak=False)
    signals.task_postrun.connect(_on_end, weak=False)
    signals.task_retry.connect(_on_retry, weak=False)

    @signals.task_failure.connect(weak=False)
    def _on_failure(sender: Any = None, **failed: Any) -> None:
        bury(app, sender, **failed)


def bury(app: Any, sender: Any, *, task_id: str, exception: BaseException, kwargs: Any = None, **_: Any) -> None:
    """Log a task that failed for good and send it to the dead letters.

    This runs in the worker's process itself when the process that ran the task is gone; that one must not open
    databases, so a task writes the letter.
    """
    arguments = dict(kwargs or {})
    name, attempts = sender.name, int(sender.request.retries or 0) + 1
    reason = exception.reason if isinstance(exception, Reject) else None
    problem = problem_of(reason if isinstance(reason, BaseException) else exception)
    log.error(
        "task failed for good", task=name, task_id=task_id, reason=problem, attempt=attempts, **told_of(arguments)
    )
    if not getattr(sender, "is_kept_when_dead", False):
        return
    letter = {"task": name, "arguments": arguments, "problem": problem, "attempts": attempts}
    try:
        app.send_task("leadline.bury", kwargs=letter)
    except OSError as down:
        log.error("dead letter lost", task=name, exception=type(down).__name__, **told_of(arguments))


def _on_ready(**_: Any) -> None:
    log.info("worker is ready")


def _on_stop(**_: Any) -> None:
    log.info("worker stops")


def _on_begin(task_id: str, task: Any, kwargs: Any, **_: Any) -> None:
    _begun[task_id] = time.monotonic()
    log.debug("task begins", task=task.name, task_id=task_id, **told_of(kwargs or {}))


def _on_end(task_id: str, task: Any, kwargs: Any, retval: Any, state: str, **_: Any) -> None:
    seconds = round(time.monotonic() - _begun.pop(task_id, time.monotonic()), 4)
    if state != "SUCCESS":
        return
    # What found nothing to do is no event.
    tell = log.info if retval else log.debug
    count = retval if isinstance(retval, int) else None
    tell("task finished", task=task.name, task_id=task_id, seconds=seconds, count=count, **told_of(kwargs or {}))


def _on_retry(sender: Any, request: Any, reason: Any, **_: Any) -> None:
    cause = getattr(reason, "exc", None)
    what = problem_of(cause) if isinstance(cause, BaseException) else ""
    log.warning(
        "task failed and is tried again",
        task=sender.name,
        task_id=request.id,
        attempt=int(request.retries or 0) + 1,
        reason=what,
        **told_of(request.kwargs or {}),
    )
