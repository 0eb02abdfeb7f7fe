"""Logs of workers and beats: one JSON object a line, on standard error, with listed fields only.

Of a task they tell its name, its tenant, its run and its experiment, never another argument, never a result, never the
text of an exception.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog

from core.errors import LeadlineError

LOG_FIELDS = frozenset(
    {
        "attempt",
        "count",
        "dropped_fields",
        "exception",
        "experiment",
        "level",
        "logger",
        "message",
        "pid",
        "place",
        "process",
        "queue",
        "reason",
        "run_id",
        "seconds",
        "state",
        "target",
        "task",
        "task_id",
        "tenant",
        "timestamp",
        "wait_seconds",
    }
)
"""What a line may have. Whatever else is given to the log is dropped, and counted."""
LONGEST_VALUE = 500
"""Characters of a text value; more is cut off."""
_TOLD_OF_ARGUMENTS = ("tenant", "run_id", "experiment")

log = structlog.get_logger("leadline.workers")


_origin = {"process": "worker"}


def name_process(name: str) -> None:
    """Say in every line from now on that a ``name`` wrote it."""
    _origin["process"] = name


def set_up_logging(level: str) -> None:
    """Log JSON at ``level`` and above, and nothing of what libraries say but where and of which kind."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("message"),
            _tell_origin,
            only_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.__stderr__),
        cache_logger_on_first_use=True,
    )
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[LibraryLog()], level=max(logging.WARNING, number), force=True)


class LibraryLog(logging.Handler):
    """Takes the place of every handler of Python's own ``logging``."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line without the record's text and arguments."""
        error = record.exc_info[1] if record.exc_info else None
        place = place_of(error) if error is not None else f"{_short(record.pathname)}:{record.lineno}"
        kind = "" if error is None else type(error).__name__
        log.log(max(record.levelno, logging.DEBUG), "library log", logger=record.name, exception=kind, place=place)


def only_listed(_logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return what may be written of a line; a structlog processor."""
    kept = {name: _plain(value) for name, value in line.items() if name in LOG_FIELDS}
    if len(kept) < len(line):
        kept["dropped_fields"] = len(line) - len(kept)
    return kept


def told_of(arguments: Mapping[str, object]) -> dict[str, str]:
    """Return of a task's arguments what may be told: whose it is, which run, and which experiment."""
    return {name: str(arguments[name]) for name in _TOLD_OF_ARGUMENTS if name in arguments}


def problem_of(error: BaseException) -> str:
    """Return what may be told of an exception: its type, its reason if it is one of ours, its place. Never its text."""
    reason = f" {error.reason}" if isinstance(error, LeadlineError) else ""
    place = place_of(error)
    return f"{type(error).__name__}{reason}" + (f" at {place}" if place else "")


def place_of(error: BaseException) -> str:
    """Return the innermost file and line an exception came from; "" if nobody knows."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{_short(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _tell_origin(_logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**_origin, "pid": os.getpid(), **line}


def _short(path: str) -> str:
    return "/".join(Path(path).parts[-2:])


def _plain(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"
    return f"<{type(value).__name__}>"
