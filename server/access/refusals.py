"""Records refused privileged calls, sparingly: whoever may not do a thing must not fill the audit log by trying."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from core.caller import Caller
from core.deadline import clear_deadline, set_deadline
from core.errors import LeadlineError
from core.identifiers import TenantId

EVERY_SECONDS = 60.0
"""One record for each caller and action in that time; the next one says how many refusals it stands for."""
RETRY_SECONDS = 5.0
"""After a record that could not be written."""
_PATIENCE_SECONDS = 2.0
"""Longest time for a record. The caller's own time does not count: it must not choose what is on record."""
_MOST_KEPT = 10_000

Record = Callable[[Caller, str, str], object]
"""Writes a record: who, what as ``Service/Method``, and why it was refused."""


class _Key(NamedTuple):
    tenant: TenantId
    actor: str
    action: str


@dataclass(slots=True)
class _Recent:
    due: float
    left_out: int = 0


class Refusals:
    """At most one record a minute for each (tenant, actor, action), in this process.

    Args:
        record: Writes one.
        on_failure: Called for each record that could not be written.
        monotonic: For the minute, in seconds.
    """

    def __init__(
        self,
        record: Record,
        on_failure: Callable[[], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._record = record
        self._on_failure = on_failure
        self._monotonic = monotonic
        self._recent: OrderedDict[_Key, _Recent] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, caller: Caller, action: str) -> None:
        """Record a refusal, or count it for the next record.

        Raises:
            LeadlineError: If the record cannot be written. It is counted for the next one.
        """
        key = _Key(caller.tenant, caller.actor, action)
        left_out = self._take_turn(key)
        if left_out is None:
            return
        token = set_deadline(time.monotonic() + _PATIENCE_SECONDS)
        try:
            self._record(caller, action, _reason(left_out))
        except LeadlineError:
            self._give_back(key, left_out + 1)
            self._on_failure()
            raise
        finally:
            clear_deadline(token)

    def _take_turn(self, key: _Key) -> int | None:
        """Return how many were left out since the last record; None if it is not time for another."""
        now = self._monotonic()
        with self._lock:
            recent = self._recent.get(key)
            if recent is not None and now < recent.due:
                recent.left_out += 1
                return None
            self._recent[key] = _Recent(now + EVERY_SECONDS)
            self._recent.move_to_end(key)
            if len(self._recent) > _MOST_KEPT:
                self._recent.popitem(last=False)
        return 0 if recent is None else recent.left_out

    def _give_back(self, key: _Key, left_out: int) -> None:
        with self._lock:
            recent = self._recent.setdefault(key, _Recent(0.0))
            recent.left_out += left_out
            recent.due = self._monotonic() + RETRY_SECONDS


def _reason(left_out: int) -> str:
    return f"PERMISSION_DENIED; {left_out} more before it were left out" if left_out else "PERMISSION_DENIED"
