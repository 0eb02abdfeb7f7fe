"""Takes or refuses each call as it arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar

from server.admission.arrivals import Arrivals
from server.admission.bucket import RateLimits
from server.admission.figures import AdmissionMetrics, NoAdmissionMetrics
from server.admission.kinds import CallKind, LanePlan
from server.admission.lane import Lane
from server.admission.refusal import Handler, Refusals, too_often
from server.admission.seats import RATE_LIMITED, SHUTTING_DOWN
from server.drain import Drain

Metadata = Sequence[tuple[str, str | bytes]]
Peek = Callable[[Metadata], str]
"""Returns the tenant that a credential belongs to as far as is known without checking it, "" if it is not known."""

_UNDRAINED = {CallKind.HEALTH, CallKind.REFLECTION}
"""Answered until the very end, and to callers without credentials: load balancers ask while the server drains."""
_ANYBODY = "*"
"""Who all callers of a lane are that knows no tenants."""
_STREAMS = {CallKind.STREAM, CallKind.REFLECTION}
"""Have no one message that could be waited for. Their callers have their own lane also while they are unknown: a
stream that turns out to be allowed would hold a thread of the unknown callers for long."""
SHARED_BY_TENANTS = "("
"""How a peek begins that is no tenant, but what several have in common."""
_SOONEST_SECONDS = 0.05
_charged: ContextVar[bool] = ContextVar("leadline_charged", default=False)
"""Whether the call has been counted against its tenant's rate. The library has one context for each call, in which it
asks for the handler and runs it."""


class Admission:
    """One door for all calls. Used by the one thread that takes calls from the library, but for what charges.

    Args:
        plans: Size of the lane of each kind.
        drain: Says whether new calls are refused, and counts those taken until they end.
        peek: See :data:`Peek`.
        limits: How often each tenant may call.
        metrics: Where refusals are counted.
    """

    def __init__(
        self,
        plans: Mapping[CallKind, LanePlan],
        drain: Drain,
        peek: Peek,
        limits: RateLimits,
        metrics: AdmissionMetrics | None = None,
    ) -> None:
        self._drain = drain
        self._peek = peek
        self._limits = limits
        self.metrics = metrics or NoAdmissionMetrics()
        self._refusals = Refusals(drain.turn_away)
        self.lanes = {
            kind: Lane(kind, plan, _nothing if kind in _UNDRAINED else drain.leave) for kind, plan in plans.items()
        }
        self.arrivals = {kind: Arrivals(lane, self._begin) for kind, lane in self.lanes.items()}
        for kind, lane in self.lanes.items():
            self.metrics.watch(kind, _reader(lane, "waiting"), _reader(lane, "running"))

    def admit(self, kind: CallKind, metadata: Metadata) -> Lane | Handler:
        """Return the lane for the call, or a handler that refuses it.

        It is for the call that is submitted next: to the lane itself, where a stream has a seat now, or to its
        arrivals, where any other call gets one when its message came.
        """
        if kind in _UNDRAINED:
            return self._let_in(self.lanes[kind], kind, _ANYBODY)
        tenant = self._peek(metadata)
        if tenant and not tenant.startswith(SHARED_BY_TENANTS):
            wait_seconds = self._limits.take(tenant)
            if wait_seconds:
                self.metrics.shed(kind, RATE_LIMITED)
                return self._refusals.too_often(wait_seconds)
            _charged.set(True)
        if tenant or kind in _STREAMS:
            return self._let_in(self.lanes[kind], kind, tenant)
        return self._let_in(self.lanes[CallKind.UNKNOWN_CALLER], kind, _ANYBODY)

    def charge_call(self, kind: CallKind, tenant: str) -> None:
        """Count a call, whose caller is verified by now, against the rate of its tenant, unless that was done before.

        Raises:
            OverLimit: If the tenant may not call now.
        """
        if not _charged.get():
            self.charge(kind, tenant)

    def charge(self, kind: CallKind, tenant: str) -> None:
        """Count a message of a stream as if it were a call. Raises as :meth:`charge_call` does."""
        wait_seconds = self._limits.take(tenant)
        if wait_seconds:
            self.metrics.shed(kind, RATE_LIMITED)
            raise too_often(max(_SOONEST_SECONDS, wait_seconds))

    def _let_in(self, lane: Lane, kind: CallKind, tenant: str) -> Lane | Handler:
        if kind in _STREAMS:
            if lane.give_up() and kind not in _UNDRAINED:
                self._drain.leave()
            return self._begin(lane.admit, kind, tenant) or lane
        if self._drain.refusing and kind not in _UNDRAINED:
            return self._refuse(kind, SHUTTING_DOWN)
        reason = lane.check(tenant)
        if reason:
            return self._refuse(kind, reason)
        self.arrivals[lane.kind].expect(kind, tenant)
        return lane

    def _begin(self, take_seat: Callable[[str], str], kind: CallKind, tenant: str) -> Handler | None:
        """Take the call into the count of the drain from here on: what got a seat is finished, not dropped."""
        is_counted = kind not in _UNDRAINED
        if is_counted and not self._drain.enter():
            return self._refuse(kind, SHUTTING_DOWN)
        reason = take_seat(tenant)
        if not reason:
            return None
        if is_counted:
            self._drain.leave()
        return self._refuse(kind, reason)

    def _refuse(self, kind: CallKind, reason: str) -> Handler:
        self.metrics.shed(kind, reason)
        return self._refusals.shutting_down if reason == SHUTTING_DOWN else self._refusals.no_seat(kind, reason)


def _nothing() -> None:
    pass


def _reader(lane: Lane, name: str) -> Callable[[], int]:
    return lambda: int(getattr(lane, name))
