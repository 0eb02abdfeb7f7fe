"""What libraries say by themselves: only that, where and of which type, never the text.

grpc logs ``Exception calling application: …`` and prints tracebacks, both with the exception's text.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from types import TracebackType

import structlog

from server.observed.places import place_of, short_path

log = structlog.get_logger("leadline.stray")


class LibraryLogHandler(logging.Handler):
    """Takes the place of every handler of Python's own ``logging``."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line without the record's text and arguments."""
        error = record.exc_info[1] if record.exc_info else None
        place = place_of(error) if error is not None else f"{short_path(record.pathname)}:{record.lineno}"
        kind = "" if error is None else type(error).__name__
        log.log(max(record.levelno, logging.DEBUG), "library log", logger=record.name, exception=kind, place=place)


class StrayText(io.TextIOBase):
    """Takes the place of ``sys.stderr``: tells that something was printed, not what."""

    def __init__(self) -> None:
        super().__init__()
        self._told: int | None = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Log one line for each exception, and one for each printed line outside of one."""
        error = sys.exception()
        if error is None:
            if text.strip():
                log.warning("text on standard error", count=len(text))
        elif id(error) != self._told or text.startswith("Traceback"):
            self._told = id(error)
            log.error("text on standard error", exception=type(error).__name__, place=place_of(error))
        return len(text)


def log_uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Log what ended the process; takes the place of ``sys.excepthook``."""
    log.error("uncaught", exception=type(error).__name__, place=place_of(error))


def log_uncaught_in_thread(ended: threading.ExceptHookArgs) -> None:
    """Log what ended a thread; takes the place of ``threading.excepthook``."""
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        log_uncaught(ended.exc_type, ended.exc_value, ended.exc_traceback)


def log_unraisable(failed: object) -> None:
    """Log an exception nobody could catch; takes the place of ``sys.unraisablehook``."""
    error = getattr(failed, "exc_value", None)
    if isinstance(error, BaseException):
        log_uncaught(type(error), error, error.__traceback__)
