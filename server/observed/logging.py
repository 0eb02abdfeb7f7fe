"""Structured logs: one JSON object a line, on standard error, with listed fields only."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from server.observed.correlation import current_correlation
from server.observed.line_budget import LineBudget
from server.observed.log_fields import ALLOW_LIST
from server.observed.stray import LibraryLogHandler, StrayText, log_uncaught, log_uncaught_in_thread, log_unraisable

CALL_FAILED = "call failed"
FAILED_CALL_LINES = 50
"""Lines about failed calls in a second and process; an overload refuses thousands."""


class _Lines:
    """Writes lines to the real standard error. A log that cannot be written, on a full disk say, fails no call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def msg(self, line: str) -> None:
        """Write one line at once."""
        try:
            with self._lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except (OSError, ValueError):
            return

    log = debug = info = warning = warn = error = critical = exception = fatal = msg


def set_up_logging(level: str, process: int | str = 0) -> None:
    """Log JSON at ``level`` and above, and let nothing else of this process write to standard error.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        process: Index of this process in its pool, or ``parent``.
    """
    stream = sys.__stderr__
    assert stream is not None  # noqa: S101  a server without standard error has nowhere to log
    structlog.configure(
        processors=[
            LineBudget(CALL_FAILED, FAILED_CALL_LINES),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("message"),
            _Origin(process),
            ALLOW_LIST,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_names: _Lines(stream),
        cache_logger_on_first_use=True,
    )
    _take_over(level)


class _Origin:
    """A structlog processor that says which process and which call a line comes from."""

    def __init__(self, process: int | str) -> None:
        self._origin = {"process": process, "pid": os.getpid()}

    def __call__(self, _logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        correlation_id = current_correlation()
        if correlation_id:
            line.setdefault("correlation_id", correlation_id)
        # Lines of a pool's parent may be about another process, which they name.
        return {**self._origin, **line}


def _take_over(level: str) -> None:
    """Send what libraries say through the same pipe."""
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[LibraryLogHandler()], level=max(logging.WARNING, _level(level)), force=True)
    for name in list(logging.root.manager.loggerDict):
        own = logging.getLogger(name)
        own.handlers.clear()
        own.propagate = True
    sys.stderr = StrayText()
    sys.excepthook = log_uncaught
    sys.unraisablehook = log_unraisable
    threading.excepthook = log_uncaught_in_thread


def _level(name: str) -> int:
    return logging.getLevelNamesMapping()[name.upper()]
