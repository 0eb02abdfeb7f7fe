"""Versions that must stay because an experiment rests on them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from core.adapters.sql.experiment_json import versions_of
from core.adapters.sql.tables import experiments
from core.identifiers import VersionName

KEPT_AFTER = timedelta(days=7)
"""How long the versions of an experiment stay once it is over: so long its winner may still be chosen."""
_columns = experiments.c


def versions_under_test(connection: Connection, tenant: str, kind: str, now: datetime) -> frozenset[VersionName]:
    """Return the versions of experiments that are scheduled, run, or were over for less than a week."""
    since = now - KEPT_AFTER
    still_open = (or_(column.is_(None), column > since) for column in (_columns.stop_time, _columns.end_time))
    bodies = connection.scalars(select(_columns.body).where(_columns.tenant == tenant, *still_open))
    return frozenset().union(*(versions_of(body, kind) for body in bodies))
