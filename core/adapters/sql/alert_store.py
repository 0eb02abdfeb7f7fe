"""Alerts in SQL, and the queue of what has to be told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, tuple_, update

from core.adapters.sql.database import Database
from core.adapters.sql.registry_keys import read_version_key
from core.adapters.sql.tables import alert_deliveries, alerts
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.identifiers import TenantId
from core.monitoring.alert import Alert, AlertMoment
from core.monitoring.alert_store import Delivery
from core.monitoring.report_json import trouble_from_json, trouble_to_json
from core.ports import Page

_alerts = alerts.c
_queue = alert_deliveries.c


class SqlAlertStore:
    """Keeps alerts. Implements :class:`core.monitoring.alert_store.AlertStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, tenant: TenantId, kind: str) -> Sequence[Alert]:
        """Return the alerts of a kind of model that are not over."""
        mine = select(alerts).where(_alerts.tenant == tenant, _alerts.kind == kind, _alerts.recover_time.is_(None))
        with self._database.read(tenant) as connection:
            return [_alert(row) for row in connection.execute(mine.order_by(_alerts.cause))]

    def list(self, tenant: TenantId, *, limit: int, after: str | None, only_open: bool) -> Page[Alert]:
        """Return up to ``limit`` alerts, newest first, after the page key ``after``.

        Raises:
            InvalidInput: If ``after`` is no key of this list.
        """
        query = select(alerts).where(_alerts.tenant == tenant)
        query = query.order_by(_alerts.open_time.desc(), _alerts.alert_id.desc()).limit(limit + 1)
        if only_open:
            query = query.where(_alerts.recover_time.is_(None))
        if after is not None:
            query = query.where(tuple_(_alerts.open_time, _alerts.alert_id) < tuple_(*read_version_key(after)))
        with self._database.read(tenant) as connection:
            found = [_alert(row) for row in connection.execute(query)]
        items = tuple(found[:limit])
        return Page(items=items, next_key=_page_key(items[-1]) if len(found) > limit else None)

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
        if not (opened or updated or recovered):
            return ()
        with self._database.write(tenant) as connection:
            for alert in updated:
                _update(connection, tenant, alert)
            over = [alert for alert in recovered if _update(connection, tenant, alert)]
            new = [alert for alert in opened if _insert(connection, tenant, alert)]
            for moment, told in ((AlertMoment.OPENED, new), (AlertMoment.RECOVERED, over)):
                _enqueue(connection, tenant, moment, told, targets)
        return (*new, *over)

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        """Return up to ``limit`` deliveries of any tenant that are due at ``now``, nobody else's before ``until``."""
        due = select(alert_deliveries).where(_queue.delivered_time.is_(None), _queue.next_time <= now)
        due = due.order_by(_queue.next_time).limit(limit)
        with self._database.write(ALL_TENANTS) as connection:
            rows = connection.execute(due).all()
            mine = [row for row in rows if _take(connection, row, until)]
            return [_delivery(connection, row) for row in mine]

    def delivered(self, delivery: Delivery, now: datetime) -> None:
        """Note that a delivery arrived."""
        self._note(delivery, delivered_time=now, next_time=None, problem="")

    def failed(self, delivery: Delivery, problem: str, next_time: datetime | None) -> None:
        """Note that a try failed; ``next_time`` is None if there is to be no other."""
        self._note(delivery, next_time=next_time, problem=problem)

    def all_open(self, limit: int) -> Sequence[tuple[TenantId, Alert]]:
        """Return up to ``limit`` alerts that are not over, of all tenants, newest first."""
        query = select(alerts).where(_alerts.recover_time.is_(None))
        query = query.order_by(_alerts.open_time.desc(), _alerts.alert_id.desc()).limit(limit)
        with self._database.read(ALL_TENANTS) as connection:
            return [(TenantId(row.tenant), _alert(row)) for row in connection.execute(query)]

    def prune(self, tenant: TenantId, before: datetime) -> int:
        """Forget alerts that were over before a moment, with their deliveries; return how many."""
        old = (_alerts.tenant == tenant, _alerts.recover_time < before)
        ids = select(_alerts.alert_id).where(*old)
        with self._database.write(tenant) as connection:
            connection.execute(delete(alert_deliveries).where(_queue.tenant == tenant, _queue.alert_id.in_(ids)))
            return connection.execute(delete(alerts).where(*old)).rowcount

    def _note(self, delivery: Delivery, **values: Any) -> None:
        key = (
            _queue.tenant == delivery.tenant,
            _queue.alert_id == delivery.alert.alert_id,
            _queue.moment == delivery.moment.value,
            _queue.target == delivery.target,
        )
        tried = {"attempts": delivery.attempts + 1, **values}
        with self._database.write(delivery.tenant) as connection:
            connection.execute(update(alert_deliveries).where(*key).values(**tried))


def _insert(connection: Connection, tenant: TenantId, alert: Alert) -> bool:
    """Open an alert; False if one of its kind and cause is open."""
    key = {"tenant": tenant, "alert_id": alert.alert_id, "kind": alert.kind, "open_time": alert.open_time}
    adding = insert_for(connection, alerts).values(**key, **_content(alert)).on_conflict_do_nothing()
    return connection.scalar(adding.returning(_alerts.alert_id)) is not None


def _update(connection: Connection, tenant: TenantId, alert: Alert) -> bool:
    """Write what changed of an open alert; False if it is over already."""
    mine = (_alerts.tenant == tenant, _alerts.alert_id == alert.alert_id, _alerts.recover_time.is_(None))
    return connection.execute(update(alerts).where(*mine).values(**_content(alert))).rowcount == 1


def _content(alert: Alert) -> dict[str, Any]:
    return {
        "version": alert.version,
        "cause": alert.trouble.cause.value,
        "severity": alert.trouble.severity.value,
        "body": trouble_to_json(alert.trouble, alert.calm_checks),
        "update_time": alert.update_time,
        "recover_time": alert.recover_time,
    }


def _enqueue(
    connection: Connection, tenant: TenantId, moment: AlertMoment, told: Iterable[Alert], targets: Sequence[str]
) -> None:
    rows = [
        {
            "tenant": tenant,
            "alert_id": alert.alert_id,
            "moment": moment.value,
            "target": target,
            "attempts": 0,
            "next_time": alert.open_time if moment is AlertMoment.OPENED else alert.recover_time,
            "problem": "",
        }
        for alert in told
        for target in targets
    ]
    if rows:
        connection.execute(insert_for(connection, alert_deliveries).on_conflict_do_nothing(), rows)


def _take(connection: Connection, row: Row[Any], until: datetime) -> bool:
    """Make a due delivery ours until a moment; False if another process was quicker."""
    key = [_queue[name] == getattr(row, name) for name in ("tenant", "alert_id", "moment", "target", "next_time")]
    taken = update(alert_deliveries).where(*key, _queue.delivered_time.is_(None)).values(next_time=until)
    return connection.execute(taken).rowcount == 1


def _delivery(connection: Connection, row: Row[Any]) -> Delivery:
    found: Select[Any] = select(alerts).where(_alerts.tenant == row.tenant, _alerts.alert_id == row.alert_id)
    return Delivery(
        tenant=TenantId(row.tenant),
        alert=_alert(connection.execute(found).one()),
        moment=AlertMoment(row.moment),
        target=row.target,
        attempts=row.attempts,
    )


def _alert(row: Row[Any]) -> Alert:
    trouble, calm_checks = trouble_from_json(row.body)
    return Alert(
        alert_id=row.alert_id,
        kind=row.kind,
        version=row.version,
        trouble=trouble,
        calm_checks=calm_checks,
        open_time=row.open_time,
        update_time=row.update_time,
        recover_time=row.recover_time,
    )


def _page_key(alert: Alert) -> str:
    return f"{alert.open_time.isoformat()}/{alert.alert_id}"
