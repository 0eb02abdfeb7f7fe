"""The fields a log line may have. Whatever else is given to the log is dropped, and counted."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

LOG_FIELDS = {
    "address": "Host and port that calls reach.",
    "alert_id": "Id of an alert, as ListAlerts tells it.",
    "attempt": "Which try it was, from 1.",
    "calls_under_way": "Calls that had begun and not ended.",
    "cause": "What an alert is about, for example `FEATURE_DRIFT`.",
    "child": "Index of the server process that the parent tells of.",
    "child_pid": "Its id in the operating system.",
    "class": "Class of methods that is limited together.",
    "code": "gRPC status code.",
    "correlation_id": "The caller's `x-correlation-id`, or one made for the call; also in the trailing metadata.",
    "count": "How many.",
    "dependency": "What the server needs and does not own: `store`, `redis` or `ml`",
    "dropped_fields": "Fields of this line that are not on this list.",
    "exception": "Type of an exception; never its text.",
    "exit_code": "How a server process ended; negative: the signal that killed it.",
    "file": "File of the deployment, for example a certificate.",
    "finished": "Whether every call under way ended in time.",
    "incident_id": "Names an unexpected exception; the caller has it too.",
    "level": "`debug`, `info`, `warning` or `error`.",
    "logger": "Library that logged; of its line only type and place are kept.",
    "message": "What happened: one fixed text for each kind of event.",
    "method": "gRPC method.",
    "mode": "`local` or `production`.",
    "pid": "Operating system's id of the process that the line is about: mostly the one that wrote it.",
    "place": "File and line where an exception came from, innermost first.",
    "problem": "What an operator has to look at, as GetStatus tells it; never lead data.",
    "process": "Index of the server process in its pool, from 0; `parent` for the pool's parent.",
    "processes": "Server processes in the pool.",
    "reason": "Reason of a domain error, as in its ErrorInfo.",
    "seconds": "How long it took.",
    "setting": "Name of a setting, without its value.",
    "signal": "Signal that was received.",
    "state": "State of a circuit breaker or a process.",
    "suppressed": "Lines of this kind that were left out since the last one, because there were too many.",
    "tenant": "Tenant that the event belongs to.",
    "timestamp": "When, UTC.",
    "version": "Model version.",
    "wait_seconds": "How long until the next try.",
}
"""Name to meaning. No field may hold a payload, lead data, metadata of a call or the text of an exception."""
LONGEST_VALUE = 500
"""Characters of a text value; more is cut off."""


class AllowList:
    """A structlog processor that lets only listed fields with plain values through.

    Args:
        fields: Names that may pass.
    """

    def __init__(self, fields: frozenset[str]) -> None:
        self._fields = fields
        self._on_dropped: Callable[[int], object] = lambda _count: None

    def report_to(self, on_dropped: Callable[[int], object]) -> None:
        """Tell ``on_dropped`` from now on how many fields were dropped from a line."""
        self._on_dropped = on_dropped

    def __call__(self, _logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Return what may be written of ``line``."""
        kept = {name: plain(value) for name, value in line.items() if name in self._fields}
        dropped = len(line) - len(kept)
        if dropped:
            # Not their names: those may come from a caller too.
            kept["dropped_fields"] = dropped
            self._on_dropped(dropped)
        return kept


def plain(value: object) -> str | int | float | bool | None:
    """Return a value that is short and hides nothing: of an object that is no text, number or flag, only its type."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"
    return f"<{type(value).__name__}>"


ALLOW_LIST = AllowList(frozenset(LOG_FIELDS))
"""The one that logging uses."""
