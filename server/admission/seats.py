"""Counts the calls in a lane by tenant, and says who may have another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from server.admission.kinds import LanePlan

QUEUE_FULL = "QUEUE_FULL"
TENANT_LIMIT = "TENANT_LIMIT"
SHUTTING_DOWN = "SHUTTING_DOWN"
RATE_LIMITED = "RATE_LIMITED"
DEADLINE_TOO_SHORT = "DEADLINE_TOO_SHORT"
"""Reasons, as callers see them."""


CALM_SECONDS = 1.0
"""A lane that overflowed is kept short until nobody was refused for so long."""


class Seats:
    """The seats of one lane, for calls that wait and calls that run.

    A tenant alone may take them all. Once half of them are taken, each tenant that has a call in the lane may take an
    equal share and no more. Half as many seats again are kept for tenants below their share, so that who comes to a
    lane that one tenant filled is let in at once. Callers that nobody knows yet, together the tenant "", may take a
    quarter of what a tenant may.

    A burst may fill every seat. When they are all taken and more calls come, this is no burst: a long queue would make
    every answer late and answer nobody more. From then on there are few seats, until it is calm again.

    Args:
        plan: Size of the lane.
        timer: Monotonic seconds.
    """

    def __init__(self, plan: LanePlan, timer: Callable[[], float] = time.monotonic) -> None:
        self._plan = plan
        self._timer = timer
        full = plan.threads + plan.queue
        self._most = full + (full // 2 if plan.queue else 0)
        self._held: dict[str, int] = {}
        self._taken = 0
        self._short_until = -1.0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """Calls in the lane."""
        return self._taken

    def check(self, tenant: str) -> str:
        """Return "" if there is a seat now, else the reason why there is none. Takes none."""
        with self._lock:
            return self._decide(tenant, self._held.get(tenant, 0))

    def take(self, tenant: str) -> str:
        """Take a seat and return "", or return the reason why there is none."""
        with self._lock:
            held = self._held.get(tenant, 0)
            reason = self._decide(tenant, held)
            if not reason:
                self._held[tenant] = held + 1
                self._taken += 1
            return reason

    def free(self, tenant: str) -> None:
        """Give a seat back."""
        with self._lock:
            held = self._held[tenant] - 1
            if held:
                self._held[tenant] = held
            else:
                del self._held[tenant]
            self._taken -= 1

    def _decide(self, tenant: str, held: int) -> str:
        now = self._timer()
        is_short = now < self._short_until
        usual = self._plan.threads + (self._plan.short_queue if is_short else self._plan.queue)
        reason = self._reason_against(tenant, held, usual)
        if reason and (is_short or (self._taken >= usual and self._plan.queue)):
            self._short_until = now + CALM_SECONDS
        return reason

    def _reason_against(self, tenant: str, held: int, usual: int) -> str:
        tenants = len(self._held) + (held == 0)
        most = min(self._plan.most_each, usual)
        if held >= (most if tenant else max(1, most // 4)):
            return QUEUE_FULL if tenants == 1 and self._taken >= usual else TENANT_LIMIT
        if self._taken >= self._most:
            return QUEUE_FULL
        if 2 * self._taken < usual or held < max(1, usual // tenants):
            return ""
        return TENANT_LIMIT if tenants > 1 else QUEUE_FULL
