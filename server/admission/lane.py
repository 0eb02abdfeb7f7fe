"""The threads and the queue of one kind of calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from server.admission.kinds import CallKind, LanePlan
from server.admission.seats import Seats
from server.admission.turns import Turns

T = TypeVar("T")
Work = Callable[[], Any]


class Lane(ThreadPoolExecutor):
    """Runs the calls of one kind, tenants in turn.

    A call takes its seat before it is run and gives it back when its work returns. Counting here and not in the
    handler always balances: the library never calls the handler of a call whose caller left before it began.

    Args:
        kind: Name of the lane.
        plan: Its size.
        on_end: Called after each submitted call.
    """

    def __init__(self, kind: CallKind, plan: LanePlan, on_end: Callable[[], None]) -> None:
        super().__init__(plan.threads, thread_name_prefix=f"call-{kind}")
        self.kind = kind
        self._on_end = on_end
        self._seats = Seats(plan)
        self._turns: Turns[Work] = Turns()
        self._running = 0
        self._lock = threading.Lock()
        self._arriving: str | None = None

    @property
    def waiting(self) -> int:
        """Calls that wait for a thread."""
        return len(self._turns)

    @property
    def running(self) -> int:
        """Calls that have a thread."""
        return self._running

    @property
    def seated(self) -> int:
        """Calls of both sorts, and those about to be submitted."""
        return self._seats.taken

    def check(self, tenant: str) -> str:
        """Return "" if there is a seat now, else the reason why there is none. Takes none."""
        return self._seats.check(tenant)

    def seat(self, tenant: str) -> str:
        """Take a seat for a call that is run next, and return "", or the reason why there is none."""
        return self._seats.take(tenant)

    def admit(self, tenant: str) -> str:
        """As :meth:`seat`, for the call that the library submits next.

        One thread takes all calls from the library, so the next call that is submitted is the one that was admitted.
        """
        self.give_up()
        reason = self._seats.take(tenant)
        if not reason:
            self._arriving = tenant
        return reason

    def give_up(self) -> bool:
        """Give back the seat of a call that was admitted and then not submitted; False if there is none."""
        if self._arriving is None:
            return False
        self._seats.free(self._arriving)
        self._arriving = None
        return True

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run the admitted call; see :meth:`run`."""
        tenant, self._arriving = self._arriving, None
        if tenant is None:
            raise RuntimeError("not admitted")
        return self.run(tenant, lambda: fn(*args, **kwargs))

    def run(self, tenant: str, work: Work) -> Future[Any]:
        """Run a call that has a seat when it is the tenant's turn.

        The result is not of this call but of whichever was next; the library only counts that it came.
        """
        with self._lock:
            self._turns.put(tenant, work)
        return super().submit(self._run_next)

    def _run_next(self) -> Any:
        with self._lock:
            tenant, work = self._turns.pop()
            self._running += 1
        try:
            return work()
        finally:
            with self._lock:
                self._running -= 1
            self._seats.free(tenant)
            self._on_end()
