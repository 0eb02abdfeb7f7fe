"""Features as they were served, in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, select

from core.adapters.sql.database import Database
from core.adapters.sql.erasure_guard import remove_rows_of_erased
from core.adapters.sql.failures import again
from core.adapters.sql.tables import served_vectors
from core.adapters.sql.upsert import insert_for
from core.behavior.served_vectors import ServedVector
from core.identifiers import LeadId, TenantId

_vectors = served_vectors.c


class SqlServedVectorStore:
    """Keeps served vectors. Implements :class:`core.behavior.served_vectors.ServedVectorStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, vectors: Sequence[ServedVector]) -> None:
        """Write a batch; one that is there already is left as it is, and one of a lead erased since is not kept."""
        by_tenant: dict[TenantId, list[dict[str, Any]]] = {}
        for vector in vectors:
            by_tenant.setdefault(vector.tenant, []).append(_row(vector))
        for tenant, rows in by_tenant.items():
            with self._database.write(tenant) as connection:
                connection.execute(insert_for(connection, served_vectors).on_conflict_do_nothing(), rows)
                newest = ((row["lead_id"], row["up_to_sequence"]) for row in rows)
                remove_rows_of_erased(connection, served_vectors, tenant, newest)

    @again
    def sample(
        self, tenant: TenantId, *, plan_hash: str, since_us: int, until_us: int, limit: int
    ) -> Sequence[ServedVector]:
        """Return up to ``limit`` vectors of one plan with moments from ``since_us`` to before ``until_us``."""
        within = (_vectors.tenant == tenant, _vectors.moment_us >= since_us, _vectors.moment_us < until_us)
        query = select(served_vectors).where(*within, _vectors.plan_hash == plan_hash)
        with self._database.read(tenant) as connection:
            return list(map(_vector, connection.execute(query.order_by(_vectors.vector_id).limit(limit))))

    @again
    def prune(self, tenant: TenantId, *, before_us: int) -> int:
        """Remove vectors of moments before ``before_us``; return how many."""
        old = delete(served_vectors).where(_vectors.tenant == tenant, _vectors.moment_us < before_us)
        with self._database.write(tenant) as connection:
            return connection.execute(old).rowcount


def _row(vector: ServedVector) -> dict[str, Any]:
    return {
        "tenant": vector.tenant,
        "vector_id": vector.vector_id,
        "lead_id": vector.lead_id,
        "plan_hash": vector.plan_hash,
        "version": vector.version,
        "moment_us": vector.moment_us,
        "up_to_sequence": vector.up_to_sequence,
        # Floats are written so that the same ones are read again, to the last bit.
        "features": json.dumps(dict(vector.features), separators=(",", ":")),
    }


def _vector(row: Row[Any]) -> ServedVector:
    return ServedVector(
        tenant=TenantId(row.tenant),
        vector_id=row.vector_id,
        lead_id=LeadId(row.lead_id),
        plan_hash=row.plan_hash,
        version=row.version,
        moment_us=row.moment_us,
        up_to_sequence=row.up_to_sequence,
        features=json.loads(row.features),
    )
