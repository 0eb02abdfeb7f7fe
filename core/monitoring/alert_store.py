"""Where alerts are kept, with what has still to be told to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.identifiers import TenantId
from core.monitoring.alert import Alert, AlertMoment
from core.ports import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to tell to one target."""

    tenant: TenantId
    alert: Alert
    moment: AlertMoment
    target: str
    """Name of the webhook."""
    attempts: int
    """Tries before this one."""


class AlertStore(Protocol):
    """Keeps alerts. A call that returns has committed."""

    def open(self, tenant: TenantId, kind: str) -> Sequence[Alert]:
        """Return the alerts of a kind of model that are not over."""

    def list(self, tenant: TenantId, *, limit: int, after: str | None, only_open: bool) -> Page[Alert]:
        """Return up to ``limit`` alerts, newest first, after the page key ``after``."""

    def apply(
        self,
        tenant: TenantId,
        *,
        opened: Sequence[Alert],
        updated: Sequence[Alert],
        recovered: Sequence[Alert],
        targets: Sequence[str],
    ) -> Sequence[Alert]:
        """Write what a check did to alerts and queue what has to be told, in one transaction.

        Returns:
            Those of ``opened`` and ``recovered`` that took effect: of two checks at once, one opens an alert.
        """

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        """Return up to ``limit`` deliveries of any tenant that are due at ``now``, nobody else's before ``until``."""

    def delivered(self, delivery: Delivery, now: datetime) -> None:
        """Note that a delivery arrived."""

    def failed(self, delivery: Delivery, problem: str, next_time: datetime | None) -> None:
        """Note that a try failed; ``next_time`` is None if there is to be no other."""

    def all_open(self, limit: int) -> Sequence[tuple[TenantId, Alert]]:
        """Return up to ``limit`` alerts that are not over, of all tenants, newest first."""

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget alerts that were over before a moment, with their deliveries; return how many."""
