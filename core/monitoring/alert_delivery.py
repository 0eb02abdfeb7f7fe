"""Tells webhooks of alerts, at least once, with patience."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from core.errors import LeadlineError
from core.monitoring.alert_store import AlertStore, Delivery
from core.ports import Clock

FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(hours=1)
MOST_ATTEMPTS = 20
"""About fourteen hours of trying."""
AT_ONCE = 20
LEASE = timedelta(minutes=5)
"""How long a delivery is ours: longer than a batch takes. If we die, it is tried again after that."""
MOST_FEATURES = 100
"""Features named in one message; the rest is counted."""


class DeliveryFailed(LeadlineError):
    """A message did not arrive, as far as one can tell.

    Args:
        problem: Why; never holds a secret or an address.
        is_final: Whether trying again is of no use.
    """

    reason = "DELIVERY_FAILED"

    def __init__(self, problem: str, *, is_final: bool = False) -> None:
        super().__init__(problem)
        self.is_final = is_final


class Sender(Protocol):
    """Sends one message to one webhook."""

    def send(self, target: str, delivery_id: str, event: str, body: bytes) -> None:
        """Send a JSON body.

        Raises:
            DeliveryFailed: If it did not arrive for sure.
        """


class AlertDelivery:
    """Sends what the queue says is due. Several processes may do so at once.

    Args:
        store: Alerts, and the queue.
        sender: Sends.
        clock: The present moment.
        on_failed: Told (target, problem) of every try that failed.
    """

    def __init__(
        self,
        store: AlertStore,
        sender: Sender,
        clock: Clock,
        on_failed: Callable[[str, str], object] = lambda _target, _problem: None,
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._on_failed = on_failed

    def deliver_due(self) -> int:
        """Send what is due, at most 20 messages; return how many arrived."""
        now = self._clock()
        due = self._store.claim(now, now + LEASE, AT_ONCE)
        return sum(map(self._deliver, due))

    def _deliver(self, delivery: Delivery) -> bool:
        event = f"alert.{delivery.moment}"
        try:
            self._sender.send(delivery.target, delivery_id(delivery), event, message(delivery))
        except DeliveryFailed as failed:
            self._on_failed(delivery.target, failed.message)
            self._store.failed(delivery, failed.message, self._next_time(delivery, failed))
            return False
        self._store.delivered(delivery, self._clock())
        return True

    def _next_time(self, delivery: Delivery, failed: DeliveryFailed) -> datetime | None:
        if failed.is_final or delivery.attempts + 1 >= MOST_ATTEMPTS:
            return None
        return self._clock() + rest_after(delivery.attempts + 1)


def rest_after(attempts: int) -> timedelta:
    """Return how long to wait after a number of failed tries, >= 1: twice as long each time, up to an hour."""
    return min(LONGEST_REST, FIRST_REST * 2.0 ** min(attempts - 1, 10))


def delivery_id(delivery: Delivery) -> str:
    """Return the id of a delivery, the same for every try: 32 hexadecimal digits."""
    named = json.dumps([delivery.tenant, delivery.alert.alert_id, delivery.moment, delivery.target])
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def message(delivery: Delivery) -> bytes:
    """Return what is sent: canonical JSON, the same for every try as long as the alert does not change."""
    alert, trouble = delivery.alert, delivery.alert.trouble
    content = {
        "delivery_id": delivery_id(delivery),
        "event": f"alert.{delivery.moment}",
        "tenant": delivery.tenant,
        "alert": {
            "alert_id": alert.alert_id,
            "kind": alert.kind,
            "version": alert.version,
            "cause": trouble.cause,
            "severity": trouble.severity,
            "message": trouble.message,
            "features": list(_shown(trouble.features)),
            "feature_count": len(trouble.features),
            "direction": trouble.direction,
            "evidence": dict(trouble.evidence),
            "suggestion": trouble.suggestion,
            "open_time": _time_text(alert.open_time),
            "update_time": _time_text(alert.update_time),
            "recover_time": None if alert.recover_time is None else _time_text(alert.recover_time),
        },
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")


def _shown(features: Sequence[str]) -> Sequence[str]:
    return features[:MOST_FEATURES]


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
