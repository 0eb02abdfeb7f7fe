"""Tells the log and the metrics of alerts, wherever the drift checks ran that raised them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

import structlog

from core.errors import LeadlineError
from core.identifiers import TenantId
from core.monitoring.alert import Alert
from core.monitoring.alert_store import AlertStore

EVERY = timedelta(seconds=15)
MOST_ALERTS = 10_000

log = structlog.get_logger("leadline.alerts")


class AlertWatch:
    """A thread that looks at the alerts that are open, and says once of each that it opened and that it is over.

    Args:
        alerts: Where they are.
        show: Told how many are open, by cause.
        every: Between two looks.
    """

    def __init__(
        self, alerts: AlertStore, show: Callable[[Mapping[str, int]], object], every: timedelta = EVERY
    ) -> None:
        self._alerts = alerts
        self._show = show
        self._every_seconds = every.total_seconds()
        self._open: dict[tuple[TenantId, str], Alert] = {}
        self._chance = Random()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alert-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Look once.

        Raises:
            DependencyDown: If the store does not work.
        """
        found = {(tenant, alert.alert_id): alert for tenant, alert in self._alerts.all_open(MOST_ALERTS)}
        for key in found.keys() - self._open.keys():
            _tell(log.warning, "alert opened", key, found[key])
        for key in self._open.keys() - found.keys():
            _tell(log.info, "alert is over", key, self._open[key])
        self._open = found
        self._show(Counter(alert.trouble.cause.value for alert in found.values()))

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except LeadlineError as problem:
                # Whoever watches the store says so; alerts are told of when it is back.
                log.debug("alerts cannot be read", reason=problem.reason)
            if self._stopping.wait(self._every_seconds * self._chance.uniform(0.8, 1.2)):
                return


def _tell(write: Callable[..., object], event: str, key: tuple[TenantId, str], alert: Alert) -> None:
    tenant, alert_id = key
    # Not its sentence: names of features may hold what leads say.
    write(
        event,
        tenant=tenant,
        alert_id=alert_id,
        cause=alert.trouble.cause.value,
        version=alert.version,
        count=len(alert.trouble.features),
    )
