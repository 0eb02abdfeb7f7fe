"""Agreements of heads in the shadow, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.tables.intelligence import shadow_agreements
from core.adapters.sql.upsert import insert_for
from core.conversation.heads.agreement import Agreement, Pair
from core.identifiers import TenantId

_columns = shadow_agreements.c
_KEY = ("tenant", "kind", "version", "serving_version", "day")
_SUMS = ("compared", "agreed", "difference_total")


class SqlHeadAgreements:
    """Keeps agreements by day. Implements :class:`core.conversation.heads.agreement.HeadAgreements`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, found: Sequence[tuple[Pair, Agreement]]) -> None:
        """Add to what is kept, each tenant's part in a transaction of its own."""
        for tenant in dict.fromkeys(pair.tenant for pair, _ in found):
            rows = [_row(pair, agreement) for pair, agreement in found if pair.tenant == tenant]
            with self._database.write(tenant) as connection:
                insert = insert_for(connection, shadow_agreements).values(sorted(rows, key=_key))
                sums = {name: _columns[name] + insert.excluded[name] for name in _SUMS}
                connection.execute(insert.on_conflict_do_update(index_elements=_KEY, set_=sums))

    @again
    def total(self, tenant: TenantId, kind: str, version: str, serving_version: str) -> Agreement:
        """Return the sum over all days."""
        query = select(*(func.sum(_columns[name]) for name in _SUMS)).where(
            _columns.tenant == tenant,
            _columns.kind == kind,
            _columns.version == version,
            _columns.serving_version == serving_version,
        )
        with self._database.read(tenant) as connection:
            row = connection.execute(query).one()
        return Agreement(compared=int(row[0] or 0), agreed=int(row[1] or 0), difference_total=float(row[2] or 0.0))


def _row(pair: Pair, agreement: Agreement) -> dict[str, object]:
    return {
        "tenant": pair.tenant,
        "kind": pair.kind,
        "version": pair.version,
        "serving_version": pair.serving_version,
        "day": pair.day.isoformat(),
        "compared": agreement.compared,
        "agreed": agreement.agreed,
        "difference_total": agreement.difference_total,
    }


def _key(row: dict[str, object]) -> tuple[str, ...]:
    """In one order, so that two who write at once do not wait for each other in a circle."""
    return tuple(str(row[name]) for name in _KEY)
