"""Takes or refuses each call as it arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from server.admission.bucket import RateLimits
from server.admission.figures import AdmissionMetrics, NoAdmissionMetrics
from server.admission.kinds import CallKind, LanePlan
from server.admission.lane import Lane
from server.admission.refusal import Handler, Refusals
from server.admission.seats import RATE_LIMITED, SHUTTING_DOWN
from server.drain import Drain

Metadata = Sequence[tuple[str, str | bytes]]
Peek = Callable[[Metadata], str]
"""Returns the tenant that a credential belongs to as far as is known without checking it, "" if it is not known."""

_UNDRAINED = {CallKind.HEALTH, CallKind.REFLECTION}
"""Answered until the very end, and to callers without credentials: load balancers ask while the server drains."""
_ANYBODY = "*"
"""Who all callers of a lane are that knows no tenants."""
_IN_THEIR_OWN_LANE = {CallKind.STREAM}
"""Also for unknown callers: a stream that turns out to be allowed would hold a thread of theirs for long."""


class Admission:
    """One door for all calls. Used by the one thread that takes calls from the library.

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
        for kind, lane in self.lanes.items():
            self.metrics.watch(kind, _reader(lane, "waiting"), _reader(lane, "running"))

    def admit(self, kind: CallKind, metadata: Metadata) -> Lane | Handler:
        """Return the lane in which the call has a seat now, or a handler that refuses it.

        The seat is for the call that is submitted to that lane next.
        """
        if kind in _UNDRAINED:
            return self._seat(self.lanes[kind], kind, _ANYBODY)
        tenant = self._peek(metadata)
        wait_seconds = self._limits.take(tenant) if tenant else 0.0
        if wait_seconds:
            self.metrics.shed(kind, RATE_LIMITED)
            return self._refusals.too_often(wait_seconds)
        if tenant or kind in _IN_THEIR_OWN_LANE:
            return self._counted(self.lanes[kind], kind, tenant)
        return self._counted(self.lanes[CallKind.UNKNOWN_CALLER], kind, _ANYBODY)

    def _counted(self, lane: Lane, kind: CallKind, tenant: str) -> Lane | Handler:
        """Take the call into the count of the drain from here on: what got a seat is finished, not dropped."""
        if lane.give_up():
            self._drain.leave()
        if not self._drain.enter():
            self.metrics.shed(kind, SHUTTING_DOWN)
            return self._refusals.shutting_down
        seated = self._seat(lane, kind, tenant)
        if seated is not lane:
            self._drain.leave()
        return seated

    def _seat(self, lane: Lane, kind: CallKind, tenant: str) -> Lane | Handler:
        reason = lane.admit(tenant)
        if not reason:
            return lane
        self.metrics.shed(kind, reason)
        return self._refusals.no_seat(kind, reason)


def _nothing() -> None:
    pass


def _reader(lane: Lane, name: str) -> Callable[[], int]:
    return lambda: int(getattr(lane, name))
