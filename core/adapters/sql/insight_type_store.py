"""Kinds of insights in SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import answer_once
from core.adapters.sql.tables import insight_types as table
from core.adapters.sql.tables import intelligence_heads as heads
from core.adapters.sql.upsert import insert_for
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.conversation.insights.insight import UrgencyLevel
from core.conversation.insights.insight_type import MOST_TYPES, InsightType
from core.criteria.criterion_json import criterion_from_json, criterion_to_json
from core.errors import NotFound, WrongState
from core.identifiers import TenantId
from core.ports import Clock, Page

_NAME = "insight_types"
_columns = table.c


class SqlInsightTypeStore:
    """Keeps kinds of insights. Implements :class:`core.conversation.insights.insight_type_store.InsightTypeStore`.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def register(self, caller: Caller, request_id: str, kind: InsightType) -> InsightType:
        """Add a kind, or replace the one of the same key; see the port."""
        tenant, body = caller.tenant, _body(kind)

        def write(connection: Connection) -> str:
            _raise_revision(connection, tenant)
            _check_room(connection, tenant, kind.key)
            connection.execute(
                _upsert(connection),
                {"tenant": tenant, "type_key": kind.key, "body": body, "update_time": self._clock()},
            )
            return body

        with self._database.write(tenant) as connection:
            kept: str = answer_once(
                connection,
                tenant=tenant,
                method="RegisterInsightType",
                request_id=request_id,
                body=[kind.key, body],
                now=self._clock(),
                act=lambda: write(connection),
            )
        return _kind(kind.key, kept)

    @again
    def delete(self, caller: Caller, request_id: str, key: str) -> None:
        """Remove a kind; see the port."""
        tenant = caller.tenant

        def write(connection: Connection) -> int:
            _raise_revision(connection, tenant)
            gone = connection.execute(delete(table).where(_columns.tenant == tenant, _columns.type_key == key))
            if not gone.rowcount:
                raise NotFound("insight_type", key)
            return gone.rowcount

        with self._database.write(tenant) as connection:
            answer_once(
                connection,
                tenant=tenant,
                method="DeleteInsightType",
                request_id=request_id,
                body=key,
                now=self._clock(),
                act=lambda: write(connection),
            )

    @again
    def page(self, tenant: TenantId, *, limit: int, after: str | None) -> Page[InsightType]:
        """Return a page of kinds; see the port."""
        query = select(table).where(_columns.tenant == tenant)
        if after is not None:
            query = query.where(_columns.type_key > after)
        with self._database.read(tenant) as connection:
            rows = connection.execute(query.order_by(_columns.type_key).limit(limit + 1)).all()
        next_key = rows[limit - 1].type_key if len(rows) > limit else None
        return Page(items=tuple(_of_row(row) for row in rows[:limit]), next_key=next_key)

    @again
    def revisions(self) -> Mapping[TenantId, int]:
        """Return the revision of every tenant's kinds."""
        query = select(heads.c.tenant, heads.c.revision).where(heads.c.name == _NAME)
        with self._database.read(ALL_TENANTS) as connection:
            return {TenantId(row.tenant): row.revision for row in connection.execute(query)}

    @again
    def all(self, tenant: TenantId) -> tuple[int, Sequence[InsightType]]:
        """Return the revision and the kinds of a tenant."""
        revision = select(heads.c.revision).where(heads.c.tenant == tenant, heads.c.name == _NAME)
        kinds = select(table).where(_columns.tenant == tenant).order_by(_columns.type_key)
        with self._database.read(tenant) as connection:
            # The revision first: kinds that are newer than it are read once more, older ones never stay.
            known = connection.scalar(revision) or 0
            return known, [_of_row(row) for row in connection.execute(kinds)]


def _raise_revision(connection: Connection, tenant: TenantId) -> None:
    """Raise the revision; writers of the tenant wait here until the one before has committed."""
    insert = insert_for(connection, heads).values(tenant=tenant, name=_NAME, revision=1)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[heads.c.tenant, heads.c.name], set_={"revision": heads.c.revision + 1}
        )
    )


def _check_room(connection: Connection, tenant: TenantId, key: str) -> None:
    others = select(func.count()).where(_columns.tenant == tenant, _columns.type_key != key)
    if (connection.scalar(others) or 0) >= MOST_TYPES:
        raise WrongState("TOO_MANY_INSIGHT_TYPES", f"there are {MOST_TYPES} insight types: remove one first")


def _upsert(connection: Connection) -> Any:
    insert = insert_for(connection, table)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[_columns.tenant, _columns.type_key],
        set_={"body": new.body, "update_time": new.update_time},
    )


def _body(kind: InsightType) -> str:
    content = {
        "title": kind.title,
        "criterion": criterion_to_json(kind.criterion),
        "priority_score": kind.priority_score,
        "urgency_level": kind.urgency_level.value,
        "predicted_outcome": kind.predicted_outcome,
        "recommended_actions": list(kind.recommended_actions),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _of_row(row: Row[Any]) -> InsightType:
    return _kind(row.type_key, row.body)


def _kind(key: str, body: str) -> InsightType:
    content = json.loads(body)
    return InsightType(
        key=key,
        title=content["title"],
        criterion=criterion_from_json(content["criterion"], "criterion"),
        priority_score=content["priority_score"],
        urgency_level=UrgencyLevel(content["urgency_level"]),
        predicted_outcome=content["predicted_outcome"],
        recommended_actions=tuple(content["recommended_actions"]),
    )
